"""The commands. Each file parses its arguments and opens one door."""
