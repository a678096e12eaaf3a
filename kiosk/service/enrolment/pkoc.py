"""A new PKOC badge: the public key that it says, then one signature by which it shows that the key is its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kiosk.model.binding import Json, b64u, unb64u
from kiosk.model.enrolment import BadgeMade, FactorKind, Made, Make, PkocMade, PkocTried, Tried
from kiosk.model.enrolment import EnrolRefusalCode as Code
from kiosk.model.proof import UidPresented
from kiosk.service.audit import evidence
from kiosk.service.audit.event import Event
from kiosk.service.enrolment import challenge, naming, offering
from kiosk.service.enrolment.challenge import Issued
from kiosk.service.enrolment.kinds import Bound, Checked
from kiosk.service.enrolment.refused import EnrolRefused
from kiosk.service.policy.enrolment_rules import badge_accepted
from kiosk.service.proofs import authenticator_binding, pkoc, presenting, replacing
from kiosk.service.proofs.refused import ProofRefused
from kiosk.service.shared.frame import Frame
from kiosk.service.store import badges, pkoc_badges
from kiosk.service.store.enrolments import EnrolmentRow
from kiosk.service.store.lookups import Known
from kiosk.service.store.people import fresh_id
from kiosk.service.store.pkoc_badges import NewBadge

NAME = "PKOC badge"


def offer(frame: Frame, row: EnrolmentRow, known: Known) -> dict[str, Any]:
    """Nothing is needed to tap one."""
    return {}


def make(frame: Frame, row: EnrolmentRow, known: Known, offered: dict[str, Any]) -> Make:
    """Nothing to say of it."""
    return Make()


def instead(frame: Frame, row: EnrolmentRow, known: Known, sent: PkocMade) -> tuple[EnrolmentRow, PkocMade | BadgeMade]:
    """A badge that can prove itself was held where any badge is wanted: it is added as that, if she may add such a one.

    What was proved for a badge is what this one needs, too. A temporary badge goes by its number, as it always did.
    """
    if row.kind == FactorKind.BADGE and FactorKind.PKOC in offering.kinds_for(frame, known):
        return replace(row, kind=FactorKind.PKOC.value), sent
    return row, BadgeMade(UidPresented(sent.presented.uid or ""))


def made(frame: Frame, row: EnrolmentRow, known: Known, sent: Made, offered: dict[str, Any]) -> dict[str, Any]:
    """A badge was tapped. Raises ``EnrolRefused``."""
    if not isinstance(sent, PkocMade):
        raise EnrolRefused(Code.WRONG_THING)
    if presenting.unnamed(sent.presented) is not None:
        raise EnrolRefused(Code.BAD_UID)
    try:
        point = pkoc.point_of(sent.public_key)
    except ProofRefused as no:
        raise EnrolRefused(Code.BAD_ANSWER, no.why) from None
    _check_free(frame, known, point, sent.presented.uid)
    named = naming.fresh(NAME, pkoc_badges.names_of(frame.conn, known.person.id))
    return {"name": named, "public_key": b64u(point), "uid": sent.presented.uid}


def tried(
    frame: Frame, row: EnrolmentRow, known: Known, sent: Tried, waiting: dict[str, Any], issued: Issued | None
) -> Checked:
    """A signature by the very badge that was made. Raises ``EnrolRefused``."""
    if not isinstance(sent, PkocTried):
        raise EnrolRefused(Code.WRONG_THING)
    if sent.proof.public_key != waiting["public_key"]:
        raise EnrolRefused(Code.WRONG_THING, "another badge, or another key")
    try:
        point, signature = pkoc.verify(sent.proof, challenge.good(issued).digest)
    except ProofRefused as no:
        raise EnrolRefused(Code.BAD_ANSWER, no.why) from None
    _check_free(frame, known, point, waiting["uid"])
    return Checked("pkoc", {"issued": issued, "signature": signature, "size": sent.proof.identifier_bytes})


def bind(
    frame: Frame, row: EnrolmentRow, known: Known, waiting: dict[str, Any], told: dict[str, Json], checked: Checked
) -> Bound:
    """The badge is hers. Raises ``EnrolRefused`` if it has become somebody's meanwhile.

    A number that was her badge until now is none any more: the same card signs in by its key from now on.
    """
    point, uid, person = unb64u(waiting["public_key"]), waiting["uid"], known.person.id
    _check_free(frame, known, point, uid)
    new = NewBadge(fresh_id(), person, waiting["name"], point)
    plain = _plain_badge(frame, uid)
    if plain is not None:  # before the row that binds: the very next one holds the signature by the new badge
        replacing.take_away(frame, person, f"badge:{plain[0]}", "pkoc", new.id)
    detail = {**told, **authenticator_binding.pkoc_told(new)}
    event = Event("factor_added", "success", frame.now, method="pkoc", session=row.session, detail=detail)
    enrolled = frame.write(event, known)
    pkoc_badges.add(frame.conn, new, enrolled, frame.now)
    authenticator_binding.guard_number(frame.conn, frame.service.keys.badge, person, uid, frame.now)
    kept = evidence.of_pkoc(
        checked.rest["issued"].bound,
        public_key=point,
        signature=checked.rest["signature"],
        identifier_bytes=checked.rest["size"],
        enrolled=enrolled,
    )
    return Bound("pkoc", new.id, "pkoc", kept)


def _check_free(frame: Frame, known: Known, point: bytes, uid: str | None) -> None:
    """Neither the key nor the number is another person's. Raises ``EnrolRefused``."""
    there = pkoc_badges.by_key(frame.conn, point)
    if there is not None:
        raise EnrolRefused(Code.OWN_ALREADY if there.person == known.person.id else Code.TAKEN, again=True)
    if not _accepted(frame, uid):
        raise EnrolRefused(Code.BADGE_RANGE, again=True)
    plain = _plain_badge(frame, uid)
    if plain is not None and plain[1] != known.person.id:
        raise EnrolRefused(Code.TAKEN, "its number is a badge", again=True)


def _accepted(frame: Frame, uid: str | None) -> bool:
    """Whether badges of that number are given out here. One without a number is none of those, where some are named."""
    rules, number = frame.service.rules.enrol, authenticator_binding.number_of(uid)
    return not rules.badge_allow if number is None else badge_accepted(rules, number)


def _plain_badge(frame: Frame, uid: str | None) -> tuple[str, str] | None:
    """The badge of that number, and whose it is."""
    number = authenticator_binding.number_of(uid)
    return None if number is None else badges.owner(frame.conn, frame.service.keys.badge, number)
