"""A new badge, for good or for a day: its number, whose it is already, and its move from one person to another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hmac import compare_digest

from kiosk.model.binding import Json
from kiosk.model.enrolment import BadgeMade, BadgeTried, EnrolRefusal, FactorKind, Made, Make, PkocMade
from kiosk.model.enrolment import EnrolRefusalCode as Code
from kiosk.model.proof import UidPresented
from kiosk.model.refusal import RefusalCode
from kiosk.service.audit.event import Event
from kiosk.service.channels import outbox
from kiosk.service.enrolment import offering, refused
from kiosk.service.enrolment.handler import BoundFactor, Situation, Summary, Told, TypedHandler
from kiosk.service.enrolment.refused import EnrolmentRefusedError
from kiosk.service.policy.enrolment_rules import badge_accepted
from kiosk.service.proofs import presenting
from kiosk.service.shared.frame import Frame
from kiosk.service.store import badges, news, people, stopping
from kiosk.service.store.enrolments import EnrolmentRow, Move
from kiosk.service.store.factors import short_of


def check_number(frame: Frame, presented: UidPresented) -> bytes:
    """The number, if such a badge may be given out. Raises ``EnrolmentRefusedError``."""
    number = presenting.number_of(frame, presented)
    if isinstance(number, RefusalCode):
        raise EnrolmentRefusedError(refused.OF_PROOF[number])
    if not badge_accepted(frame.service.rules.enrol, number):
        raise EnrolmentRefusedError(Code.BADGE_RANGE)
    keys = frame.service.keys.badge
    if badges.owner(frame.conn, keys, number) is None:
        resembles = badges.resembled(frame.conn, keys, number)
        if resembles is not None:
            # The same card, read otherwise: enrolled once more it would be two badges, one of them at no other reader.
            raise EnrolmentRefusedError(EnrolRefusal(Code.BAD_UID, resembles=resembles), f"{resembles} form of a badge")
    return number


@dataclass(frozen=True, slots=True)
class BadgeOffer:
    """``until``: when a temporary badge ends, epoch seconds."""

    until: int | None = None


@dataclass(frozen=True, slots=True)
class PendingBadge:
    """``uid``: its number, upper-case hex."""

    uid: str
    until: int | None = None


class BadgeHandler(TypedHandler[BadgeOffer, PendingBadge, BadgeMade, BadgeTried, None]):
    """A badge that is known by its number alone. ``temporary``: for as long as policy says."""

    name = "Badge"
    offer_type, waiting_type, sent_type, tried_type = BadgeOffer, PendingBadge, BadgeMade, BadgeTried

    def __init__(self, *, temporary: bool = False) -> None:
        self._temporary = temporary

    def prepare(self, at: Situation) -> BadgeOffer:
        seconds = at.frame.service.rules.enrol.temporary_badge_seconds
        return BadgeOffer(at.frame.now + seconds if self._temporary else None)

    def describe(self, at: Situation, offer: BadgeOffer) -> Make:
        return Make(until=offer.until)

    def begun_by(self, frame: Frame, new: UidPresented) -> Made:
        check_number(frame, new)
        return BadgeMade(new)

    def instead(self, at: Situation, sent: Made) -> tuple[EnrolmentRow, Made]:
        """A badge that can prove itself was held where any badge is wanted: it is added as that, if it may be.

        What was proved for a badge is what this one needs, too. A temporary badge goes by its number, as it always did.
        """
        if not isinstance(sent, PkocMade):
            return at.row, sent
        if not self._temporary and FactorKind.PKOC in offering.kinds_for(at.frame, at.known):
            return replace(at.row, kind=FactorKind.PKOC.value), sent
        return at.row, BadgeMade(UidPresented(sent.presented.uid or ""))

    def accept(self, at: Situation, sent: BadgeMade, offer: BadgeOffer) -> PendingBadge:
        """One of somebody else is taken, too: ``owner`` says whose agreement is needed then."""
        return PendingBadge(check_number(at.frame, sent.presented).hex().upper(), offer.until)

    def owner(self, at: Situation, waiting: PendingBadge) -> Move | None:
        found = badges.owner(at.frame.conn, at.frame.service.keys.badge, bytes.fromhex(waiting.uid))
        if found is None:
            return None
        if found[1] == at.known.person.id:
            raise EnrolmentRefusedError(Code.OWN_ALREADY, again=True)
        return Move(found[0], found[1], None, ())

    def sum_up(self, waiting: PendingBadge) -> Summary:
        return Summary(self.name, until=waiting.until)

    def check(self, at: Situation, tried: BadgeTried, waiting: PendingBadge) -> None:
        """The same badge again."""
        if not compare_digest(tried.presented.uid.encode("utf-8", "replace"), waiting.uid.encode()):
            raise EnrolmentRefusedError(Code.WRONG_THING, "another badge")
        check_number(at.frame, tried.presented)

    def bind(self, at: Situation, waiting: PendingBadge, checked: None, told: Told) -> BoundFactor:
        """Refused if it has become somebody's meanwhile."""
        frame, number, keys = at.frame, bytes.fromhex(waiting.uid), at.frame.service.keys.badge
        here, move = self.owner(at, waiting), at.row.detail.move
        if here is not None:
            if move is None or (move.badge, move.owner) != (here.badge, here.owner):
                raise EnrolmentRefusedError(Code.TAKEN, again=True)
            told = {**told, "moved_from": here.owner}
            _take_from(at, move)
        until = waiting.until
        made = badges.add(frame.conn, keys, at.known.person.id, number, frame.now, until)
        told = {**told, "badge": made, **({"until": until} if until else {}), "factor": short_of(f"badge:{made}")}
        frame.write(Event("factor_added", "success", frame.now, session=at.row.session, detail=told), at.known)
        return BoundFactor("badge", made)


def _take_from(at: Situation, move: Move) -> None:
    """Its owner has it no more; what they have open is locked, as with any factor that ends."""
    frame = at.frame
    badges.revoke(frame.conn, move.badge, frame.now)
    locked = stopping.lock_everywhere(frame.conn, move.owner, frame.now, "factor")
    news.add(frame.conn, move.owner, "lost", frame.now)
    outbox.tell(frame.conn, move.owner, "factor_lost", frame.now, factor="badge", at=frame.station.name)
    owner = people.by_id(frame.conn, move.owner)
    detail: dict[str, Json] = {
        "enrolment": at.row.id,
        "factor": short_of(f"badge:{move.badge}"),
        "to": at.known.person.id,
        "by": move.second,
        "sessions_locked": locked,
    }
    frame.append(Event("factor_moved", "success", frame.now, person=move.owner, login=owner.login, detail=detail))
