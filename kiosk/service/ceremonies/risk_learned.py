"""What a sign-in or a step-up leaves in memory: each function is called where the thing happens, in its transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kiosk.model.refusal import RefusalCode
from kiosk.service.ceremonies import risk_now
from kiosk.service.policy import Proved
from kiosk.service.policy.assurance import STRONG
from kiosk.service.risk import PersonPast, learning
from kiosk.service.shared import risk_memory
from kiosk.service.shared.frame import Frame
from kiosk.service.shared.place_names import place_of
from kiosk.service.store.ceremonies import CeremonyRow, StepUpRequest
from kiosk.service.store.lookups import StoredPerson

NOT_ACCEPTED = frozenset(
    {
        RefusalCode.WRONG_PIN,
        RefusalCode.WRONG_CODE,
        RefusalCode.CODE_USED,
        RefusalCode.WRONG_KEY,
        RefusalCode.BAD_SIGNATURE,
        RefusalCode.NOT_VERIFIED,
        RefusalCode.COUNTER_WENT_BACK,
    }
)
"""Refusals that count as a proof that failed."""
TURNED_DOWN = frozenset({"refused_by_person", "timeout"})


def opened(frame: Frame, known: StoredPerson, *, proved: bool) -> None:
    """A session was opened; ``proved``: not by grace."""
    if not frame.service.risk.enabled:
        return
    place, far = place_of(frame.station.place), risk_now.came_too_fast(frame, known)
    _learn(
        frame,
        known.person.id,
        lambda past: learning.opened(past, frame.now, frame.station.id, place, proved=proved, far=far),
    )


def proved(frame: Frame, known: StoredPerson, given: Proved, mark: str, since: int) -> None:
    """A proof was accepted. One by a key or card that verified its user brings them back to normal, unless that key is
    itself what is new. ``mark``: of the factor; ``since``: when it was enrolled, epoch seconds."""
    rules = frame.service.risk
    if given.method not in STRONG or not rules.enabled or frame.now - since < rules.recent_hours * 3600:
        return
    person = risk_memory.person(frame.conn, frame.memory, known.person.id)
    before = person.past
    person.past = learning.strong(before, frame.now, mark)
    if person.past is before:
        return
    person.anew = person.doubted
    # Nothing else in this request may have looked at the workstation's past: it is written anew here or never.
    here = risk_memory.station(frame.conn, frame.memory, frame.station.id)
    here.anew = here.doubted


def counted_back(frame: Frame, person: str, mark: str) -> None:
    """The counter of a key of ``person`` went back."""
    _learn(frame, person, lambda past: learning.counted_back(past, frame.now, mark))


def not_accepted(frame: Frame, row: CeremonyRow, known: StoredPerson | None, code: RefusalCode) -> None:
    """A proof failed. Where only a login was typed nothing is learned: anybody can type it."""
    if known is not None and row.presented != "login" and code in NOT_ACCEPTED:
        _learn(frame, known.person.id, lambda past: learning.failed(past, frame.now, _burst(frame)))


def asked(frame: Frame, known: StoredPerson) -> None:
    """A program's prompt comes."""
    _learn(frame, known.person.id, lambda past: learning.asked(past, frame.now, _burst(frame)))


def given_up(frame: Frame, row: CeremonyRow, known: StoredPerson | None, reason: str) -> None:
    """A ceremony was cancelled."""
    if known is not None and row.purpose == "step_up" and reason in TURNED_DOWN:
        _learn(frame, known.person.id, lambda past: learning.turned_down(past, frame.now, _burst(frame)))


def granted(frame: Frame, known: StoredPerson, request: StepUpRequest) -> None:
    """What was asked for leaves."""
    if not frame.service.risk.enabled:
        return
    person = risk_memory.person(frame.conn, frame.memory, known.person.id)
    wish, past = risk_now.wish_of(frame, person.past, request.ask), learning.granted(person.past)
    ended = None
    if wish.export:
        exports, ended = learning.flowed(past.exports, frame.now, wish.records)
        past = replace(past, exports=exports)
    if wish.strangers:
        past = replace(past, strangers=learning.flowed(past.strangers, frame.now, wish.strangers)[0])
    person.past = past
    for name in known.person.roles if ended is not None else ():
        of_role = risk_memory.role(frame.conn, frame.memory, name)
        of_role.past, of_role.anew = learning.of_role(of_role.past, ended or 0), of_role.doubted


def _burst(frame: Frame) -> int:
    return frame.service.risk.burst_minutes * 60


def _learn(frame: Frame, person: str, how: Callable[[PersonPast], PersonPast]) -> None:
    if frame.service.risk.enabled:
        found = risk_memory.person(frame.conn, frame.memory, person)
        found.past = how(found.past)
