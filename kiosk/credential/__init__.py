"""Turns a lent card or a typed code into a proof: ``uid``, ``piv``, ``fido2``."""
