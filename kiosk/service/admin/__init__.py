"""What administrators do, each act one transaction with its row in the service's chain.

``act`` who does it, and the row · ``people`` · ``factors`` badges, PINs, codes · ``cards`` FIDO2 keys and PIV cards ·
``trust`` CAs of cards, revocation lists, our own CA · ``places`` workstations and applications.
"""
