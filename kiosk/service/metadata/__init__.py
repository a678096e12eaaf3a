"""What the FIDO Metadata Service says of key models, out of a file that an administrator fetched.

``blob`` is the file genuine, in time, whole · ``entries`` one entry of it · ``models`` one model: its name, roots,
certification, what went wrong.
"""
