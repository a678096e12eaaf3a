"""Records in bulk: lists of persons and badges that come in as CSV and go out again, and what an auditor asks for.

``cells`` what is safe in a spreadsheet · ``people_csv`` a list as sent, and all that is wrong with it · ``resembling``
badges that are somebody's already · ``importing`` all of a list or nothing · ``exporting`` the list as it is now ·
``table`` rows as text, CSV or JSON · ``acts`` who did what, from the trail · ``reports`` the reports by name.
"""
