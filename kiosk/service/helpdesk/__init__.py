"""Resets by the help desk (decision 21).

``approver`` who approved by which token · ``resets`` begin, agree, give the code · ``refusals`` why not.
"""
