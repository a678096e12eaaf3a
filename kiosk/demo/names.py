"""What the demo's programs and its service call the same thing."""

AUDIENCE = "urn:demo:records"
"""Of the record system's tokens."""
