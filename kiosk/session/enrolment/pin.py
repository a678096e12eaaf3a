"""A PIN is typed: a new one of the service, one chosen for a new key, or the one that a key or card has."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import CardTrouble, Lift, Tap
from kiosk.model.enrolment import EnrolmentView, EnrolStep
from kiosk.model.proof import PivPresented, Presented
from kiosk.model.secret import Secret
from kiosk.session.enrolment.make import make_key, same_key, to_change
from kiosk.session.enrolment.moves import ask, probe, put, retype
from kiosk.session.enrolment.trial import challenge
from kiosk.session.facts.card_answers import CardFailed, Probed
from kiosk.session.facts.carried import PendingStep
from kiosk.session.facts.enrolment_orders import SendNewPin, SendTyped
from kiosk.session.facts.enrolment_state import EnrolMode, HoldPhase, PinPhase
from kiosk.session.facts.events import Event
from kiosk.session.facts.person_input import Typed
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.shared.transition import Transition


def on_pin(t: Transition, mode: EnrolMode, part: PinPhase, event: Event) -> bool:
    """What can happen while a PIN is typed. False: not for us."""
    view = mode.view
    if view is None:  # pragma: no cover - what is typed is told by a view
        return False
    match event:
        case Typed(secret=secret) if secret and mode.pending in (PendingStep.NOTHING, PendingStep.PROBE):
            _typed(t, mode, part, view, secret)
        case Tap() if (
            part.of != "service" and mode.pending == PendingStep.NOTHING and event.fresh and not _lies(t, part)
        ):
            probe(t, mode, event, replace(part, tap=event.number, trouble=None))
        case Probed(presented=presented) if mode.pending == PendingStep.PROBE:
            right = _same(mode, part, presented)
            put(t, mode, replace(part, tap=part.tap if right else 0, trouble=None if right else CardTrouble.WRONG_CARD))
        case CardFailed(trouble=trouble) if mode.pending == PendingStep.PROBE:
            t.order(ReportEvent("tap_failed", reason=trouble.value))
            put(t, mode, replace(part, tap=0, trouble=trouble))
        case Lift() if event.number == part.tap and part.tap:
            put(t, mode, replace(part, tap=0))
        case _:
            return False
    return True


def _lies(t: Transition, part: PinPhase) -> bool:
    return part.tap != 0 and t.lying(part.tap)


def _same(mode: EnrolMode, part: PinPhase, presented: Presented) -> bool:
    """Whether what was laid down while its PIN is typed is what the PIN is for."""
    if part.of == "card":
        return (
            mode.card is not None
            and isinstance(presented, PivPresented)
            and presented.certificate == mode.card.presented.certificate
        )
    return part.facts is None or same_key(part.facts, presented)


def _typed(t: Transition, mode: EnrolMode, part: PinPhase, view: EnrolmentView, secret: Secret) -> None:
    mode = replace(mode, refusal=None)
    if part.of == "service" and part.purpose == "new":
        ask(t, mode, lambda turn: SendNewPin(turn, view.id, secret))
    elif part.of == "service":
        ask(t, mode, lambda turn: SendTyped(turn, view.id, secret))
    elif part.purpose == "change" and part.first is None:
        retype(t, mode, replace(part, purpose="new", old=secret, trouble=None))
    elif part.purpose == "new":
        _chosen(t, mode, part, secret)
    elif part.purpose == "again" and part.first is not None and not part.first.same_as(secret):
        retype(t, mode, replace(part, purpose="new", first=None, differs=True, trouble=None))
    elif view.step == EnrolStep.TRY:
        _for_the_try(t, mode, part, secret)
    else:
        _for_the_key(t, mode, part, secret)


def _chosen(t: Transition, mode: EnrolMode, part: PinPhase, secret: Secret) -> None:
    """A new PIN for the key, by the key's own rules for its length (CTAP 2.1 section 6.5.1)."""
    characters, size = secret.measure()
    part = replace(part, differs=False, same=False, trouble=None)
    if part.old is not None and part.old.same_as(secret):
        retype(t, mode, replace(part, same=True))
    elif part.shortest <= characters and size <= part.longest:
        retype(t, mode, replace(part, purpose="again", first=secret))
    else:
        retype(t, mode, replace(part, trouble=CardTrouble.PIN_REFUSED))


def _for_the_key(t: Transition, mode: EnrolMode, part: PinPhase, secret: Secret) -> None:
    """Now the credential can be made; once the key is held again, if it was lifted meanwhile."""
    set_pin = part.purpose in ("again", "change")
    pin, old = (part.first, secret) if part.purpose == "change" else (secret, part.old)
    if mode.pending == PendingStep.NOTHING and _lies(t, part) and part.facts is not None:
        make_key(t, mode, part.tap, part.facts, pin, set_pin, old)
    else:
        put(t, mode, HoldPhase(again=False, facts=part.facts, pin=pin, set_pin=set_pin, old=old))


def _for_the_try(t: Transition, mode: EnrolMode, part: PinPhase, secret: Secret) -> None:
    ready = mode.pending == PendingStep.NOTHING and _lies(t, part)
    hold = HoldPhase(again=True, tap=part.tap if ready else 0, pin=secret if part.of == "card" else None)
    if part.of == "key":
        mode = replace(mode, pin=secret)
    if ready:
        challenge(t, mode, hold)
    else:
        put(t, mode, hold)


def back(t: Transition, mode: EnrolMode, part: PinPhase) -> None:
    """From the repetition to the choice, from there to the one that is to be changed, or to the key."""
    if part.purpose == "again":
        retype(t, mode, replace(part, purpose="new", first=None, differs=False, same=False, trouble=None))
    elif part.old is not None and part.facts is not None:
        retype(t, mode, to_change(part.facts, part.tap))
    else:
        put(t, mode, HoldPhase(again=False))
