"""A factor is enrolled, or reported lost: one part of the wizard after another, as the service's steps go.

What the parts do is in ``who`` (who), ``proof`` (the proofs), ``make`` and ``pin`` (the new
thing), ``trial`` (its try); how it ends badly in ``ends``. Here: which part is next, what may happen in all
of them, and the way back.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Lift, Tap
from kiosk.model.enrolment import EnrolAct, EnrolmentView, EnrolRefusal, EnrolRefusalCode, EnrolStep, FactorKind, Seen
from kiosk.session.enrolment import ends, my_keys, pin, proof, trial, who
from kiosk.session.enrolment import make as enrol_make
from kiosk.session.enrolment.moves import WHOLE, ask, do, held_off, leave, put, retype, say
from kiosk.session.facts import notices
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.carried import PendingStep
from kiosk.session.facts.enrolment_orders import ChooseKind, SendMade, SendTyped
from kiosk.session.facts.enrolment_state import (
    AskingPhase,
    ChoosePhase,
    CodeAppPhase,
    CodesPhase,
    DonePhase,
    EnrolMode,
    HoldPhase,
    PinPhase,
    ProofPhase,
    SecondPhase,
    TypeCodePhase,
    WhoPhase,
)
from kiosk.session.facts.events import Event, Printed, TimerExpired
from kiosk.session.facts.modes import OpeningMode
from kiosk.session.facts.orders import PlaySound, PrintCodes
from kiosk.session.facts.person_input import KindPicked, Typed
from kiosk.session.facts.service_answers import EnrolmentUpdated, Mismatch, ServiceRefused, Unreachable
from kiosk.session.shared.ending import give_up, pulled
from kiosk.session.shared.transition import Transition
from kiosk.session.sign_in import reading

DONE_SECONDS = 120


def on_enrolling(t: Transition, mode: EnrolMode, event: Event) -> bool:
    """What can happen while something is enrolled. False: not for us."""
    match event:
        case EnrolmentUpdated(view=view):
            view_came(t, mode, view)
        case Unreachable():
            ends.service_lost(t, mode)
        case ServiceRefused(code=code, request=request):
            ends.service_refused(t, mode, code, request)
        case Mismatch():
            leave(t, notices.MISMATCH, "withdrawn")
        case TimerExpired(name=AlarmName.ENROLMENT):
            ends.time_is_up(t, mode)
        case TimerExpired(name=AlarmName.NOTICE):
            t.stay(replace(mode, notice=None))
        case Pressed(button=Button.CANCEL | Button.REFUSE):
            done = isinstance(mode.part, DonePhase)
            stopped = notices.ENROL_MORE_CANCELLED if mode.more else notices.ENROL_CANCELLED
            leave(t, None if done else stopped, None if done else "refused_by_person")
        case Pressed(button=Button.BACK) if mode.pending in (PendingStep.NOTHING, PendingStep.PROBE):
            _back(t, mode)
        case Lift() if mode.session and pulled(t, mode.session.tap, mode.session.role, event):
            t.stay(replace(mode, after=mode.after or ("card_removed", None)))
        case _:
            return _in_part(t, mode, event) or _tap(t, mode, event)
    return True


def _tap(t: Transition, mode: EnrolMode, event: Event) -> bool:
    """A card that no part wanted: a colleague's. While something is being read or asked it is not even mentioned."""
    if not isinstance(event, Tap):
        return False
    if isinstance(mode.part, DonePhase) and event.fresh:
        _tapped_on(t, event)
    elif mode.pending == PendingStep.NOTHING:
        held_off(t, event)
    return True


def _tapped_on(t: Transition, tap: Tap) -> None:
    """All is done, and somebody taps: the summary has been read. No tap is lost."""
    leave(t)
    mode = t.state.mode
    if isinstance(mode, OpeningMode):
        t.stay(replace(mode, later=tap))
    else:
        reading.read(t, tap)


