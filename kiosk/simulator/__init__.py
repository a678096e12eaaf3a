"""Software badge, PIV card, PKOC badge and FIDO2 key that speak real APDUs, and the link to a reader."""
