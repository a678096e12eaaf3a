"""Carries proofs to the service and decisions back; keeps the workstation's key; event stream; outbox.

``enrol`` makes a workstation known · ``keystore`` holds its private key · ``trust`` the service's CA · ``proofs`` what
shows who asks (RFC 7523, RFC 9449) · ``api`` typed calls · ``events`` the service's stream · ``outbox`` reports that
outlive a crash · ``errors`` what can go wrong. Nothing heavy is imported here: name the module you need.
"""
