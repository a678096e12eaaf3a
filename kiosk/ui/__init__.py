"""Draws the screen it is given and returns touches as events."""
