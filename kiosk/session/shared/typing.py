"""What is typed into a secret field, key by key; and that none of it outlives the place where it was typed.

Whatever the rule that ran: where the place is another one after it (another screen, ceremony, person, method or wish,
or none), what had been typed is forgotten in the same step.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import CardTrouble
from kiosk.model.proof import Method
from kiosk.model.secret import Secret
from kiosk.session.facts.enrolment_state import (
    CodeAppPart,
    EnrolMode,
    PinPart,
    ProofPart,
    TypeCodePart,
    WhoPart,
)
from kiosk.session.facts.events import Entered, Erased, Key, Keyed, Peeked, Typed
from kiosk.session.facts.orders import Sound
from kiosk.session.facts.secret_field import (
    CODE_DIGITS,
    LONGEST_SECRET,
    RECOVERY_DIGITS,
    START_CODE_DIGITS,
    EntryView,
    Place,
    Typing,
)
from kiosk.session.facts.state import Doing, Mode, Proving, SecondFactorMode, State, StepUpMode
from kiosk.session.shared.prove_screen import DIGITS, waits
from kiosk.session.shared.transition import Draft

FORGOTTEN = "typed"
"""The alarm by which what was typed and not entered is forgotten."""
FORGOTTEN_AFTER = 30.0
"""Seconds without a key: whoever comes by finds no PIN that only wants an Enter."""


def place_of(mode: Mode, pin_length: int = 0) -> Place | None:
    """Where a secret is typed now; None where none is. ``pin_length``: of everybody's PIN; 0 where they differ."""
    match mode:
        case SecondFactorMode(person=person, proving=p):
            return _of_proof(p, person.id, (), pin_length)
        case StepUpMode(proving=Proving() as p, ready=True):
            return _of_proof(p, mode.session.person.id, (mode.ring, mode.after), pin_length)
        case EnrolMode():
            return _of_enrolment(mode, pin_length)
        case _:
            return None


def _of_proof(p: Proving, who: str, about: tuple[object, ...], pin_length: int) -> Place | None:
    if p.stage != "type" or p.settling or p.trouble is CardTrouble.PIN_BLOCKED:
        return None
    counted = p.method is Method.RECOVERY
    digits = RECOVERY_DIGITS if counted else 0
    return Place(
        *(p.view.id, p.method.value, p.entry, f"{who} {p.login}", (p.purpose, p.shown, *about)),
        digits_only=p.method in DIGITS,
        shortest=digits,
        longest=digits or LONGEST_SECRET,
        counted=counted,
        off=waits(p),
        sends=pin_length if p.method is Method.PIN and not p.by_enter else 0,
    )


def _of_enrolment(m: EnrolMode, pin_length: int) -> Place | None:
    view = m.view
    who = view.person.id if view is not None and view.person is not None else None
    place = Place(view.id if view is not None else "", type(m.part).__name__, m.entry, who, (m.after,))
    match m.part:
        case ProofPart(proving=p):
            second = view.second.id if view is not None and view.second is not None else None
            return _of_proof(p, f"{who} {second}", (m.after,), pin_length)
        case PinPart() as part if m.doing in (Doing.NOTHING, Doing.PROBE):
            longest = min(part.longest or LONGEST_SECRET, LONGEST_SECRET)
            shortest = LEAST_PIN if part.purpose == "change" else part.shortest
            what = f"{part.of} {part.purpose}"
            return replace(place, what=what, digits_only=part.of != "key", shortest=shortest, longest=longest)
        case _ if m.doing != Doing.NOTHING:
            return None
        case WhoPart(typing="start_code", wait=wait):
            return replace(_code(place, START_CODE_DIGITS), off=wait is not None)
        case CodeAppPart():
            return replace(_code(place, CODE_DIGITS), counted=False)
        case TypeCodePart():
            return _code(place, RECOVERY_DIGITS)
        case _:
            return None


LEAST_PIN = 4
"""Characters of any key's PIN (CTAP 2.1 section 6.5.1). One to be changed may be from before the key wanted more."""


def _code(place: Place, digits: int) -> Place:
    return replace(place, shortest=digits, longest=digits, counted=True)


def on_key(d: Draft, key: Key) -> Typed | None:
    """A key was pressed. What is to be told the present mode, where that was Enter on enough characters, or the last
    digit of a PIN whose length is known."""
    now = d.state.typing
    if now.place is None or key.entry != now.number:
        return None
    if now.place.off:
        d.order(Sound("attention"))
        d.state = replace(d.state, typing=replace(now, missed=True))
        return None
    match key:
        case Peeked(on=on):
            # Of a key's PIN alone: it has letters, and nobody types it at every sign-in. Never of a person's own PIN.
            d.state = replace(d.state, typing=replace(now, peek=on and not now.place.digits_only))
        case Keyed(character=character):
            _add(d, now, now.place, character)
            return _sent_by_length(d, now.place)
        case Erased(whole=whole) if now.secret is not None:
            left = None if whole else now.secret.without_last()
            _hold(d, replace(now, secret=left or None, long=False))
        case Entered() if now.secret is not None:
            return _enter(d, now, now.place, now.secret)
        case _:
            pass
    return None


def _add(d: Draft, now: Typing, place: Place, character: Secret) -> None:
    if place.digits_only and not character.is_digits():
        return
    secret = now.secret.followed_by(character) if now.secret is not None else character.twin()
    if len(secret) <= place.longest:
        _hold(d, replace(now, secret=secret, short=False, long=now.long and now.secret is not None))
    else:
        secret.wipe()
        _hold(d, replace(now, long=True))


def _sent_by_length(d: Draft, place: Place) -> Typed | None:
    """It is whole: nobody need press Enter."""
    secret = d.state.typing.secret
    if not place.sends or secret is None or secret.characters() < place.sends:
        return None
    empty(d)
    return Typed(secret, by_length=True)


def _enter(d: Draft, now: Typing, place: Place, secret: Secret) -> Typed | None:
    """Of too few characters, or too many, none is handed over, so that a slip costs no try.

    Behind dots nobody sees where to go on: it is typed anew, but for long codes, whose digits are counted.
    """
    short, long = secret.characters() < place.shortest, now.long and not place.counted
    if short and place.counted:
        _hold(d, replace(now, short=True))
        return None
    empty(d)
    d.state = replace(d.state, typing=replace(d.state.typing, short=short, long=long))
    return None if short or long else Typed(secret)


def _hold(d: Draft, typing: Typing) -> None:
    d.state = replace(d.state, typing=typing)
    if typing.secret is None:
        d.hush(FORGOTTEN)
    else:
        d.alarm(FORGOTTEN, FORGOTTEN_AFTER)


def empty(d: Draft) -> None:
    """Nothing has been typed; whatever is still under way for the field as it was comes too late."""
    d.hush(FORGOTTEN)
    d.state = replace(d.state, typing=Typing(d.state.typing.number + 1, d.state.typing.place))


def settle(d: Draft) -> None:
    """After the rules: where something else is typed now, or nothing, what was typed is forgotten."""
    place = place_of(d.state.mode, d.state.rules.pin_length)
    if d.moved or place != d.state.typing.place:
        empty(d)
        d.state = replace(d.state, typing=replace(d.state.typing, place=place))


def view_of(state: State) -> EntryView:
    """What may be seen of what is typed."""
    typing, around = state.typing, state.around
    count = typing.secret.characters() if typing.secret is not None else 0
    view = EntryView(typing.number, count, typing.short, typing.long, typing.missed)
    if typing.place is None or typing.place.digits_only:
        return view
    return replace(view, caps=around.caps, layout=around.layout, shown=typing.secret if typing.peek else None)
