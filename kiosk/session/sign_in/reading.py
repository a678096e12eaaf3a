"""From a tap to the service's word, as long as nothing is asked of the person.

Tap → probe → begin → (the card answers a challenge) → ``answers``.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import CardTrouble, Lift, ReaderRole, Tap
from kiosk.model.ceremony import Challenge, LoginPresented
from kiosk.model.proof import Presented
from kiosk.session.facts import notices
from kiosk.session.facts.events import (
    Answered,
    Button,
    CardFailed,
    ChallengeCame,
    Event,
    Mismatch,
    Pressed,
    Probed,
    Rang,
    ServiceRefused,
    Signed,
    Unreachable,
)
from kiosk.session.facts.orders import Begin, Probe, SendProof, Sign, Sound
from kiosk.session.facts.state import Doing, LockedMode, ReadingMode, Session
from kiosk.session.shared.ending import give_up, pulled, to_locked
from kiosk.session.shared.same_card import other_card
from kiosk.session.shared.transition import Draft
from kiosk.session.sign_in import another_way, answers

READING_SECONDS = 30


def read(d: Draft, tap: Tap) -> None:
    """A card came while nobody's workspace is shown: say so at once, and find out what it is."""
    if not tap.fresh:
        mode = d.state.mode
        to_locked(d, notices.LIFT_AND_TAP, went=mode.went if isinstance(mode, LockedMode) else None)
        return
    turn = d.ask(lambda turn: Probe(turn, tap.number))
    d.order(Sound("tap"))
    d.go(ReadingMode(tap.number, tap.role, Doing.PROBE, turn))
    d.alarm("reading", READING_SECONDS)


def begin(
    d: Draft,
    tap: int,
    role: ReaderRole | None,
    presented: Presented | LoginPresented,
    behind: Session | None = None,
    colleague: bool = False,
) -> None:
    """Tell the service who presents herself. ``behind``: whose work is covered; ``colleague``: not by this card."""
    turn = d.ask(lambda turn: Begin(turn, tap, presented))
    d.go(ReadingMode(tap, role, Doing.BEGIN, turn, presented, behind=behind, colleague=colleague))
    d.alarm("reading", READING_SECONDS)


def on_reading(d: Draft, m: ReadingMode, event: Event) -> bool:
    """What can happen while the card is read and the service is asked. False: not for us."""
    match event:
        case Tap():
            if event.fresh:
                _superseded(d, m, event)
        case Lift() if pulled(d, m.tap, m.role, event):
            answers.fail(d, notices.card(CardTrouble.LIFTED_EARLY))
        case Probed(presented=presented) if m.doing == Doing.PROBE:
            _probed(d, m, presented)
        case Answered(view=view) if m.doing in (Doing.BEGIN, Doing.SEND):
            answers.answered(d, m, view)
        case ChallengeCame(challenge=challenge) if m.doing == Doing.CHALLENGE:
            _sign(d, m, challenge)
        case Signed(proof=proof) if m.doing == Doing.SIGN and m.view is not None:
            ceremony = m.view.id
            turn = d.ask(lambda turn: SendProof(turn, ceremony, proof))
            d.stay(replace(m, doing=Doing.SEND, turn=turn))
        case CardFailed(trouble=trouble) if m.refused is not None:
            if not another_way.look(d, m, trouble):
                give_up(d, "lifted")
                answers.refused(d, replace(m, view=None), m.refused)
        case CardFailed(trouble=trouble):
            if not another_way.look(d, m, trouble):
                answers.refused(d, m, trouble)
        case Mismatch():
            answers.fail(d, notices.MISMATCH)
        case _:
            return _on_end_of_reading(d, m, event)
    return True


def _probed(d: Draft, m: ReadingMode, presented: Presented) -> None:
    """It is known what lies there. Where nobody was known by it, it counts as what it is besides, from now on."""
    if m.refused is not None and not another_way.is_wanted(m, presented):
        answers.refused(d, m, m.refused)
        return
    colleague = m.colleague or (m.before is not None and other_card(presented, m.before))
    begin(d, m.tap, m.role, presented, m.behind, colleague)
    if m.refused is not None and isinstance(d.state.mode, ReadingMode):
        d.stay(replace(d.state.mode, refused=m.refused, wants=m.wants))


def _on_end_of_reading(d: Draft, m: ReadingMode, event: Event) -> bool:
    match event:
        case Unreachable():
            answers.lost(d, m.doing, m.view, m.tap)
        case ServiceRefused(code=code):
            answers.refused_by_service(d, code)
        case Rang(name="reading"):
            give_up(d, "timeout")
            to_locked(d, notices.TIMED_OUT)
        case Pressed(button=Button.CANCEL | Button.REFUSE):
            give_up(d, "refused_by_person")
            to_locked(d)
        case _:
            return False
    return True


def _superseded(d: Draft, m: ReadingMode, tap: Tap) -> None:
    """Taps are not lost: a newer one takes the older one's place; its late answers are dropped."""
    give_up(d, "lifted")
    behind = m.behind
    read(d, tap)
    if behind is not None and isinstance(d.state.mode, ReadingMode):
        before = m.before or m.presented
        d.stay(replace(d.state.mode, behind=behind, colleague=m.colleague, before=before))


def _sign(d: Draft, m: ReadingMode, challenge: Challenge) -> None:
    if m.view is None or challenge.ceremony != m.view.id or challenge.method != m.view.offers[0].method:
        answers.fail(d, notices.MISMATCH)
        return
    d.stay(replace(m, doing=Doing.SIGN, turn=d.ask(lambda turn: Sign(turn, m.tap, challenge))))
