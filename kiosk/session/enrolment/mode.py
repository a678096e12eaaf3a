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
from kiosk.session.facts.enrolment_orders import ChooseKind, PrintCodes, SendMade, SendTyped
from kiosk.session.facts.enrolment_state import (
    AskingPart,
    ChoosePart,
    CodeAppPart,
    CodesPart,
    DonePart,
    EnrolMode,
    HoldPart,
    PinPart,
    ProofPart,
    SecondPart,
    TypeCodePart,
    WhoPart,
)
from kiosk.session.facts.events import (
    Button,
    Enrolled,
    Event,
    KindPicked,
    Mismatch,
    Pressed,
    Printed,
    Rang,
    ServiceRefused,
    Typed,
    Unreachable,
)
from kiosk.session.facts.orders import Sound
from kiosk.session.facts.state import Doing, OpeningMode
from kiosk.session.shared.ending import give_up, pulled
from kiosk.session.shared.transition import Draft
from kiosk.session.sign_in import reading

DONE_SECONDS = 120


def on_enrolling(d: Draft, m: EnrolMode, event: Event) -> bool:
    """What can happen while something is enrolled. False: not for us."""
    match event:
        case Enrolled(view=view):
            view_came(d, m, view)
        case Unreachable():
            ends.service_lost(d, m)
        case ServiceRefused(code=code):
            ends.service_refused(d, m, code)
        case Mismatch():
            leave(d, notices.MISMATCH, "withdrawn")
        case Rang(name="enrolment"):
            ends.time_is_up(d, m)
        case Rang(name="notice"):
            d.stay(replace(m, notice=None))
        case Pressed(button=Button.CANCEL | Button.REFUSE):
            done = isinstance(m.part, DonePart)
            stopped = notices.ENROL_MORE_CANCELLED if m.more else notices.ENROL_CANCELLED
            leave(d, None if done else stopped, None if done else "refused_by_person")
        case Pressed(button=Button.BACK) if m.doing in (Doing.NOTHING, Doing.PROBE):
            _back(d, m)
        case Lift() if m.session and pulled(d, m.session.tap, m.session.role, event):
            d.stay(replace(m, after=m.after or ("card_removed", None)))
        case _:
            return _in_part(d, m, event) or _tap(d, m, event)
    return True


def _tap(d: Draft, m: EnrolMode, event: Event) -> bool:
    """A card that no part wanted: a colleague's. While something is being read or asked it is not even mentioned."""
    if not isinstance(event, Tap):
        return False
    if isinstance(m.part, DonePart) and event.fresh:
        _tapped_on(d, event)
    elif m.doing == Doing.NOTHING:
        held_off(d, event)
    return True


def _tapped_on(d: Draft, tap: Tap) -> None:
    """All is done, and somebody taps: the summary has been read. No tap is lost."""
    leave(d)
    mode = d.state.mode
    if isinstance(mode, OpeningMode):
        d.stay(replace(mode, later=tap))
    else:
        reading.read(d, tap)


def _in_part(d: Draft, m: EnrolMode, event: Event) -> bool:
    match m.part:
        case WhoPart() as part:
            return who.on_who(d, m, part, event)
        case ProofPart() as part:
            return proof.on_proof(d, m, part, event)
        case SecondPart() as part:
            return proof.on_second(d, m, part, event)
        case HoldPart() as part:
            return enrol_make.on_hold(d, m, part, event)
        case PinPart() as part:
            return pin.on_pin(d, m, part, event)
        case _:
            return m.view is not None and _on_touch(d, m, m.view, event)


def _on_touch(d: Draft, m: EnrolMode, view: EnrolmentView, event: Event) -> bool:
    """The parts of which nothing is asked but a touch or a code."""
    match m.part, event:
        case ChoosePart(), KindPicked(kind=kind) if kind in view.kinds and m.doing == Doing.NOTHING:
            ask(d, m, lambda turn: ChooseKind(turn, view.id, kind))
        case ((CodeAppPart() | TypeCodePart()), Typed(secret=secret)) if secret and m.doing == Doing.NOTHING:
            ask(d, m, lambda turn: SendTyped(turn, view.id, secret))
        case CodesPart(), Pressed(button=Button.NEXT) if m.doing == Doing.NOTHING:
            ask(d, m, lambda turn: SendMade(turn, view.id, Seen()))
        case CodesPart(), Pressed(button=Button.PRINT) if m.doing == Doing.NOTHING:
            _print(d, m, view)
        case CodesPart(), Printed(sent=sent):
            put(d, m, CodesPart(printed=sent))
            if not sent:
                say(d, notices.NOT_PRINTED)
        case DonePart(), Pressed(button=Button.DONE):
            leave(d)
        case DonePart(), Pressed(button=Button.MORE) if may_go_on(m):
            who.something_else(d, m)
        case _:
            return False
    return True


def _print(d: Draft, m: EnrolMode, view: EnrolmentView) -> None:
    if view.make is None or view.make.recovery is None or view.person is None or not d.state.rules.can_print:
        return
    person, offer = view.person, view.make.recovery
    do(d, m, Doing.PRINT, lambda turn: PrintCodes(turn, person, offer.codes, offer.expires))


