"""What is typed into a secret field, key by key; and that none of it outlives the place where it was typed.

Whatever the rule that ran: where the place is another one after it (another screen, ceremony, person, method or wish,
or none), what had been typed is forgotten in the same step.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import CardTrouble
from kiosk.model.proof import Method
from kiosk.model.secret import Secret
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.carried import PendingStep, Proving
from kiosk.session.facts.enrolment_state import CodeAppPhase, EnrolMode, PinPhase, ProofPhase, TypeCodePhase, WhoPhase
from kiosk.session.facts.modes import Mode, SecondFactorMode
from kiosk.session.facts.orders import PlaySound
from kiosk.session.facts.person_input import Entered, Erased, Key, Keyed, Peeked, Typed
from kiosk.session.facts.secret_field import (
    CODE_DIGITS,
    MAX_SECRET,
    RECOVERY_DIGITS,
    START_CODE_DIGITS,
    EntryPlace,
    EntryView,
    Typing,
)
from kiosk.session.facts.state import State
from kiosk.session.facts.step_up_state import StepUpMode
from kiosk.session.shared.prove_screen import DIGITS, waits
from kiosk.session.shared.transition import Transition

FORGOTTEN = AlarmName.FORGOTTEN
"""The alarm by which what was typed and not entered is forgotten."""
FORGOTTEN_AFTER = 30.0
"""Seconds without a key: whoever comes by finds no PIN that only wants an Enter."""


def place_of(mode: Mode, pin_length: int = 0) -> EntryPlace | None:
    """Where a secret is typed now; None where none is. ``pin_length``: of everybody's PIN; 0 where they differ."""
    match mode:
        case SecondFactorMode(person=person, proving=proof):
            return _of_proof(proof, person.id if person is not None else "", (), pin_length)
        case StepUpMode(proving=Proving() as proof, ready=True):
            who = mode.session.person.id if mode.waits is None else proof.view.id
            return _of_proof(proof, who, (mode.request_number, mode.after), pin_length)
        case EnrolMode():
            return _of_enrolment(mode, pin_length)
        case _:
            return None


def _of_proof(proof: Proving, who: str, about: tuple[object, ...], pin_length: int) -> EntryPlace | None:
    if proof.stage != "type" or proof.settling or proof.trouble is CardTrouble.PIN_BLOCKED:
        return None
    counted = proof.method is Method.RECOVERY
    digits = RECOVERY_DIGITS if counted else 0
    return EntryPlace(
        *(proof.view.id, proof.method.value, proof.entry, f"{who} {proof.login}", (proof.purpose, proof.shown, *about)),
        digits_only=proof.method in DIGITS,
        shortest=digits,
        longest=digits or MAX_SECRET,
        counted=counted,
        off=waits(proof),
        sends=pin_length if proof.method is Method.PIN and not proof.by_enter else 0,
    )


def _of_enrolment(mode: EnrolMode, pin_length: int) -> EntryPlace | None:
    view = mode.view
    who = view.person.id if view is not None and view.person is not None else None
    place = EntryPlace(view.id if view is not None else "", type(mode.part).__name__, mode.entry, who, (mode.after,))
    match mode.part:
        case ProofPhase(proving=proof):
            second = view.second.id if view is not None and view.second is not None else None
            return _of_proof(proof, f"{who} {second}", (mode.after,), pin_length)
        case PinPhase() as part if mode.pending in (PendingStep.NOTHING, PendingStep.PROBE):
            longest = min(part.longest or MAX_SECRET, MAX_SECRET)
            shortest = MIN_PIN if part.purpose == "change" else part.shortest
            what = f"{part.of} {part.purpose}"
            return replace(place, what=what, digits_only=part.of != "key", shortest=shortest, longest=longest)
        case _ if mode.pending != PendingStep.NOTHING:
            return None
        case WhoPhase(typing="start_code", wait=wait):
            return replace(_code(place, START_CODE_DIGITS), off=wait is not None)
        case CodeAppPhase():
            return replace(_code(place, CODE_DIGITS), counted=False)
        case TypeCodePhase():
            return _code(place, RECOVERY_DIGITS)
        case _:
            return None


