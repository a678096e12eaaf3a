"""What administrators do, each act one transaction with its row in the service's chain.

``act`` who does it, and the row · ``people`` · ``factors`` badges, PINs, codes · ``cards`` FIDO2 keys and PIV cards ·
``pkoc`` PKOC badges · ``trust`` CAs of PIV cards, revocation lists · ``places`` workstations and applications ·
``upkeep`` our own CA.
"""
