"""A new badge, for good or for a day: its number, whose it is already, and its move from one person to another."""

from __future__ import annotations

from hmac import compare_digest
from typing import Any

from kiosk.model.binding import Json
from kiosk.model.ceremony import RefusalCode
from kiosk.model.enrolment import BadgeMade, BadgeTried, EnrolRefusal, Made, Make, Tried
from kiosk.model.enrolment import EnrolRefusalCode as Code
from kiosk.model.proof import UidPresented
from kiosk.service.audit.event import Event
from kiosk.service.channels import outbox
from kiosk.service.enrolment import refused
from kiosk.service.enrolment.kinds import Bound, Checked
from kiosk.service.enrolment.refused import EnrolRefused
from kiosk.service.policy.enrolment_rules import badge_accepted
from kiosk.service.proofs import presenting
from kiosk.service.shared.frame import Frame
from kiosk.service.store import badges, news, people, stopping
from kiosk.service.store.enrolments import EnrolmentRow
from kiosk.service.store.factors import short_of
from kiosk.service.store.lookups import Known


def check_number(frame: Frame, presented: UidPresented) -> bytes:
    """The number, if such a badge may be given out. Raises ``EnrolRefused``."""
    number = presenting.number_of(frame, presented)
    if isinstance(number, RefusalCode):
        raise EnrolRefused(refused.OF_PROOF[number])
    if not badge_accepted(frame.service.rules.enrol, number):
        raise EnrolRefused(Code.BADGE_RANGE)
    keys = frame.service.keys.badge
    if badges.owner(frame.conn, keys, number) is None:
        resembles = badges.resembled(frame.conn, keys, number)
        if resembles is not None:
            # The same card, read otherwise: enrolled once more it would be two badges, one of them at no other reader.
            raise EnrolRefused(EnrolRefusal(Code.BAD_UID, resembles=resembles), f"{resembles} form of a badge")
    return number


def offer(frame: Frame, row: EnrolmentRow, known: Known) -> dict[str, Any]:
    """Until when it will be good, if it is a temporary one."""
    seconds = frame.service.rules.enrol.temporary_badge_seconds
    return {"until": frame.now + seconds} if row.kind == "temporary_badge" else {}


def make(frame: Frame, row: EnrolmentRow, known: Known, offered: dict[str, Any]) -> Make:
    """What the screen says of it."""
    return Make(until=offered.get("until"))


def made(frame: Frame, row: EnrolmentRow, known: Known, sent: Made, offered: dict[str, Any]) -> dict[str, Any]:
    """A badge was tapped. One of somebody else is taken, too: ``move`` says whose agreement is needed then."""
    if not isinstance(sent, BadgeMade):
        raise EnrolRefused(Code.WRONG_THING)
    return {"uid": check_number(frame, sent.presented).hex().upper(), **offered}


def move_of(frame: Frame, known: Known, waiting: dict[str, Any]) -> dict[str, Any] | None:
    """Whose badge it is, if somebody else's. Raises ``EnrolRefused`` if it is hers already."""
    owner = badges.owner(frame.conn, frame.service.keys.badge, bytes.fromhex(waiting["uid"]))
    if owner is None:
        return None
    if owner[1] == known.person.id:
        raise EnrolRefused(Code.OWN_ALREADY, again=True)
    return {"badge": owner[0], "owner": owner[1], "second": None, "vouched": []}


def tried(frame: Frame, row: EnrolmentRow, known: Known, sent: Tried, waiting: dict[str, Any]) -> Checked:
    """The same badge again. Raises ``EnrolRefused``."""
    if not isinstance(sent, BadgeTried) or not compare_digest(
        sent.presented.uid.encode("utf-8", "replace"), waiting["uid"].encode()
    ):
        raise EnrolRefused(Code.WRONG_THING, "another badge")
    check_number(frame, sent.presented)
    return Checked()


def bind(
    frame: Frame, row: EnrolmentRow, known: Known, waiting: dict[str, Any], told: dict[str, Json], checked: Checked
) -> Bound:
    """The badge is hers. Raises ``EnrolRefused`` if it has become somebody's meanwhile."""
    number, keys = bytes.fromhex(waiting["uid"]), frame.service.keys.badge
    here, move = move_of(frame, known, waiting), row.detail.get("move")
    if here is not None:
        if move is None or (move["badge"], move["owner"]) != (here["badge"], here["owner"]):
            raise EnrolRefused(Code.TAKEN, again=True)
        told = {**told, "moved_from": here["owner"]}
        _take_from(frame, row, known, here)
    until = waiting.get("until")
    made = badges.add(frame.conn, keys, known.person.id, number, frame.now, until)
    told = {**told, "badge": made, **({"until": until} if until else {})}
    event = Event(
        "factor_added", "success", frame.now, session=row.session, detail={**told, "factor": short_of(f"badge:{made}")}
    )
    frame.write(event, known)
    return Bound("badge", made)


def _take_from(frame: Frame, row: EnrolmentRow, known: Known, here: dict[str, Any]) -> None:
    """Its owner has it no more; what she has open is locked, as with any factor that ends."""
    badges.revoke(frame.conn, here["badge"], frame.now)
    locked = stopping.lock_everywhere(frame.conn, here["owner"], frame.now, "factor")
    news.add(frame.conn, here["owner"], "lost", frame.now)
    outbox.tell(frame.conn, here["owner"], "factor_lost", frame.now, factor="badge", at=frame.station.name)
    owner = people.by_id(frame.conn, here["owner"])
    detail: dict[str, Json] = {
        "enrolment": row.id,
        "factor": short_of(f"badge:{here['badge']}"),
        "to": known.person.id,
        "by": row.detail["move"]["second"],
        "sessions_locked": locked,
    }
    frame.append(
        Event("factor_moved", "success", frame.now, person=here["owner"], login=owner.login, detail={**detail})
    )
