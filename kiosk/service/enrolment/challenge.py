"""The challenge that a new key or card signs when it is tried: once, within a minute, for this enrolment alone."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from kiosk.model import binding, statement
from kiosk.model.binding import Json
from kiosk.model.ceremony import Challenge
from kiosk.model.enrolment import EnrolRefusalCode as Code
from kiosk.model.proof import Method
from kiosk.service.audit.evidence import Bound
from kiosk.service.enrolment import pending, rows
from kiosk.service.enrolment.refused import EnrolRefused
from kiosk.service.platform.problems import HttpProblem
from kiosk.service.shared.frame import CLOCK_SKEW, Frame
from kiosk.service.store.enrolments import EnrolmentRow
from kiosk.service.store.lookups import Known

SECONDS = 60
SIGNING = {"key": Method.FIDO2, "piv": Method.PIV_TAP, "pkoc": Method.PKOC_TAP}
"""Kinds that sign when they are tried, and how; a PIV card by its PIN where it has the certificate for that."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A challenge that is used up now. ``digest``: the 32 bytes that were to be signed."""

    bound: Bound
    digest: bytes


def issue(frame: Frame, enrolment: str) -> Challenge:
    """A challenge for the key or card just made. One before it is void. Raises ``HttpProblem``."""
    row, known = rows.wanted(frame, enrolment, "try")
    made = pending.read(frame.service.keys, row).get("made", {})
    if row.step != "try" or known is None or row.kind not in SIGNING:
        raise HttpProblem(409, "wrong_step", "Nothing is to be signed now.")
    method = Method.PIV_PIN if made.get("cert_9a") else SIGNING[row.kind]
    nonce, said = secrets.token_bytes(binding.NONCE_BYTES), binding.canonical(_statement(frame, row, known, method))
    text = said.decode()
    waiting = {"nonce": binding.b64u(nonce), "statement": text, "created": frame.now}
    rows.save(frame, pending.put(frame, row, challenge=waiting))
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
        allow=(made["credential_id"],) if row.kind == "key" else (),
        user_verification="required" if row.kind == "key" else "discouraged",
        guarded=(made["credential_id"],) if made.get("guarded") else (),
    )


def use(frame: Frame, row: EnrolmentRow) -> tuple[EnrolmentRow, Issued | None]:
    """The row without its challenge, and that challenge if it is still good. The caller saves the row."""
    waiting = pending.read(frame.service.keys, row).get("challenge")
    row = pending.put(frame, row, challenge=None)
    if waiting is None or not waiting["created"] - CLOCK_SKEW <= frame.now < waiting["created"] + SECONDS:
        return row, None
    nonce, said = binding.unb64u(waiting["nonce"]), waiting["statement"]
    bound: Bound = {"label": binding.ENROL_LABEL, "nonce": nonce, "statement": said}
    return row, Issued(bound, binding.challenge(binding.ENROL_LABEL, nonce, said.encode()))


def good(issued: Issued | None) -> Issued:
    """Raises ``EnrolRefused`` where there was none."""
    if issued is None:
        raise EnrolRefused(Code.BAD_ANSWER, "no live challenge")
    return issued


def _statement(frame: Frame, row: EnrolmentRow, known: Known, method: Method) -> dict[str, Json]:
    who = (known.person.id, known.person.login)
    return statement.enrol(
        ceremony=row.id,
        method=method,
        workstation=frame.station.id,
        time=frame.now,
        part="try",
        enrolment=row.id,
        act=row.act,
        kind=row.kind,
        factor=row.factor,
        signer=who,
        subject=who,
    )
