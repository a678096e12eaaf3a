"""A new code app: a secret that is scanned or typed (RFC 6238), and tried by one of its codes."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from urllib.parse import quote

from kiosk.model.enrolment import CodeAppOffer, Make, Seen, TypedTried
from kiosk.model.enrolment import EnrolRefusalCode as Code
from kiosk.service.audit.event import Event
from kiosk.service.enrolment.handler import BoundFactor, Situation, Told, TypedHandler
from kiosk.service.enrolment.refused import EnrolmentRefusedError
from kiosk.service.enrolment.typing_in import grouped, plain
from kiosk.service.proofs.pin_and_otp import matching_step
from kiosk.service.store import codes, lookups

SECRET_BYTES = 20
"""RFC 4226 section 4 recommends 160 bits."""


@dataclass(frozen=True, slots=True)
class PendingCodeApp:
    """``secret``: base32. The same is offered, and waits for its try."""

    secret: str = field(repr=False)


class CodeAppHandler(TypedHandler[PendingCodeApp, PendingCodeApp, Seen, TypedTried, int]):
    """A code app. What a good try showed is its time step."""

    name = "Code app"
    shown_again = True
    offer_type, waiting_type, sent_type, tried_type = PendingCodeApp, PendingCodeApp, Seen, TypedTried

    def prepare(self, at: Situation) -> PendingCodeApp:
        return PendingCodeApp(base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii"))

    def describe(self, at: Situation, offer: PendingCodeApp) -> Make:
        rp_id = at.frame.service.rp_id
        label = f"{rp_id}:{at.known.person.login}"
        uri = f"otpauth://totp/{quote(label)}?secret={offer.secret}&issuer={quote(rp_id)}"
        return Make(code_app=CodeAppOffer(uri, grouped(offer.secret)))

    def accept(self, at: Situation, sent: Seen, offer: PendingCodeApp) -> PendingCodeApp:
        return offer

    def check(self, at: Situation, tried: TypedTried, waiting: PendingCodeApp) -> int:
        step = matching_step(waiting.secret, plain(tried.text), at.frame.now)
        if step is None:
            raise EnrolmentRefusedError(Code.WRONG_CODE)
        return step

    def bind(self, at: Situation, waiting: PendingCodeApp, checked: int, told: Told) -> BoundFactor:
        """In place of the one before. The code that tried it is used."""
        frame, person = at.frame, at.known.person.id
        key_id, sealed = frame.service.keys.totp.seal(base64.b32decode(waiting.secret), person)
        codes.set_totp(frame.conn, person, key_id, sealed, frame.now)
        lookups.use_totp_step(frame.conn, person, checked)
        detail: Told = {**told, "factor": "totp"}
        event = Event("factor_added", "success", frame.now, method="otp", session=at.row.session, detail=detail)
        frame.write(event, at.known)
        return BoundFactor("totp", person, "otp")
