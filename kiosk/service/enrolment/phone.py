"""A new phone: its browser opens the page of the QR code, makes a passkey, signs with it, and shows a number.

The number is typed at the workstation. So the phone that becomes theirs is the one in the hand of whoever stands
there: somebody who photographed the code and was faster has a number that nobody types.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from kiosk.model import binding
from kiosk.model.binding import b64u
from kiosk.model.enrolment import EnrolRefusalCode as Code
from kiosk.model.enrolment import Make, PhoneOffer, Seen, TypedTried
from kiosk.model.proof import Method
from kiosk.service.audit import evidence
from kiosk.service.audit.event import Event
from kiosk.service.enrolment import naming
from kiosk.service.enrolment.handler import BoundFactor, Situation, Summary, Told, TypedHandler
from kiosk.service.enrolment.refused import EnrolmentRefusedError
from kiosk.service.enrolment.try_statement import try_statement
from kiosk.service.enrolment.typing_in import plain
from kiosk.service.proofs import phones as passkeys
from kiosk.service.proofs.registration import RegistrationRefusedError, VerifiedRegistration
from kiosk.service.store import cards, factors, phone_requests, phones
from kiosk.service.store.people import fresh_id
from kiosk.service.store.phone_requests import PhoneRequest
from kiosk.service.store.phones import NewPhone
from kiosk.verification import fido2
from kiosk.verification.refused import ProofRefusedError

NAME = "Phone"


@dataclass(frozen=True, slots=True)
class PendingPhone:
    """``code``: in the QR code. The same is offered, and waits for its number."""

    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PairedPhone:
    """The passkey that was made, and its first assertion."""

    request: PhoneRequest
    made: VerifiedRegistration
    assertion: fido2.VerifiedAssertion


class PhoneHandler(TypedHandler[PendingPhone, PendingPhone, Seen, TypedTried, PairedPhone]):
    """A phone. After a third wrong number it is made anew, with another code."""

    name = NAME
    shown_again = True
    offer_type, waiting_type, sent_type, tried_type = PendingPhone, PendingPhone, Seen, TypedTried

    def prepare(self, at: Situation) -> PendingPhone:
        frame, row, person = at.frame, at.row, at.known.person
        code = passkeys.new_code()
        said = try_statement(frame, row, at.known, Method.PHONE)
        request = PhoneRequest(
            id=phone_requests.mark_of(code),
            purpose="pair",
            person=person.id,
            workstation=frame.station.id,
            about=row.id,
            nonce=b64u(secrets.token_bytes(binding.NONCE_BYTES)),
            statement=binding.canonical(said).decode(),
            created=frame.now,
            expires=min(row.expires, frame.now + passkeys.MAX_SECONDS),
        )
        phone_requests.add(frame.conn, request)
        return PendingPhone(code)

    def describe(self, at: Situation, offer: PendingPhone) -> Make:
        return Make(phone=PhoneOffer(passkeys.uri_of(at.frame.service, offer.code)))

    def accept(self, at: Situation, sent: Seen, offer: PendingPhone) -> PendingPhone:
        return offer

    def sum_up(self, waiting: PendingPhone) -> Summary:
        return Summary(NAME)

    def check(self, at: Situation, tried: TypedTried, waiting: PendingPhone) -> PairedPhone:
        """The number is right, and the phone that was shown it has signed. Counts wrong numbers."""
        frame = at.frame
        request = phone_requests.find(frame.conn, phone_requests.mark_of(waiting.code))
        if request is None or not (request.live(frame.now) or request.state == "approved"):
            raise EnrolmentRefusedError(Code.EXPIRED, again=True)
        if request.state != "approved" or frame.now >= request.expires:
            raise EnrolmentRefusedError(Code.WRONG_CODE, "no phone has signed yet")
        if not passkeys.right_number(frame.service.keys, waiting.code, plain(tried.text)):
            after = phone_requests.wrong(frame.conn, request)
            raise EnrolmentRefusedError(Code.WRONG_CODE, "number", again=after.state == "ended")
        return self._paired(at, request)

    def _paired(self, at: Situation, request: PhoneRequest) -> PairedPhone:
        """What the phone said, verified again: nothing but its own words is kept between the steps."""
        frame, known = at.frame, at.known
        if request.made is None or request.proof is None or request.person != known.person.id:
            raise EnrolmentRefusedError(Code.BAD_ANSWER, "not made", again=True)
        try:
            made = passkeys.registered(frame.service, frame.conn, known, request, request.made)
            assertion = passkeys.first_signed(frame.service, known, request, made, request.proof)
        except (RegistrationRefusedError, ProofRefusedError, ValueError) as refused:
            raise EnrolmentRefusedError(Code.BAD_ANSWER, str(refused), again=True) from None
        return PairedPhone(request, made, assertion)

    def bind(self, at: Situation, waiting: PendingPhone, checked: PairedPhone, told: Told) -> BoundFactor:
        """Refused if its passkey is somebody's meanwhile."""
        frame, person, made = at.frame, at.known.person.id, checked.made
        taken = phones.owner(frame.conn, made.credential_id) or cards.credential_owner(frame.conn, made.credential_id)
        if taken is not None:
            raise EnrolmentRefusedError(Code.OWN_ALREADY if taken == person else Code.TAKEN, again=True)
        new = _new(frame.conn, at, checked)
        phone_requests.move(frame.conn, checked.request, replace(checked.request, state="used"))
        detail: Told = {**told, **_told_of(new)}
        event = Event("factor_added", "success", frame.now, method="phone", session=at.row.session, detail=detail)
        enrolled = frame.write(event, at.known)
        phones.add(frame.conn, new, enrolled, frame.now)
        kept = evidence.of_fido2(
            passkeys.bound(checked.request, binding.ENROL_LABEL),
            rp_id=frame.service.rp_id,
            origin=frame.service.issuer,
            verified=True,
            credential_id=new.credential_id,
            authenticator_data=checked.assertion.authenticator_data,
            client_data=checked.assertion.client_data,
            signature=checked.assertion.signature,
            public_key=new.public_key,
            enrolled=enrolled,
        )
        return BoundFactor("phone", new.id, "phone", kept)


def _new(conn: Connection, at: Situation, paired: PairedPhone) -> NewPhone:
    made, person = paired.made, at.known.person.id
    return NewPhone(
        id=fresh_id(),
        person=person,
        name=naming.fresh(NAME, phones.names_of(conn, person)),
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=paired.assertion.sign_count,
        aaguid=made.aaguid,
        backup_eligible=made.backup_eligible,
        backed_up=paired.assertion.backed_up,
    )


def _told_of(new: NewPhone) -> Told:
    """What the trail says of it: later signatures are checked against this row."""
    return {
        "factor": factors.short_of(f"phone:{new.id}"),
        "name": new.name,
        "credential_id": new.credential_id,
        "public_key_sha256": evidence.digest(new.public_key),
        "aaguid": new.aaguid,
        "synced": new.backup_eligible,
    }
