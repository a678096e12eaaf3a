"""Whether a key that is known signed what was asked: an assertion, a PIV signature, a journal's row. No store.

Two rooms ask it, which never import one another: the service for every proof, and ``downtime`` at a workstation while
the service is away (decision 40). What a signature is worth is for them to say.
"""
