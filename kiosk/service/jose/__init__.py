"""Signed statements in the formats of JOSE: DPoP proofs, clients' assertions, tokens that the service signs."""