def may_go_on(m: EnrolMode) -> bool:
    """Whether something else may be added at once: by her session, else where the service lets this one go on."""
    goes_on = m.session is not None or (m.view is not None and bool(m.view.kinds))
    return m.wish.act == EnrolAct.ADD and m.after is None and goes_on


def view_came(d: Draft, m: EnrolMode, view: EnrolmentView) -> None:
    """The service's word: what is next."""
    part, before = m.part, m.view
    if before is not None and view.id != before.id:
        leave(d, notices.MISMATCH, "withdrawn")
        return
    m = replace(m, view=view, turn=0, doing=Doing.NOTHING, refusal=view.refusal, seconds=max(1, view.expires_in))
    d.stay(m)
    if view.step == EnrolStep.REFUSED:
        refusal = view.refusal or EnrolRefusal(EnrolRefusalCode.POLICY)
        if isinstance(part, WhoPart) and refusal.code in who.AGAIN:
            who.not_known(d, m, part, refusal)
        else:
            ends.refuse(d, m, refusal)
    elif _somebody_else(m, before):
        leave(d, notices.MISMATCH, "withdrawn")
    else:
        d.alarm(WHOLE, m.seconds)
        _next(d, m, view)


def _somebody_else(m: EnrolMode, before: EnrolmentView | None) -> bool:
    """Whose enrolment it is never changes, and from a session it is its person's."""
    view, known = m.view, m.session.person if m.session else before.person if before else None
    known = proof.known_person(known)
    return known is not None and view is not None and (view.person is None or view.person.id != known.id)


def _next(d: Draft, m: EnrolMode, view: EnrolmentView) -> None:
    """The part that this step is."""
    match view.step:
        case EnrolStep.CHOOSE:
            put(d, replace(m, pin=None, card=None), ChoosePart())
        case EnrolStep.PROVE | EnrolStep.VOUCH:
            proof.prove(d, m, view)
        case EnrolStep.SECOND:
            d.order(Sound("attention"))
            put(d, m, SecondPart())
        case EnrolStep.MAKE:
            _make(d, replace(m, pin=None, card=None), view)
        case EnrolStep.TRY:
            _try(d, m, view)
        case _:
            _done(d, m, view)


def _make(d: Draft, m: EnrolMode, view: EnrolmentView) -> None:
    make = view.make
    match view.kind:
        case FactorKind.PIN:
            shortest, longest = (make.pin_shortest, make.pin_longest) if make else (0, 0)
            retype(d, m, PinPart("service", "new", shortest, longest))
        case FactorKind.CODE_APP:  # its screen is that of the try: QR code and field are one
            ask(d, m, lambda turn: SendMade(turn, view.id, Seen()), AskingPart())
        case FactorKind.RECOVERY_CODES:
            put(d, m, CodesPart())
        case _:
            put(d, m, HoldPart(again=False))


def _try(d: Draft, m: EnrolMode, view: EnrolmentView) -> None:
    match view.kind:
        case FactorKind.PIN:
            before = m.part if isinstance(m.part, PinPart) else PinPart("service", "new")
            retype(d, m, PinPart("service", "again", before.shortest, before.longest))
        case FactorKind.CODE_APP:
            retype(d, m, CodeAppPart())
        case FactorKind.RECOVERY_CODES:
            retype(d, m, TypeCodePart(view.make.number if view.make else None))
        case _:
            trial.try_it(d, m)


def _done(d: Draft, m: EnrolMode, view: EnrolmentView) -> None:
    d.order(Sound("granted"))
    session = replace(m.session, keys_missing=view.keys_missing) if m.session else None
    used = m.part.number if isinstance(m.part, TypeCodePart) else None
    put(d, replace(m, session=session, pin=None, card=None, refusal=None, notice=None), DonePart(used))
    d.alarm(WHOLE, DONE_SECONDS)


def can_go_back(m: EnrolMode) -> bool:
    """Whether one step back is possible now."""
    first = isinstance(m.part, WhoPart) and m.part.typing is None
    return m.doing in (Doing.NOTHING, Doing.PROBE) and not first and not isinstance(m.part, AskingPart | DonePart)


def _back(d: Draft, m: EnrolMode) -> None:
    """One step back: within the part, to the thing to be made, to what is to be added, to who it is, to her list."""
    view = m.view
    if not can_go_back(m):
        return
    if isinstance(m.part, WhoPart) or view is None:
        retype(d, replace(m, refusal=None), WhoPart())
    elif isinstance(m.part, PinPart) and m.part.of != "service" and view.step == EnrolStep.MAKE:
        pin.back(d, m, m.part)
    elif view.step == EnrolStep.TRY and view.kind != FactorKind.CODE_APP:
        ask(d, replace(m, pin=None, card=None), lambda turn: ChooseKind(turn, view.id, view.kind), AskingPart())
    elif view.step != EnrolStep.CHOOSE and m.wish.new is None and m.wish.act == EnrolAct.ADD:
        ask(d, replace(m, pin=None, card=None), lambda turn: ChooseKind(turn, view.id, None), AskingPart())
    else:
        give_up(d, "refused_by_person")
        if m.session is not None and m.after is None:
            my_keys.fetch(d, m.session)
        elif m.session is not None:
            leave(d)
        else:
            who.who_again(d, m)
