"""A backup of the whole service in one encrypted file, made while it runs, and its restore (decision 36)."""
