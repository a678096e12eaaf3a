"""How a proof fails.

::

    ProofRefusedError    code: what the person is told; why: a word for the audit trail
"""

from __future__ import annotations

from kiosk.model.refusal import RefusalCode


class ProofRefusedError(Exception):
    """A proof, or what was presented, is not accepted. ``why`` names the check that failed; no secret, no input."""

    def __init__(self, code: RefusalCode, why: str) -> None:
        super().__init__(f"{code}: {why}")
        self.code = code
        self.why = why
