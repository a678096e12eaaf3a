"""Moves that several modes are made of: how things end, one proof being given, what is typed."""
