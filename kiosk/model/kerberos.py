"""A certificate for a workspace's Kerberos ticket: what is asked for it, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MAX_CSR = 4096
"""Characters of a request for a certificate (PKCS #10, PEM)."""


@dataclass(frozen=True, slots=True)
class KerberosIn:
    """Body of ``POST /v1/kerberos``: the workspace of ``session`` wants a ticket for its person.

    ``csr``: PKCS #10, PEM: the key that was made there, and that whoever asks has it. What else stands in it counts
    for nothing. ``program``: path of who asks.
    """

    session: str
    csr: str
    program: str


@dataclass(frozen=True, slots=True)
class KerberosView:
    """``given``: ``certificate``, PEM, by the CA ``authority``, for ``principal`` with its realm, good until ``until``,
    epoch seconds. The ticket is to be good for ``ticket_seconds``. ``refused``: for a ``reason``."""

    decision: Literal["given", "refused"]
    reason: str | None = None
    certificate: str | None = None
    authority: str | None = None
    principal: str | None = None
    until: int = 0
    ticket_seconds: int = 0
