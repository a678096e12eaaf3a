"""Servers' questions to people who are active at no workstation: asked on their phones, and answered there."""
