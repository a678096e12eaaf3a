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
from kiosk.session.facts.enrolment_orders import SendNewPin, SendTyped
from kiosk.session.facts.enrolment_state import EnrolMode, HoldPart, PinPart
from kiosk.session.facts.events import CardFailed, Event, Probed, Typed
from kiosk.session.facts.orders import Tell
from kiosk.session.facts.state import Doing
from kiosk.session.shared.transition import Draft


def on_pin(d: Draft, m: EnrolMode, part: PinPart, event: Event) -> bool:
    """What can happen while a PIN is typed. False: not for us."""
    view = m.view
    if view is None:
        return False
    match event:
        case Typed(secret=secret) if secret and m.doing in (Doing.NOTHING, Doing.PROBE):
            _typed(d, m, part, view, secret)
        case Tap() if part.of != "service" and m.doing == Doing.NOTHING and event.fresh and not _lies(d, part):
            probe(d, m, event, replace(part, tap=event.number, trouble=None))
        case Probed(presented=presented) if m.doing == Doing.PROBE:
            right = _same(m, part, presented)
            put(d, m, replace(part, tap=part.tap if right else 0, trouble=None if right else CardTrouble.WRONG_CARD))
        case CardFailed(trouble=trouble) if m.doing == Doing.PROBE:
            d.order(Tell("tap_failed", reason=trouble.value))
            put(d, m, replace(part, tap=0, trouble=trouble))
        case Lift() if event.number == part.tap and part.tap:
            put(d, m, replace(part, tap=0))
        case _:
            return False
    return True


def _lies(d: Draft, part: PinPart) -> bool:
    return part.tap != 0 and d.lying(part.tap)


def _same(m: EnrolMode, part: PinPart, presented: Presented) -> bool:
    """Whether what was laid down while its PIN is typed is what the PIN is for."""
    if part.of == "card":
        return (
            m.card is not None
            and isinstance(presented, PivPresented)
            and presented.certificate == m.card.presented.certificate
        )
    return part.facts is None or same_key(part.facts, presented)


def _typed(d: Draft, m: EnrolMode, part: PinPart, view: EnrolmentView, secret: Secret) -> None:
    m = replace(m, refusal=None)
    if part.of == "service" and part.purpose == "new":
        ask(d, m, lambda turn: SendNewPin(turn, view.id, secret))
    elif part.of == "service":
        ask(d, m, lambda turn: SendTyped(turn, view.id, secret))
    elif part.purpose == "change" and part.first is None:
        retype(d, m, replace(part, purpose="new", old=secret, trouble=None))
    elif part.purpose == "new":
        _chosen(d, m, part, secret)
    elif part.purpose == "again" and part.first is not None and not part.first.same_as(secret):
        retype(d, m, replace(part, purpose="new", first=None, differs=True, trouble=None))
    elif view.step == EnrolStep.TRY:
        _for_the_try(d, m, part, secret)
    else:
        _for_the_key(d, m, part, secret)


def _chosen(d: Draft, m: EnrolMode, part: PinPart, secret: Secret) -> None:
    """A new PIN for the key, by the key's own rules for its length (CTAP 2.1 section 6.5.1)."""
    characters, size = secret.measure()
    part = replace(part, differs=False, same=False, trouble=None)
    if part.old is not None and part.old.same_as(secret):
        retype(d, m, replace(part, same=True))
    elif part.shortest <= characters and size <= part.longest:
        retype(d, m, replace(part, purpose="again", first=secret))
    else:
        retype(d, m, replace(part, trouble=CardTrouble.PIN_REFUSED))


def _for_the_key(d: Draft, m: EnrolMode, part: PinPart, secret: Secret) -> None:
    """Now the credential can be made; once the key is held again, if it was lifted meanwhile."""
    set_pin = part.purpose in ("again", "change")
    pin, old = (part.first, secret) if part.purpose == "change" else (secret, part.old)
    if m.doing == Doing.NOTHING and _lies(d, part) and part.facts is not None:
        make_key(d, m, part.tap, part.facts, pin, set_pin, old)
    else:
        put(d, m, HoldPart(again=False, facts=part.facts, pin=pin, set_pin=set_pin, old=old))


def _for_the_try(d: Draft, m: EnrolMode, part: PinPart, secret: Secret) -> None:
    ready = m.doing == Doing.NOTHING and _lies(d, part)
    hold = HoldPart(again=True, tap=part.tap if ready else 0, pin=secret if part.of == "card" else None)
    if part.of == "key":
        m = replace(m, pin=secret)
    if ready:
        challenge(d, m, hold)
    else:
        put(d, m, hold)


def back(d: Draft, m: EnrolMode, part: PinPart) -> None:
    """From the repetition to the choice, from there to the one that is to be changed, or to the key."""
    if part.purpose == "again":
        retype(d, m, replace(part, purpose="new", first=None, differs=False, same=False, trouble=None))
    elif part.old is not None and part.facts is not None:
        retype(d, m, to_change(part.facts, part.tap))
    else:
        put(d, m, HoldPart(again=False))
