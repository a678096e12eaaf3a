"""Carries proofs to the service and decisions back; keeps the workstation's key, event stream and outbox."""