MIN_PIN = 4
"""Characters of any key's PIN (CTAP 2.1 section 6.5.1). One to be changed may be from before the key wanted more."""


def _code(place: EntryPlace, digits: int) -> EntryPlace:
    return replace(place, shortest=digits, longest=digits, counted=True)


def on_key(t: Transition, key: Key) -> Typed | None:
    """A key was pressed. What is to be told the present mode, where that was Enter on enough characters, or the last
    digit of a PIN whose length is known."""
    now = t.state.typing
    if now.place is None or key.entry != now.number:
        return None
    if now.place.off:
        t.order(PlaySound("attention"))
        t.state = replace(t.state, typing=replace(now, missed=True))
        return None
    match key:
        case Peeked(on=on):
            # Of a key's PIN alone: it has letters, and nobody types it at every sign-in. Never of a person's own PIN.
            t.state = replace(t.state, typing=replace(now, peek=on and not now.place.digits_only))
        case Keyed(character=character):
            _add(t, now, now.place, character)
            return _sent_by_length(t, now.place)
        case Erased(whole=whole) if now.secret is not None:
            left = None if whole else now.secret.without_last()
            _hold(t, replace(now, secret=left or None, long=False))
        case Entered() if now.secret is not None:
            return _enter(t, now, now.place, now.secret)
        case _:
            pass
    return None


def _add(t: Transition, now: Typing, place: EntryPlace, character: Secret) -> None:
    if place.digits_only and not character.is_digits():
        return
    secret = now.secret.followed_by(character) if now.secret is not None else character.copy()
    if len(secret) <= place.longest:
        _hold(t, replace(now, secret=secret, short=False, long=now.long and now.secret is not None))
    else:
        secret.wipe()
        _hold(t, replace(now, long=True))


def _sent_by_length(t: Transition, place: EntryPlace) -> Typed | None:
    """It is whole: nobody need press Enter."""
    secret = t.state.typing.secret
    if not place.sends or secret is None or secret.characters() < place.sends:
        return None
    empty(t)
    return Typed(secret, by_length=True)


def _enter(t: Transition, now: Typing, place: EntryPlace, secret: Secret) -> Typed | None:
    """Of too few characters, or too many, none is handed over, so that a slip costs no try.

    Behind dots nobody sees where to go on: it is typed anew, but for long codes, whose digits are counted.
    """
    short, long = secret.characters() < place.shortest, now.long and not place.counted
    if short and place.counted:
        _hold(t, replace(now, short=True))
        return None
    empty(t)
    t.state = replace(t.state, typing=replace(t.state.typing, short=short, long=long))
    return None if short or long else Typed(secret)


def _hold(t: Transition, typing: Typing) -> None:
    t.state = replace(t.state, typing=typing)
    if typing.secret is None:
        t.cancel_timer(FORGOTTEN)
    else:
        t.set_timer(FORGOTTEN, FORGOTTEN_AFTER)


def empty(t: Transition) -> None:
    """Nothing has been typed; whatever is still under way for the field as it was comes too late."""
    t.cancel_timer(FORGOTTEN)
    t.state = replace(t.state, typing=Typing(t.state.typing.number + 1, t.state.typing.place))


def settle(t: Transition) -> None:
    """After the rules: where something else is typed now, or nothing, what was typed is forgotten."""
    place = place_of(t.state.mode, t.state.rules.pin_length)
    if t.moved or place != t.state.typing.place:
        empty(t)
        t.state = replace(t.state, typing=replace(t.state.typing, place=place))


def view_of(state: State) -> EntryView:
    """What may be seen of what is typed."""
    typing, status = state.typing, state.status
    count = typing.secret.characters() if typing.secret is not None else 0
    view = EntryView(typing.number, count, typing.short, typing.long, typing.missed)
    if typing.place is None or typing.place.digits_only:
        return view
    return replace(view, caps=status.caps, layout=status.layout, shown=typing.secret if typing.peek else None)
