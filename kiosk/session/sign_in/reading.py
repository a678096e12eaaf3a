"""From a tap to the service's word, as long as nothing is asked of the person.

Tap → probe → begin → (the card answers a challenge) → ``answers``.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import CardTrouble, Lift, ReaderRole, Tap
from kiosk.model.ceremony import LoginPresented
from kiosk.model.challenge import Challenge
from kiosk.model.proof import Presented
from kiosk.session.facts import notices
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.card_answers import CardFailed, Probed, Signed
from kiosk.session.facts.card_orders import ProbeCard, SignChallenge
from kiosk.session.facts.carried import OpenSession, PendingStep
from kiosk.session.facts.ceremony_orders import BeginCeremony, CancelCeremony, SendProof
from kiosk.session.facts.events import Event, TimerExpired
from kiosk.session.facts.modes import LockedMode, ReadingMode
from kiosk.session.facts.orders import PlaySound
from kiosk.session.facts.service_answers import (
    CeremonyUpdated,
    ChallengeReceived,
    Mismatch,
    ServiceRefused,
    Unreachable,
)
from kiosk.session.shared.ending import give_up, pulled, to_locked
from kiosk.session.shared.same_card import other_card
from kiosk.session.shared.transition import Transition
from kiosk.session.sign_in import another_way, answers, hidden_key, offline
from kiosk.session.sign_in.offline import READING_SECONDS


def read(t: Transition, tap: Tap) -> None:
    """A card came while nobody's workspace is shown: say so at once, and find out what it is."""
    if not tap.fresh:
        mode = t.state.mode
        to_locked(t, notices.LIFT_AND_TAP, went=mode.went if isinstance(mode, LockedMode) else None)
        return
    turn = t.ask(lambda turn: ProbeCard(turn, tap.number))
    t.order(PlaySound("tap"))
    t.go(ReadingMode(tap.number, tap.role, PendingStep.PROBE, turn))
    t.set_timer(AlarmName.READING, READING_SECONDS)


def begin(
    t: Transition,
    tap: int,
    role: ReaderRole | None,
    presented: Presented | LoginPresented,
    behind: OpenSession | None = None,
    colleague: bool = False,
) -> None:
    """Tell the service who presents themselves. ``behind``: whose work is covered; ``colleague``: not by this card."""
    if behind is None and offline.begin(t, tap, role, presented):
        return
    turn = t.ask(lambda turn: BeginCeremony(turn, tap, presented))
    t.go(ReadingMode(tap, role, PendingStep.BEGIN, turn, presented, behind=behind, colleague=colleague))
    t.set_timer(AlarmName.READING, READING_SECONDS)


def on_reading(t: Transition, mode: ReadingMode, event: Event) -> bool:
    """What can happen while the card is read and the service is asked. False: not for us."""
    match event:
        case Tap():
            if event.fresh:
                _superseded(t, mode, event)
        case Lift() if pulled(t, mode.tap, mode.role, event):
            answers.fail(t, notices.card(CardTrouble.LIFTED_EARLY))
        case Probed(presented=presented) if mode.pending == PendingStep.PROBE:
            _probed(t, mode, presented)
        case CeremonyUpdated(view=view) if mode.pending in (PendingStep.BEGIN, PendingStep.SEND):
            answers.answered(t, mode, view)
        case ChallengeReceived(challenge=challenge) if mode.pending == PendingStep.CHALLENGE:
            _sign(t, mode, challenge)
        case Signed(proof=proof) if mode.pending == PendingStep.SIGN and mode.view is not None:
            ceremony = mode.view.id
            turn = t.ask(lambda turn: SendProof(turn, ceremony, proof))
            t.stay(replace(mode, pending=PendingStep.SEND, turn=turn))
        case CardFailed(trouble=trouble) if mode.refused is not None:
            if not another_way.look(t, mode, trouble) and not hidden_key.ask_pin(t, mode, trouble):
                give_up(t, "lifted")
                answers.refused(t, replace(mode, view=None), mode.refused)
        case CardFailed(trouble=trouble):
            if not another_way.look(t, mode, trouble) and not hidden_key.ask_pin(t, mode, trouble):
                answers.refused(t, mode, trouble)
        case Mismatch():
            answers.fail(t, notices.MISMATCH)
        case _:
            return _on_end_of_reading(t, mode, event)
    return True


def _probed(t: Transition, mode: ReadingMode, presented: Presented) -> None:
    """It is known what lies there. Where nobody was known by it, it counts as what it is besides, from now on."""
    if mode.refused is not None and not another_way.is_wanted(mode, presented):
        if not hidden_key.ask_pin(t, mode):
            answers.refused(t, mode, mode.refused)
        return
    if mode.view is not None:
        t.order(CancelCeremony(mode.view.id, "withdrawn"))
    colleague = mode.colleague or (mode.before is not None and other_card(presented, mode.before))
    begin(t, mode.tap, mode.role, presented, mode.behind, colleague)
    if mode.refused is not None and isinstance(t.state.mode, ReadingMode):
        t.stay(replace(t.state.mode, refused=mode.refused, wants=mode.wants))


def _on_end_of_reading(t: Transition, mode: ReadingMode, event: Event) -> bool:
    match event:
        case Unreachable() if not offline.instead(t, mode):
            answers.lost(t, mode.pending, mode.view, mode.tap)
        case Unreachable():
            pass
        case ServiceRefused(code=code) if code in offline.AWAY and offline.instead(t, mode):
            pass
        case ServiceRefused(code=code, request=request):
            answers.refused_by_service(t, code, request)
        case TimerExpired(name=AlarmName.READING):
            give_up(t, "timeout")
            to_locked(t, notices.TIMED_OUT)
        case Pressed(button=Button.CANCEL | Button.REFUSE):
            give_up(t, "refused_by_person")
            to_locked(t)
        case _:
            return False
    return True


def _superseded(t: Transition, mode: ReadingMode, tap: Tap) -> None:
    """Taps are not lost: a newer one takes the older one's place; its late answers are dropped."""
    give_up(t, "lifted")
    behind = mode.behind
    read(t, tap)
    if behind is not None and isinstance(t.state.mode, ReadingMode):
        before = mode.before or mode.presented
        t.stay(replace(t.state.mode, behind=behind, colleague=mode.colleague, before=before))


def _sign(t: Transition, mode: ReadingMode, challenge: Challenge) -> None:
    if mode.view is None or challenge.ceremony != mode.view.id or challenge.method != mode.view.offers[0].method:
        answers.fail(t, notices.MISMATCH)
        return
    t.stay(replace(mode, pending=PendingStep.SIGN, turn=t.ask(lambda turn: SignChallenge(turn, mode.tap, challenge))))
