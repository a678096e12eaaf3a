"""The screens of an enrolment and of My keys, made from their modes and nothing else."""

from __future__ import annotations

from kiosk.model.enrolment import EnrolmentView, EnrolStep, FactorKind
from kiosk.model.people import Person
from kiosk.session.enrolment.mode import can_go_back, may_go_on
from kiosk.session.enrolment.proof import may_ask_colleague
from kiosk.session.facts import notices
from kiosk.session.facts.enrolment_screens import (
    EnrolBusy,
    EnrolChoose,
    EnrolCodeApp,
    EnrolCodes,
    EnrolDone,
    EnrolHold,
    Enrolment,
    EnrolPart,
    EnrolPin,
    EnrolProve,
    EnrolSecond,
    EnrolTypeCode,
    EnrolWho,
    MyKeys,
    Trail,
)
from kiosk.session.facts.enrolment_state import (
    AskingPart,
    ChoosePart,
    CodeAppPart,
    CodesPart,
    DonePart,
    EnrolMode,
    HoldPart,
    MyKeysMode,
    PinPart,
    ProofPart,
    SecondPart,
    TypeCodePart,
    WhoPart,
)
from kiosk.session.facts.screen_parts import Notice, Surroundings
from kiosk.session.facts.secret_field import EntryView
from kiosk.session.facts.state import Doing
from kiosk.session.shared.prove_screen import prove_of
from kiosk.session.shared.typing import LEAST_PIN

AT: dict[EnrolStep, Trail] = {
    EnrolStep.CHOOSE: "who",
    EnrolStep.PROVE: "proof",
    EnrolStep.SECOND: "proof",
    EnrolStep.VOUCH: "proof",
    EnrolStep.MAKE: "new",
    EnrolStep.TRY: "try",
}


def enrolment_of(around: Surroundings, m: EnrolMode, can_print: bool, entry: EntryView) -> Enrolment:
    """The wizard. ``entry``: what may be seen of what is typed."""
    view = m.view
    return Enrolment(
        around=around,
        act=m.wish.act,
        at=_at(m),
        part=_part(m, can_print, entry),
        seconds=m.seconds,
        person=_person(m),
        second=view.second if view else None,
        kind=view.kind if view else m.wish.kind,
        back=can_go_back(m),
        refusal=m.refusal,
        notice=m.notice or _offline(around, m),
    )


def _offline(around: Surroundings, m: EnrolMode) -> Notice | None:
    """She need not find out by her next touch that the service is lost."""
    lost = around.network == "unreachable" and not isinstance(m.part, DonePart)
    return notices.ENROL_OFFLINE if lost else None


def _person(m: EnrolMode) -> Person | None:
    if m.view is not None and m.view.person is not None:
        return m.view.person
    return m.session.person if m.session is not None else None


def _at(m: EnrolMode) -> Trail:
    """A code app is shown and tried on one screen, and a proof stays where it is while the service looks at it."""
    if isinstance(m.part, DonePart):
        return "done"
    if isinstance(m.part, CodeAppPart) or m.view is None:
        return "who" if m.view is None else "new"
    return AT.get(m.view.step, "who")


def _part(m: EnrolMode, can_print: bool, entry: EntryView) -> EnrolPart:
    busy = m.doing not in (Doing.NOTHING, Doing.PRINT)
    match m.part:
        case WhoPart(typing=typing, wait=wait, again=again):
            return EnrolWho(typing, entry, wait, busy, again)
        case ProofPart(proving=proving):
            second = m.view is not None and m.view.step == EnrolStep.VOUCH
            moves = second and m.view is not None and m.view.second_why == "badge_of_another"
            return EnrolProve(prove_of(proving, entry), second, may_ask_colleague(m), moves)
        case HoldPart(again=again, tap=tap, trouble=trouble):
            usb = m.view is not None and m.view.kind == FactorKind.KEY
            return EnrolHold(again, busy or tap != 0, trouble, usb)
        case PinPart() as part:
            return _pin(m, part, entry)
        case AskingPart():
            return EnrolBusy()
        case _:
            return EnrolBusy() if m.view is None else _of_view(m, m.view, busy, can_print, entry)


def _pin(m: EnrolMode, part: PinPart, entry: EntryView) -> EnrolPin:
    return EnrolPin(
        of=part.of,
        purpose=part.purpose,
        shortest=LEAST_PIN if part.purpose == "change" else part.shortest,
        longest=part.longest,
        digits_only=part.of != "key",
        entry=entry,
        differs=part.differs,
        same=part.same,
        retries_left=part.retries_left,
        trouble=part.trouble,
        busy=m.doing == Doing.ASK,
    )


def _of_view(m: EnrolMode, view: EnrolmentView, busy: bool, can_print: bool, entry: EntryView) -> EnrolPart:
    """The parts that show what the service gave."""
    make = view.make
    match m.part:
        case ChoosePart():
            return EnrolBusy() if busy else EnrolChoose(_listed(view.kinds), _missing(m, view))
        case SecondPart():
            return EnrolSecond(view.second_may or "supervisor", view.second_why or "policy", busy)
        case CodeAppPart() if make and make.code_app:
            return EnrolCodeApp(make.code_app.uri, make.code_app.secret, entry, busy)
        case CodesPart(printed=printed) if make and make.recovery:
            return EnrolCodes(make.recovery.codes, can_print, printed, m.doing != Doing.NOTHING)
        case TypeCodePart() if make and make.number is not None:
            return EnrolTypeCode(make.number, entry, busy)
        case DonePart(used=used) if view.factor is not None:
            return EnrolDone(view.factor, view.keys_missing, may_go_on(m), used, view.signs_in)
        case _:
            return EnrolBusy()


def _missing(m: EnrolMode, view: EnrolmentView) -> int:
    return max(view.keys_missing, m.session.keys_missing if m.session is not None else 0)


def my_keys_of(around: Surroundings, m: MyKeysMode) -> MyKeys:
    """Her list."""
    factors = m.factors
    return MyKeys(
        around=around,
        person=m.session.person,
        factors=factors.factors if factors else (),
        keys_missing=m.session.keys_missing,
        recovery_left=factors.recovery_left if factors else 0,
        may_add=factors.may_add if factors else (),
        chosen=m.chosen,
        confirm=m.confirm,
        naming=m.naming,
        busy=m.turn != 0,
        notice=m.notice,
    )


def _listed(kinds: tuple[FactorKind, ...]) -> tuple[FactorKind, ...]:
    """A badge that proves itself is a badge to whoever adds it: which of the two it is shows when it is held."""
    return tuple(kind for kind in kinds if kind != FactorKind.PKOC or FactorKind.BADGE not in kinds)
