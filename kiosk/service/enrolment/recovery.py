"""New recovery codes: shown this once, and tried by typing one of them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from hmac import compare_digest

from kiosk.model.enrolment import EnrolRefusalCode as Code
from kiosk.model.enrolment import Make, RecoveryOffer, Seen, TypedTried
from kiosk.service.audit.event import Event
from kiosk.service.enrolment.handler import BoundFactor, Situation, Told, TypedHandler
from kiosk.service.enrolment.refused import EnrolmentRefusedError
from kiosk.service.enrolment.typing_in import grouped, plain
from kiosk.service.store import codes, recovery_codes


@dataclass(frozen=True, slots=True)
class PendingCodes:
    """``codes``: all of them, digits alone. ``number``: which one is to be typed, from 1. Offered and waiting alike."""

    codes: tuple[str, ...] = field(repr=False)
    number: int


class RecoveryHandler(TypedHandler[PendingCodes, PendingCodes, Seen, TypedTried, None]):
    """Ten recovery codes. They are shown while they are being copied, not once one of them is asked for."""

    name = "Recovery codes"
    shown_again = True
    offer_type, waiting_type, sent_type, tried_type = PendingCodes, PendingCodes, Seen, TypedTried

    def prepare(self, at: Situation) -> PendingCodes:
        return PendingCodes(tuple(recovery_codes.fresh()), secrets.randbelow(recovery_codes.HOW_MANY) + 1)

    def describe(self, at: Situation, offer: PendingCodes) -> Make:
        if at.row.step == "try":
            return Make(number=offer.number)
        until = at.frame.now + recovery_codes.SECONDS
        return Make(recovery=RecoveryOffer(tuple(grouped(code) for code in offer.codes), until))

    def accept(self, at: Situation, sent: Seen, offer: PendingCodes) -> PendingCodes:
        return offer

    def check(self, at: Situation, tried: TypedTried, waiting: PendingCodes) -> None:
        wanted = waiting.codes[waiting.number - 1]
        if not compare_digest(plain(tried.text).encode("utf-8", "replace"), wanted.encode()):
            raise EnrolmentRefusedError(Code.WRONG_CODE)

    def bind(self, at: Situation, waiting: PendingCodes, checked: None, told: Told) -> BoundFactor:
        """In place of those before."""
        frame, person, now = at.frame, at.known.person.id, at.frame.now
        recovery_codes.issue(frame.conn, frame.service.keys.badge, person, waiting.codes, now)
        codes.forgive(frame.conn, person, "recovery")
        # What was typed at a shared workstation is used: it counts once (SP 800-63B-4 section 3.1.2.2).
        recovery_codes.spend_one(frame.conn, person, waiting.number, now)
        detail: Told = {**told, "factor": "recovery"}
        event = Event("factor_added", "success", now, method="recovery", session=at.row.session, detail=detail)
        frame.write(event, at.known)
        return BoundFactor("recovery", person, "recovery")
