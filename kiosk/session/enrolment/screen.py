"""The screens of an enrolment and of My keys, made from their modes and nothing else."""

from __future__ import annotations

from kiosk.model.enrolment import EnrolmentView, EnrolStep, FactorKind
from kiosk.model.people import Person
from kiosk.session.enrolment.mode import can_go_back, may_go_on
from kiosk.session.enrolment.proof import may_ask_colleague
from kiosk.session.facts import notices
from kiosk.session.facts.carried import PendingStep
from kiosk.session.facts.enrolment_screens import (
    EnrolBusy,
    EnrolChoose,
    EnrolCodeApp,
    EnrolCodes,
    EnrolDone,
    EnrolHold,
    Enrolment,
    EnrolPanel,
    EnrolPhone,
    EnrolPin,
    EnrolProve,
    EnrolSecond,
    EnrolTypeCode,
    EnrolWho,
    MyKeys,
    Trail,
)
from kiosk.session.facts.enrolment_state import (
    AskingPhase,
    ChoosePhase,
    CodeAppPhase,
    CodesPhase,
    DonePhase,
    EnrolMode,
    HoldPhase,
    MyKeysMode,
    PinPhase,
    ProofPhase,
    SecondPhase,
    TypeCodePhase,
    WhoPhase,
)
from kiosk.session.facts.screen_parts import Notice, StationStatus
from kiosk.session.facts.secret_field import EntryView
from kiosk.session.shared.prove_screen import prove_of
from kiosk.session.shared.typing import MIN_PIN

AT: dict[EnrolStep, Trail] = {
    EnrolStep.CHOOSE: "who",
    EnrolStep.PROVE: "proof",
    EnrolStep.SECOND: "proof",
    EnrolStep.VOUCH: "proof",
    EnrolStep.MAKE: "new",
    EnrolStep.TRY: "try",
}


def enrolment_of(status: StationStatus, mode: EnrolMode, can_print: bool, entry: EntryView) -> Enrolment:
    """The wizard. ``entry``: what may be seen of what is typed."""
    view = mode.view
    return Enrolment(
        status=status,
        act=mode.wish.act,
        at=_at(mode),
        part=_part(mode, can_print, entry),
        seconds=mode.seconds,
        person=_person(mode),
        second=view.second if view else None,
        kind=view.kind if view else mode.wish.kind,
        back=can_go_back(mode),
        refusal=mode.refusal,
        notice=mode.notice or _offline(status, mode),
    )


def _offline(status: StationStatus, mode: EnrolMode) -> Notice | None:
    """They need not find out by their next touch that the service is lost."""
    lost = status.network == "unreachable" and not isinstance(mode.part, DonePhase)
    return notices.ENROL_OFFLINE if lost else None


def _person(mode: EnrolMode) -> Person | None:
    if mode.view is not None and mode.view.person is not None:
        return mode.view.person
    return mode.session.person if mode.session is not None else None


def _at(mode: EnrolMode) -> Trail:
    """A code app is shown and tried on one screen, and a proof stays where it is while the service looks at it."""
    if isinstance(mode.part, DonePhase):
        return "done"
    if isinstance(mode.part, CodeAppPhase) or mode.view is None:
        return "who" if mode.view is None else "new"
    return AT.get(mode.view.step, "who")


def _part(mode: EnrolMode, can_print: bool, entry: EntryView) -> EnrolPanel:
    busy = mode.pending not in (PendingStep.NOTHING, PendingStep.PRINT)
    match mode.part:
        case WhoPhase(typing=typing, wait=wait, again=again):
            return EnrolWho(typing, entry, wait, busy, again)
        case ProofPhase(proving=proving):
            second = mode.view is not None and mode.view.step == EnrolStep.VOUCH
            moves = second and mode.view is not None and mode.view.second_why == "badge_of_another"
            return EnrolProve(prove_of(proving, entry), second, may_ask_colleague(mode), moves)
        case HoldPhase(again=again, tap=tap, trouble=trouble):
            usb = mode.view is not None and mode.view.kind == FactorKind.KEY
            return EnrolHold(again, busy or tap != 0, trouble, usb)
        case PinPhase() as part:
            return _pin(mode, part, entry)
        case AskingPhase():
            return EnrolBusy()
        case _:
            return EnrolBusy() if mode.view is None else _of_view(mode, mode.view, busy, can_print, entry)


def _pin(mode: EnrolMode, part: PinPhase, entry: EntryView) -> EnrolPin:
    return EnrolPin(
        of=part.of,
        purpose=part.purpose,
        shortest=MIN_PIN if part.purpose == "change" else part.shortest,
        longest=part.longest,
        digits_only=part.of != "key",
        entry=entry,
        differs=part.differs,
        same=part.same,
        retries_left=part.retries_left,
        trouble=part.trouble,
        busy=mode.pending == PendingStep.ASK,
    )


def _of_view(mode: EnrolMode, view: EnrolmentView, busy: bool, can_print: bool, entry: EntryView) -> EnrolPanel:
    """The parts that show what the service gave."""
    make = view.make
    match mode.part:
        case ChoosePhase():
            return EnrolBusy() if busy else EnrolChoose(_listed(view.kinds), _missing(mode, view))
        case SecondPhase():
            return EnrolSecond(view.second_may or "supervisor", view.second_why or "policy", busy)
        case CodeAppPhase() if make and make.code_app:
            return EnrolCodeApp(make.code_app.uri, make.code_app.secret, entry, busy)
        case CodeAppPhase() if make and make.phone:
            return EnrolPhone(make.phone.uri, entry, busy)
        case CodesPhase(printed=printed) if make and make.recovery:
            return EnrolCodes(make.recovery.codes, can_print, printed, mode.pending != PendingStep.NOTHING)
        case TypeCodePhase() if make and make.number is not None:
            return EnrolTypeCode(make.number, entry, busy)
        case DonePhase(used=used) if view.factor is not None:
            return EnrolDone(view.factor, view.keys_missing, may_go_on(mode), used, view.signs_in)
        case _:
            return EnrolBusy()


def _missing(mode: EnrolMode, view: EnrolmentView) -> int:
    return max(view.keys_missing, mode.session.keys_missing if mode.session is not None else 0)


def my_keys_of(status: StationStatus, mode: MyKeysMode) -> MyKeys:
    """Their list."""
    factors = mode.factors
    return MyKeys(
        status=status,
        person=mode.session.person,
        factors=factors.factors if factors else (),
        keys_missing=mode.session.keys_missing,
        recovery_left=factors.recovery_left if factors else 0,
        may_add=factors.may_add if factors else (),
        chosen=mode.chosen,
        confirm=mode.confirm,
        naming=mode.naming,
        busy=mode.turn != 0,
        notice=mode.notice,
    )


def _listed(kinds: tuple[FactorKind, ...]) -> tuple[FactorKind, ...]:
    """A badge that proves itself is a badge to whoever adds it: which of the two it is shows when it is held."""
    return tuple(kind for kind in kinds if kind != FactorKind.PKOC or FactorKind.BADGE not in kinds)