def _in_part(t: Transition, mode: EnrolMode, event: Event) -> bool:
    match mode.part:
        case WhoPhase() as part:
            return who.on_who(t, mode, part, event)
        case ProofPhase() as part:
            return proof.on_proof(t, mode, part, event)
        case SecondPhase() as part:
            return proof.on_second(t, mode, part, event)
        case HoldPhase() as part:
            return enrol_make.on_hold(t, mode, part, event)
        case PinPhase() as part:
            return pin.on_pin(t, mode, part, event)
        case _:
            return mode.view is not None and _on_touch(t, mode, mode.view, event)


def _on_touch(t: Transition, mode: EnrolMode, view: EnrolmentView, event: Event) -> bool:
    """The parts of which nothing is asked but a touch or a code."""
    match mode.part, event:
        case ChoosePhase(), KindPicked(kind=kind) if kind in view.kinds and mode.pending == PendingStep.NOTHING:
            ask(t, mode, lambda turn: ChooseKind(turn, view.id, kind))
        case ((CodeAppPhase() | TypeCodePhase()), Typed(secret=secret)) if (
            secret and mode.pending == PendingStep.NOTHING
        ):
            ask(t, mode, lambda turn: SendTyped(turn, view.id, secret))
        case CodesPhase(), Pressed(button=Button.NEXT) if mode.pending == PendingStep.NOTHING:
            ask(t, mode, lambda turn: SendMade(turn, view.id, Seen()))
        case CodesPhase(), Pressed(button=Button.PRINT) if mode.pending == PendingStep.NOTHING:
            _print(t, mode, view)
        case CodesPhase(), Printed(sent=sent):
            put(t, mode, CodesPhase(printed=sent))
            if not sent:
                say(t, notices.NOT_PRINTED)
        case DonePhase(), Pressed(button=Button.DONE):
            leave(t)
        case DonePhase(), Pressed(button=Button.MORE) if may_go_on(mode):
            who.something_else(t, mode)
        case _:
            return False
    return True


def _print(t: Transition, mode: EnrolMode, view: EnrolmentView) -> None:
    if view.make is None or view.make.recovery is None or view.person is None or not t.state.rules.can_print:
        return
    person, offer = view.person, view.make.recovery
    do(t, mode, PendingStep.PRINT, lambda turn: PrintCodes(turn, person, offer.codes, offer.expires))


def may_go_on(mode: EnrolMode) -> bool:
    """Whether something else may be added at once: by their session, else where the service lets this one go on."""
    goes_on = mode.session is not None or (mode.view is not None and bool(mode.view.kinds))
    return mode.wish.act == EnrolAct.ADD and mode.after is None and goes_on


def view_came(t: Transition, mode: EnrolMode, view: EnrolmentView) -> None:
    """The service's word: what is next."""
    part, before = mode.part, mode.view
    if before is not None and view.id != before.id:
        leave(t, notices.MISMATCH, "withdrawn")
        return
    mode = replace(
        mode, view=view, turn=0, pending=PendingStep.NOTHING, refusal=view.refusal, seconds=max(1, view.expires_in)
    )
    t.stay(mode)
    if view.step == EnrolStep.REFUSED:
        refusal = view.refusal or EnrolRefusal(EnrolRefusalCode.POLICY)
        if isinstance(part, WhoPhase) and refusal.code in who.AGAIN:
            who.not_known(t, mode, part, refusal)
        else:
            ends.refuse(t, mode, refusal)
    elif _somebody_else(mode, before):
        leave(t, notices.MISMATCH, "withdrawn")
    else:
        t.set_timer(WHOLE, mode.seconds)
        _next(t, mode, view)


def _somebody_else(mode: EnrolMode, before: EnrolmentView | None) -> bool:
    """Whose enrolment it is never changes, and from a session it is its person's."""
    view, known = mode.view, mode.session.person if mode.session else before.person if before else None
    known = proof.known_person(known)
    return known is not None and view is not None and (view.person is None or view.person.id != known.id)


