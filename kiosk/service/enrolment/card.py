"""A new PIV card: its certificates from a trusted CA, then one signature by 9A (by 9E, if that is all it has)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.model.binding import unb64u
from kiosk.model.enrolment import EnrolRefusalCode as Code
from kiosk.model.enrolment import PivMade, PivTried
from kiosk.model.proof import Method
from kiosk.service.audit import evidence
from kiosk.service.audit.event import Event
from kiosk.service.enrolment import naming, refused
from kiosk.service.enrolment.handler import (
    BoundFactor,
    Issued,
    NoOffer,
    Signing,
    Situation,
    Summary,
    Told,
    TypedHandler,
)
from kiosk.service.enrolment.refused import EnrolmentRefusedError
from kiosk.service.proofs import authenticator_binding
from kiosk.service.proofs.authenticator_binding import NewCard
from kiosk.service.proofs.certificate_paths import Path
from kiosk.service.shared.frame import Frame
from kiosk.service.store import lookups
from kiosk.service.store.lookups import StoredPerson
from kiosk.verification import piv
from kiosk.verification.refused import ProofRefusedError


@dataclass(frozen=True, slots=True)
class PendingCard:
    """``cert_9e``, ``cert_9a``: DER, base64url. ``uid``: of its contactless interface, hex."""

    name: str
    cert_9e: str
    cert_9a: str | None
    uid: str | None

    @property
    def slot(self) -> Literal["9A", "9E"]:
        """Which key signs the try: by its PIN where the card has the certificate for that."""
        return "9A" if self.cert_9a else "9E"


@dataclass(frozen=True, slots=True)
class TriedCard:
    """A good signature, and the way from the card's certificate to a trusted CA."""

    issued: Issued
    signature: bytes
    path: Path


class CardHandler(TypedHandler[NoOffer, PendingCard, PivMade, PivTried, TriedCard]):
    """A PIV card."""

    name = "PIV card"
    offer_type, waiting_type, sent_type, tried_type = NoOffer, PendingCard, PivMade, PivTried

    def prepare(self, at: Situation) -> NoOffer:
        return NoOffer()

    def accept(self, at: Situation, sent: PivMade, offer: NoOffer) -> PendingCard:
        has = [card.name for card in lookups.piv_cards_of(at.frame.conn, at.known.person.id)]
        waiting = PendingCard(
            name=naming.fresh("PIV card", has),
            cert_9e=sent.presented.certificate,
            cert_9a=sent.certificate_9a,
            uid=sent.presented.uid,
        )
        _checked(at.frame, at.known, waiting)
        return waiting

    def signs(self, waiting: PendingCard) -> Signing:
        return Signing(Method.PIV_PIN if waiting.cert_9a else Method.PIV_TAP)

    def sum_up(self, waiting: PendingCard) -> Summary:
        return Summary(waiting.name)

    def check(self, at: Situation, tried: PivTried, waiting: PendingCard) -> TriedCard:
        """A signature by the very card that was made."""
        proof = tried.proof
        if proof.slot != waiting.slot or proof.certificate != (waiting.cert_9a or waiting.cert_9e):
            raise EnrolmentRefusedError(Code.WRONG_THING, "another card")
        issued = at.challenge()
        _, path_9e, path_9a = _checked(at.frame, at.known, waiting)
        path = path_9a or path_9e
        try:
            signature = unb64u(proof.signature)
            piv.verify(path.certificate, signature, issued.digest)
        except (ValueError, ProofRefusedError):
            raise EnrolmentRefusedError(Code.BAD_ANSWER, "signature") from None
        return TriedCard(issued, signature, path)

    def bind(self, at: Situation, waiting: PendingCard, checked: TriedCard, told: Told) -> BoundFactor:
        """Refused if it has become somebody's meanwhile."""
        frame, conn, now, person = at.frame, at.frame.conn, at.frame.now, at.known.person.id
        new, _, _ = _checked(frame, at.known, waiting)
        detail = {**told, **authenticator_binding.card_told(new)}
        event = Event("factor_added", "success", now, method="piv", session=at.row.session, detail=detail)
        enrolled = frame.write(event, at.known)
        made = authenticator_binding.keep_card(conn, person, new, enrolled, now)
        authenticator_binding.guard_number(conn, frame.service.keys.badge, person, waiting.uid, now)
        path = checked.path
        ca = next(ca for ca in lookups.piv_cas(conn) if ca.fingerprint == path.ca.fingerprint)
        kept = evidence.of_piv(
            checked.issued.bound,
            slot=waiting.slot,
            signature=checked.signature,
            path=(path.certificate, path.issuer),
            enrolled=enrolled,
            anchored=(ca.enrolled_chain, ca.enrolled_seq),
        )
        return BoundFactor("piv", made, "piv", kept)


def _checked(frame: Frame, known: StoredPerson, waiting: PendingCard) -> tuple[NewCard, Path, Path | None]:
    try:
        second = waiting.cert_9a
        new = NewCard(waiting.name, unb64u(waiting.cert_9e), unb64u(second) if second else None)
        path_9e, path_9a = authenticator_binding.check_card(frame.conn, frame.service.rules.keys, new, frame.now)
    except ProofRefusedError as refusal:
        raise EnrolmentRefusedError(
            refused.OF_PROOF.get(refusal.code, Code.BAD_ANSWER), refusal.why, again=True
        ) from None
    except ValueError:
        raise EnrolmentRefusedError(Code.UNTRUSTED_CERTIFICATE, "malformed", again=True) from None
    owner = authenticator_binding.card_owner(frame.conn, new)
    if owner is not None:
        raise EnrolmentRefusedError(Code.OWN_ALREADY if owner == known.person.id else Code.TAKEN, again=True)
    if not authenticator_binding.number_free(frame.conn, frame.service.keys.badge, waiting.uid):
        raise EnrolmentRefusedError(Code.TAKEN, "its number is a badge", again=True)
    return new, path_9e, path_9a
