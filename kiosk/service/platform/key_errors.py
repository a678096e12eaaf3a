"""What is wrong with a key's file."""

from __future__ import annotations


class KeyFileError(Exception):
    """A key file is missing, damaged or readable by others; the message is a sentence that names it."""
