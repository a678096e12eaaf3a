"""The verification of each kind of proof and of new authenticators. No flow, no HTTP."""
