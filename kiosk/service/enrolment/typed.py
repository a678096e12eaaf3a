"""New PINs, code apps and recovery codes: what is typed, and tried by typing it."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.model.enrolment import CodeAppOffer, Made, Make, PinMade, RecoveryOffer, Seen, Tried, TypedTried
from kiosk.model.enrolment import EnrolRefusalCode as Code
from kiosk.service.audit.event import Event
from kiosk.service.enrolment import pending
from kiosk.service.enrolment.kinds import Bound, Checked
from kiosk.service.enrolment.refused import EnrolRefused
from kiosk.service.policy.enrolment_rules import EnrolRules
from kiosk.service.proofs.pin_and_otp import LONGEST_PIN, matching_step, pin_form, trivial_pin
from kiosk.service.shared.context import Service
from kiosk.service.shared.frame import Frame
from kiosk.service.store import codes, enrolments, lookups, recovery_codes
from kiosk.service.store.enrolments import EnrolmentRow
from kiosk.service.store.factors import Kind
from kiosk.service.store.lookups import Known

SECRET_BYTES = 20
"""RFC 4226 section 4 recommends 160 bits."""
_DROPPED = str.maketrans("", "", " -–—\u00a0")


@dataclass(frozen=True, slots=True)
class PinDone:
    """What a thread made of a PIN before the transaction: its Argon2id hash, or whether it is the one of ``stored``."""

    stored: str = field(repr=False)
    right: bool = True


def pin_fault(pin: str, rules: EnrolRules) -> Code | None:
    """Why a new PIN cannot be used."""
    if not pin_form(pin, rules.pin_shortest, rules.pin_length):
        return Code.PIN_FORM
    return Code.PIN_WEAK if trivial_pin(pin) else None


def waits_for_pin(conn: Connection, enrolment: str, station: str, step: str) -> bool:
    """Whether the enrolment waits for a PIN in that step, read before the transaction that decides."""
    row = enrolments.find(conn, enrolment)
    return row is not None and (row.workstation, row.step, row.kind) == (station, step, "pin")


def waiting_hash(conn: Connection, service: Service, enrolment: str, station: str) -> str | None:
    """The hash of a new PIN that is to be typed again; None where that is not waited for."""
    if not waits_for_pin(conn, enrolment, station, "try"):
        return None
    row = enrolments.find(conn, enrolment)
    return None if row is None else pending.read(service.keys, row).get("made", {}).get("hash")


def offer(frame: Frame, row: EnrolmentRow, known: Known) -> dict[str, Any]:
    """A new secret, or new codes; for a PIN nothing."""
    if row.kind == "totp":
        return {"secret": base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")}
    if row.kind == "recovery":
        number = secrets.randbelow(recovery_codes.HOW_MANY) + 1
        return {"codes": list(recovery_codes.fresh()), "number": number}
    return {}


def make(frame: Frame, row: EnrolmentRow, known: Known, offered: dict[str, Any]) -> Make:
    """What is shown to her. Recovery codes are shown while they are being copied, not once one of them is asked for."""
    if row.kind == "pin":
        rules = frame.service.rules.enrol
        return Make(pin_shortest=rules.pin_least, pin_longest=rules.pin_length or LONGEST_PIN)
    if row.kind == "totp":
        label = f"{frame.service.rp_id}:{known.person.login}"
        uri = f"otpauth://totp/{quote(label)}?secret={offered['secret']}&issuer={quote(frame.service.rp_id)}"
        return Make(code_app=CodeAppOffer(uri, _grouped(offered["secret"])))
    if row.step == "try":
        return Make(number=offered["number"])
    until = frame.now + recovery_codes.SECONDS
    return Make(recovery=RecoveryOffer(tuple(_grouped(one) for one in offered["codes"]), until))


def made(
    frame: Frame, row: EnrolmentRow, known: Known, sent: Made, offered: dict[str, Any], pin: PinDone | None
) -> dict[str, Any]:
    """She typed a new PIN, or has the secret or the codes. Raises ``EnrolRefused``."""
    if row.kind != "pin":
        if not isinstance(sent, Seen):
            raise EnrolRefused(Code.WRONG_THING)
        return offered
    if not isinstance(sent, PinMade):
        raise EnrolRefused(Code.WRONG_THING)
    fault = pin_fault(sent.pin, frame.service.rules.enrol)
    if fault is not None or pin is None:
        raise EnrolRefused(fault or Code.PIN_FORM)
    return {"hash": pin.stored}


def tried(
    frame: Frame, row: EnrolmentRow, known: Known, sent: Tried, waiting: dict[str, Any], pin: PinDone | None
) -> Checked:
    """Typed once more, or a code of it. Raises ``EnrolRefused``."""
    if not isinstance(sent, TypedTried):
        raise EnrolRefused(Code.WRONG_THING)
    text = sent.text.translate(_DROPPED)
    if row.kind == "pin":
        if pin is None or not pin.right or pin.stored != waiting["hash"]:
            raise EnrolRefused(Code.PIN_DIFFERS, again=True)
        return Checked("pin")
    if row.kind == "totp":
        step = matching_step(waiting["secret"], text, frame.now)
        if step is None:
            raise EnrolRefused(Code.WRONG_CODE)
        return Checked("otp", {"step": step})
    wanted = waiting["codes"][waiting["number"] - 1]
    if not compare_digest(text.encode("utf-8", "replace"), wanted.encode()):
        raise EnrolRefused(Code.WRONG_CODE)
    return Checked("recovery", {"typed": text})


def bind(
    frame: Frame, row: EnrolmentRow, known: Known, waiting: dict[str, Any], told: dict[str, Json], checked: Checked
) -> Bound:
    """It is hers, in place of the one before."""
    conn, person, now = frame.conn, known.person.id, frame.now
    kind: Kind = "pin" if row.kind == "pin" else "totp" if row.kind == "totp" else "recovery"
    if kind == "pin":
        codes.set_pin(conn, person, waiting["hash"], now)
    elif kind == "totp":
        key_id, sealed = frame.service.keys.totp.seal(base64.b32decode(waiting["secret"]), person)
        codes.set_totp(conn, person, key_id, sealed, now)
        lookups.use_totp_step(conn, person, checked.rest["step"])  # the code that tried it is used
    else:
        keys = frame.service.keys.badge
        recovery_codes.issue(conn, keys, person, waiting["codes"], now)
        codes.forgive(conn, person, "recovery")
        # What was typed at a shared workstation is used: it counts once (SP 800-63B-4 section 3.1.2.2).
        recovery_codes.spend_one(conn, person, waiting["number"], now)
    detail = {**told, "factor": kind}
    frame.write(Event("factor_added", "success", now, method=checked.method, session=row.session, detail=detail), known)
    return Bound(kind, person, checked.method)


def _grouped(text: str) -> str:
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))
