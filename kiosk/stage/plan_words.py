"""Words of the stage's command line that whoever starts it needs, too."""

SEPARATOR = "\x1f"
"""Between the words of one value."""
