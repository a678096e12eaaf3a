"""A new PKOC badge: the public key that it says, then one signature by which it shows that the key is its own."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.model.binding import b64u, unb64u
from kiosk.model.enrolment import EnrolRefusalCode as Code
from kiosk.model.enrolment import PkocMade, PkocTried
from kiosk.model.proof import Method
from kiosk.service.audit import evidence
from kiosk.service.audit.event import Event
from kiosk.service.enrolment import naming
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
from kiosk.service.policy.enrolment_rules import badge_accepted
from kiosk.service.proofs import authenticator_binding, pkoc, presenting, replacing
from kiosk.service.shared.frame import Frame
from kiosk.service.store import badges, pkoc_badges
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.people import fresh_id
from kiosk.service.store.pkoc_badges import NewBadge
from kiosk.verification.refused import ProofRefusedError

NAME = "PKOC badge"


@dataclass(frozen=True, slots=True)
class PendingPkoc:
    """``public_key``: 65 bytes, base64url. ``uid``: hex."""

    name: str
    public_key: str
    uid: str | None


@dataclass(frozen=True, slots=True)
class TriedPkoc:
    """A good signature: r and s, over the first ``size`` bytes of the challenge."""

    issued: Issued
    signature: bytes
    size: int


class PkocHandler(TypedHandler[NoOffer, PendingPkoc, PkocMade, PkocTried, TriedPkoc]):
    """A badge that proves itself by a public key."""

    name = NAME
    offer_type, waiting_type, sent_type, tried_type = NoOffer, PendingPkoc, PkocMade, PkocTried

    def prepare(self, at: Situation) -> NoOffer:
        return NoOffer()

    def accept(self, at: Situation, sent: PkocMade, offer: NoOffer) -> PendingPkoc:
        if presenting.unnamed(sent.presented) is not None:
            raise EnrolmentRefusedError(Code.BAD_UID)
        try:
            point = pkoc.point_of(sent.public_key)
        except ProofRefusedError as refused:
            raise EnrolmentRefusedError(Code.BAD_ANSWER, refused.why) from None
        _check_free(at.frame, at.known, point, sent.presented.uid)
        named = naming.fresh(NAME, pkoc_badges.names_of(at.frame.conn, at.known.person.id))
        return PendingPkoc(named, b64u(point), sent.presented.uid)

    def signs(self, waiting: PendingPkoc) -> Signing:
        return Signing(Method.PKOC_TAP)

    def sum_up(self, waiting: PendingPkoc) -> Summary:
        return Summary(waiting.name)

    def check(self, at: Situation, tried: PkocTried, waiting: PendingPkoc) -> TriedPkoc:
        """A signature by the very badge that was made."""
        if tried.proof.public_key != waiting.public_key:
            raise EnrolmentRefusedError(Code.WRONG_THING, "another badge, or another key")
        issued = at.challenge()
        try:
            point, signature = pkoc.verify(tried.proof, issued.digest)
        except ProofRefusedError as refused:
            raise EnrolmentRefusedError(Code.BAD_ANSWER, refused.why) from None
        _check_free(at.frame, at.known, point, waiting.uid)
        return TriedPkoc(issued, signature, tried.proof.identifier_bytes)

    def bind(self, at: Situation, waiting: PendingPkoc, checked: TriedPkoc, told: Told) -> BoundFactor:
        """Refused if it has become somebody's meanwhile.

        A number that was the person's badge until now is none any more: the same card signs in by its key from now on.
        """
        frame, point, person = at.frame, unb64u(waiting.public_key), at.known.person.id
        _check_free(frame, at.known, point, waiting.uid)
        new = NewBadge(fresh_id(), person, waiting.name, point)
        plain = _plain_badge(frame, waiting.uid)
        if plain is not None:  # before the row that binds: the very next one holds the signature by the new badge
            replacing.take_away(frame, person, f"badge:{plain[0]}", "pkoc", new.id)
        detail = {**told, **authenticator_binding.pkoc_told(new)}
        event = Event("factor_added", "success", frame.now, method="pkoc", session=at.row.session, detail=detail)
        enrolled = frame.write(event, at.known)
        pkoc_badges.add(frame.conn, new, enrolled, frame.now)
        authenticator_binding.guard_number(frame.conn, frame.service.keys.badge, person, waiting.uid, frame.now)
        kept = evidence.of_pkoc(
            checked.issued.bound,
            public_key=point,
            signature=checked.signature,
            identifier_bytes=checked.size,
            enrolled=enrolled,
        )
        return BoundFactor("pkoc", new.id, "pkoc", kept)


def _check_free(frame: Frame, known: StoredPerson, point: bytes, uid: str | None) -> None:
    """Neither the key nor the number is another person's. Raises ``EnrolmentRefusedError``."""
    there = pkoc_badges.by_key(frame.conn, point)
    if there is not None:
        raise EnrolmentRefusedError(Code.OWN_ALREADY if there.person == known.person.id else Code.TAKEN, again=True)
    if not _accepted(frame, uid):
        raise EnrolmentRefusedError(Code.BADGE_RANGE, again=True)
    plain = _plain_badge(frame, uid)
    if plain is not None and plain[1] != known.person.id:
        raise EnrolmentRefusedError(Code.TAKEN, "its number is a badge", again=True)


def _accepted(frame: Frame, uid: str | None) -> bool:
    """Whether badges of that number are given out here. One without a number is none of those, where some are named."""
    rules, number = frame.service.rules.enrol, authenticator_binding.number_of(uid)
    return not rules.badge_allow if number is None else badge_accepted(rules, number)


def _plain_badge(frame: Frame, uid: str | None) -> tuple[str, str] | None:
    """The badge of that number, and whose it is."""
    number = authenticator_binding.number_of(uid)
    return None if number is None else badges.owner(frame.conn, frame.service.keys.badge, number)