def _next(t: Transition, mode: EnrolMode, view: EnrolmentView) -> None:
    """The part that this step is."""
    match view.step:
        case EnrolStep.CHOOSE:
            put(t, replace(mode, pin=None, card=None), ChoosePhase())
        case EnrolStep.PROVE | EnrolStep.VOUCH:
            proof.prove(t, mode, view)
        case EnrolStep.SECOND:
            t.order(PlaySound("attention"))
            put(t, mode, SecondPhase())
        case EnrolStep.MAKE:
            _make(t, replace(mode, pin=None, card=None), view)
        case EnrolStep.TRY:
            _try(t, mode, view)
        case _:
            _done(t, mode, view)


def _make(t: Transition, mode: EnrolMode, view: EnrolmentView) -> None:
    make = view.make
    match view.kind:
        case FactorKind.PIN:
            shortest, longest = (make.pin_shortest, make.pin_longest) if make else (0, 0)
            retype(t, mode, PinPhase("service", "new", shortest, longest))
        case FactorKind.CODE_APP | FactorKind.PHONE:  # its screen is that of the try: QR code and field are one
            ask(t, mode, lambda turn: SendMade(turn, view.id, Seen()), AskingPhase())
        case FactorKind.RECOVERY_CODES:
            put(t, mode, CodesPhase())
        case _:
            put(t, mode, HoldPhase(again=False))


def _try(t: Transition, mode: EnrolMode, view: EnrolmentView) -> None:
    match view.kind:
        case FactorKind.PIN:
            before = mode.part if isinstance(mode.part, PinPhase) else PinPhase("service", "new")
            retype(t, mode, PinPhase("service", "again", before.shortest, before.longest))
        case FactorKind.CODE_APP | FactorKind.PHONE:
            retype(t, mode, CodeAppPhase())
        case FactorKind.RECOVERY_CODES:
            retype(t, mode, TypeCodePhase(view.make.number if view.make else None))
        case _:
            trial.try_it(t, mode)


def _done(t: Transition, mode: EnrolMode, view: EnrolmentView) -> None:
    t.order(PlaySound("granted"))
    session = replace(mode.session, keys_missing=view.keys_missing) if mode.session else None
    used = mode.part.number if isinstance(mode.part, TypeCodePhase) else None
    put(t, replace(mode, session=session, pin=None, card=None, refusal=None, notice=None), DonePhase(used))
    t.set_timer(WHOLE, DONE_SECONDS)


def can_go_back(mode: EnrolMode) -> bool:
    """Whether one step back is possible now."""
    first = isinstance(mode.part, WhoPhase) and mode.part.typing is None
    return (
        mode.pending in (PendingStep.NOTHING, PendingStep.PROBE)
        and not first
        and not isinstance(mode.part, AskingPhase | DonePhase)
    )


def _back(t: Transition, mode: EnrolMode) -> None:
    """One step back: within the part, to the thing to be made, to what is to be added, to who it is, to their list."""
    view = mode.view
    if not can_go_back(mode):
        return
    if isinstance(mode.part, WhoPhase) or view is None:
        retype(t, replace(mode, refusal=None), WhoPhase())
    elif isinstance(mode.part, PinPhase) and mode.part.of != "service" and view.step == EnrolStep.MAKE:
        pin.back(t, mode, mode.part)
    elif view.step == EnrolStep.TRY and view.kind not in (FactorKind.CODE_APP, FactorKind.PHONE):
        ask(t, replace(mode, pin=None, card=None), lambda turn: ChooseKind(turn, view.id, view.kind), AskingPhase())
    elif view.step != EnrolStep.CHOOSE and mode.wish.new is None and mode.wish.act == EnrolAct.ADD:
        ask(t, replace(mode, pin=None, card=None), lambda turn: ChooseKind(turn, view.id, None), AskingPhase())
    else:
        give_up(t, "refused_by_person")
        if mode.session is not None and mode.after is None:
            my_keys.fetch(t, mode.session)
        elif mode.session is not None:
            leave(t)
        else:
            who.who_again(t, mode)
