"""The challenge that a new key or card signs when it is tried: once, within a minute, for this enrolment alone."""

from __future__ import annotations

import secrets
from dataclasses import replace

from kiosk.model import binding
from kiosk.model.challenge import Challenge
from kiosk.model.proof import Method
from kiosk.service.audit.evidence import BoundChallenge
from kiosk.service.enrolment import pending, rows
from kiosk.service.enrolment.handler import Issued
from kiosk.service.enrolment.pending import Pending, PendingChallenge
from kiosk.service.enrolment.table import handler_of
from kiosk.service.enrolment.try_statement import try_statement
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.shared.frame import CLOCK_SKEW, Frame
from kiosk.service.store.enrolments import EnrolmentRow

SECONDS = 60


def issue(frame: Frame, enrolment: str) -> Challenge:
    """A challenge for the key or card just made. One before it is void. Raises ``HttpProblemError``."""
    row, known = rows.wanted(frame, enrolment, "try")
    waiting = pending.read(frame.service.keys, row)
    made = None if row.step != "try" or waiting.made is None else handler_of(row).signing(waiting.made)
    if made is None or known is None:
        raise HttpProblemError(409, "wrong_step", "Nothing is to be signed now.")
    method = made.method
    nonce, said = secrets.token_bytes(binding.NONCE_BYTES), binding.canonical(try_statement(frame, row, known, method))
    text = said.decode()
    fresh = PendingChallenge(binding.b64u(nonce), text, frame.now)
    rows.save(frame, pending.put(frame, row, replace(waiting, challenge=fresh)))
    return Challenge(
        ceremony=row.id,
        method=method,
        label=binding.ENROL_LABEL,
        nonce=binding.b64u(nonce),
        challenge=binding.b64u(binding.challenge(binding.ENROL_LABEL, nonce, said)),
        statement=text,
        expires_in=SECONDS,
        rp_id=frame.service.rp_id,
        origin=frame.service.issuer,
        allow=made.allow,
        user_verification="required" if method is Method.FIDO2 else "discouraged",
        guarded=made.guarded,
    )


def use(frame: Frame, row: EnrolmentRow) -> tuple[EnrolmentRow, Pending, Issued | None]:
    """The row and what waits in it without its challenge, and that challenge if it is still good.

    The caller saves the row.
    """
    waiting = pending.read(frame.service.keys, row)
    found, waiting = waiting.challenge, replace(waiting, challenge=None)
    if found is None:
        return row, waiting, None
    row = pending.put(frame, row, waiting)
    if not found.created - CLOCK_SKEW <= frame.now < found.created + SECONDS:
        return row, waiting, None
    nonce, said = binding.unb64u(found.nonce), found.statement
    bound: BoundChallenge = {"label": binding.ENROL_LABEL, "nonce": nonce, "statement": said}
    return row, waiting, Issued(bound, binding.challenge(binding.ENROL_LABEL, nonce, said.encode()))
