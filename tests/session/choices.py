"""Everything that could happen next in a state: fitting answers, wrong ones, late ones, and every other event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kiosk.model.card import CardService, CardTrouble, Lift, ReaderHealth, ReaderRole, ReadersChanged, ReaderState
from kiosk.model.ceremony import CeremonyView, Purpose, Why
from kiosk.model.emergency import EmergencyOffer
from kiosk.model.enrolment import FactorKind
from kiosk.model.owed_text import OwedText, OwedTexts
from kiosk.model.programs import Running
from kiosk.model.proof import Method
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.model.sealed_code import SealedCode
from kiosk.model.second import SecondOf, SecondWanted
from kiosk.model.secret import Secret
from kiosk.model.wire import StationEvent
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button, KeyPress, Pressed
from kiosk.session.facts.card_answers import CardFailed, CredentialMade, KeyRead, PivRead, PkocRead, Probed, Signed
from kiosk.session.facts.emergency_state import EmergencyMode, OwedTextMode
from kiosk.session.facts.enrolment_state import EnrolMode, MyKeysMode, ProofPhase, enrolment_under_way
from kiosk.session.facts.events import Event, Printed, StepUpWithdrawn, TimerExpired
from kiosk.session.facts.held_by_mode import awaited, behind, ceremony_of, session_of
from kiosk.session.facts.person_input import (
    Entered,
    Erased,
    FactorNamed,
    FactorPicked,
    Keyed,
    KindPicked,
    LoginTyped,
    MethodPicked,
    Missed,
    PageShown,
    Peeked,
    PurposePicked,
    ReasonPicked,
    SealedCodeTyped,
    TextTyped,
    Typed,
)
from kiosk.session.facts.program_bar import BarLeft, BarReached, ProgramPicked, ProgramsChanged
from kiosk.session.facts.service_answers import (
    CeremonyUpdated,
    ChallengeReceived,
    EmergencyOpened,
    EnrolmentUpdated,
    FactorsReceived,
    Mismatch,
    OwedReceived,
    ServiceRefused,
    Unreachable,
)
from kiosk.session.facts.stage_news import (
    IdleExpired,
    StageFailed,
    StageLocked,
    UserActivity,
    WorkspaceEnded,
    WorkspaceGone,
    WorkspaceShown,
)
from kiosk.session.facts.state import State
from kiosk.session.facts.station_news import (
    ClockChecked,
    EmergencyAllowed,
    KeyboardChanged,
    Offline,
    Online,
    RoomFailed,
    ServiceEventReceived,
    SoundsChanged,
    Started,
    TicketsHeld,
)
from kiosk.session.facts.step_up_state import StepUpMode
from tests.session.enrolments import (
    ALL_VIEWS,
    BARE_FACTS,
    BARE_KEY,
    FACTS,
    KEY_MADE,
    NEW_BADGE,
    PIV_MADE,
    PIV_MADE_9E,
    PKOC_MADE,
    ended,
    factors,
    wrong,
)
from tests.session.world import (
    ANA,
    ANA_BADGE,
    ANA_PIV,
    BEN,
    BEN_BADGE,
    BEN_PIV,
    BIO_KEY,
    CARD_OFFER,
    CODE_OFFER,
    FIDO2_PROOF,
    KEY,
    KEY_OFFER,
    PIN_OFFER,
    PIV_PROOF,
    PKOC_BADGE,
    PKOC_PROOF,
    STATION,
    challenge,
    granted,
    opened,
    refused,
    rung,
    session,
    tap,
    wants,
)

OFFER = EmergencyOffer(1800, 3600, 120, ("patient in danger", "other"), unknown=True, codes=(SealedCode(1, "00"),))
OWED = OwedText("e1", "Bay 7", 1000, 87_400)
DESK = (Running("Records", "records", "front"), Running("Browser", "", "over"))


def choices(state: State, serial: int) -> list[Event]:
    """Candidates for the next event; ``serial`` makes rings, taps, sessions and ceremonies new each time."""
    about_keys = _enrolling(state, serial)
    usual = [
        *_answers(state, serial),
        *_people(state, serial),
        *_machines(state, serial),
        *_service(state),
        *about_keys,
    ]
    return [*usual, *_emergency(state, serial)]


def _emergency(state: State, serial: int) -> Iterator[Event]:
    """What a person, the service and its policy may say about emergency access."""
    turns = sorted(awaited(state.mode)) if isinstance(state.mode, EmergencyMode) else []
    for turn in [*turns, 0]:
        yield from (EmergencyOpened(turn, f"x{serial}", ANA, 1800), EmergencyOpened(turn, f"y{serial}", None, 1))
        yield ServiceRefused(turn, "nobody_known")
    yield from (ReasonPicked(OFFER.reasons[0]), ReasonPicked("curious"), EmergencyAllowed(OFFER))
    yield from (SealedCodeTyped("7K3M 9Q2X 7K3M 9Q2X"), SealedCodeTyped("?"))
    if isinstance(state.mode, OwedTextMode):
        for turn in (*awaited(state.mode), 0):
            yield from (OwedReceived(turn, OwedTexts((OWED,))), OwedReceived(turn, OwedTexts(())))
    yield from (TextTyped("no pulse"), TextTyped("\u202e"))
    if state.rules.emergency is not None and isinstance(state.mode, EmergencyMode):
        yield EmergencyAllowed(None)


def _enrolling(state: State, serial: int) -> Iterator[Event]:
    """What the service, a new key and a person may say about an enrolment; where none is awaited, a little of it."""
    mode = state.mode
    name = (enrolment_under_way(mode) if isinstance(mode, EnrolMode) else None) or f"e{serial}"
    for turn in [*sorted(awaited(mode) if isinstance(mode, EnrolMode | MyKeysMode) else ()), 0]:
        for view in ALL_VIEWS if turn else ALL_VIEWS[:2]:
            yield EnrolmentUpdated(turn, replace(view, id=name))
        yield from (FactorsReceived(turn, factors(ANA, 1)), KeyRead(turn, BARE_FACTS), CredentialMade(turn, KEY_MADE))
        yield from (PivRead(turn, PIV_MADE), PkocRead(turn, PKOC_MADE), Printed(turn, True))
        if turn:
            yield from _to_an_enrolment(state, turn, name, serial)
    yield from (
        KindPicked(FactorKind.KEY),
        KindPicked(FactorKind.PIN),
        FactorNamed("Blue key"),
        FactorPicked("f2"),
        FactorPicked("f1"),
    )


def _to_an_enrolment(state: State, turn: int, name: str, serial: int) -> Iterator[Event]:
    yield EnrolmentUpdated(turn, replace(ALL_VIEWS[0], id=f"e-other-{serial}"))
    yield from (
        FactorsReceived(turn, factors()),
        FactorsReceived(turn, factors(BEN)),
        ServiceRefused(turn, "cancelled"),
    )
    yield from (KeyRead(turn, FACTS), KeyRead(turn, replace(FACTS, change_pin=True, shortest=8)))
    yield from (KeyRead(turn, replace(FACTS, retries_left=0)), KeyRead(turn, replace(FACTS, built_in_uv=True)))
    yield from (PivRead(turn, PIV_MADE_9E), Printed(turn, False), Probed(turn, NEW_BADGE), Probed(turn, BARE_KEY))
    for method in (Method.FIDO2, Method.PIV_PIN, Method.PIV_TAP, Method.PKOC_TAP):
        yield ChallengeReceived(turn, challenge(name, method))
    if isinstance(state.mode, EnrolMode) and isinstance(state.mode.part, ProofPhase):
        p = state.mode.part.proving
        yield from (CeremonyUpdated(turn, ended()), CeremonyUpdated(turn, wrong()))
        yield ChallengeReceived(turn, challenge(p.view.id, p.method))


def _views(state: State, serial: int, turn: int) -> Iterator[CeremonyView]:
    mode, name = state.mode, ceremony_of(state.mode) or f"c{serial}"
    # The service begins a second person's ceremony where one was named, and nowhere else.
    named = turn == 0 or (isinstance(mode, StepUpMode) and turn == mode.finding.turn)
    for who in (ANA, BEN):
        yield opened(name, session(serial, who))
        yield wants(name, who, PIN_OFFER, KEY_OFFER, CARD_OFFER)
        yield wants(name, who, KEY_OFFER, refusal=Refusal(RefusalCode.WRONG_PIN, 1, 3))
        yield wants(name, who, CARD_OFFER, CODE_OFFER)
        yield granted(name, who)
    yield opened(name, replace(session(serial, BEN), news=("text_owed",)))
    yield wants(name, None, KEY_OFFER, why=Why.POSSESSION)
    for method in (Method.FIDO2_TAP, Method.PIV_TAP, Method.PKOC_TAP):
        yield wants(name, None, type(KEY_OFFER)(method), why=Why.POSSESSION)
    yield wants(name, ANA, KEY_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP, purposes=("care", "audit"))
    waits = wants(name, ANA, why=Why.SECOND, purpose=Purpose.STEP_UP)
    yield replace(waits, second=SecondWanted(), expires_in=300)
    yield replace(waits, second=SecondWanted(("nurse",), "ben", "same_person"))
    for second in (ANA, BEN, None):
        theirs = wants(
            f"s{serial}" if named else name, second, KEY_OFFER, PIN_OFFER, why=Why.SECOND, purpose=Purpose.SECOND
        )
        yield replace(theirs, second_of=SecondOf(name, "d" * 64, "ana", "Ward 3"))
        yield replace(theirs, id=name, state="done", offers=())
    yield wants(name, ANA)
    yield refused(name, RefusalCode.UNKNOWN_BADGE)
    yield refused(name, RefusalCode.LOCKED_OUT)
    yield refused(name, RefusalCode.STATION_REVOKED)


def _answers(state: State, serial: int) -> Iterator[Event]:
    ceremony = ceremony_of(state.mode) or f"c{serial}"
    for turn in [*sorted(awaited(state.mode) or {0}), 0]:
        for presented in (ANA_BADGE, BEN_BADGE, ANA_PIV, BEN_PIV, KEY, BIO_KEY, PKOC_BADGE):
            yield Probed(turn, presented)
        for view in _views(state, serial, turn):
            yield CeremonyUpdated(turn, view)
        for method in (Method.FIDO2, Method.PIV_PIN, Method.FIDO2_TAP, Method.PIV_TAP, Method.PKOC_TAP):
            yield ChallengeReceived(turn, challenge(ceremony, method))
        yield ChallengeReceived(turn, challenge("another", Method.FIDO2))
        yield Signed(turn, FIDO2_PROOF)
        yield Signed(turn, PIV_PROOF)
        yield Signed(turn, PKOC_PROOF)
        yield Mismatch(turn)
        yield Unreachable(turn)
        for code in ("locked_out", "station_revoked", "boom"):
            yield ServiceRefused(turn, code)
        for trouble in CardTrouble:
            yield CardFailed(turn, trouble, 2 if trouble == CardTrouble.WRONG_PIN else None)


def _people(state: State, serial: int) -> Iterator[Event]:
    yield tap(serial)
    yield tap(serial, "back")
    yield tap(serial, "slot", ReaderRole.INSERTION)
    yield tap(serial, fresh=False)
    for card in state.cards:
        yield Lift(card.number, card.reader, card.role, 0.0)
    yield Lift(0, "front", ReaderRole.TAP, 0.0)
    number = state.typing.number
    yield Keyed(number, Secret("7" * missing(state)))  # all that is wanted at once, so that one more step enters it
    yield from (Keyed(number, Secret("x")), Entered(number), Erased(number), Missed(number))
    yield from (Peeked(number, True), Peeked(number, False))
    yield Typed(Secret("123456"))
    for method in Method:
        yield MethodPicked(method)
    yield LoginTyped("ana")
    yield LoginTyped("  ")
    yield PurposePicked("transfer of care")
    yield PurposePicked(" ")
    yield PurposePicked("c\u0430re")
    ring = state.mode.request_number if isinstance(state.mode, StepUpMode) else 1
    yield from (PageShown(ring, page, language) for page in (0, 1, 2) for language in ("en", "fr"))
    for button in Button:
        yield Pressed(button)


def missing(state: State) -> int:
    """How many characters more are wanted in the secret field; 1 where it has enough, or there is none."""
    place, secret = state.typing.place, state.typing.secret
    return max(1, (place.shortest if place is not None else 1) - (secret.characters() if secret is not None else 0))


def _machines(state: State, serial: int) -> Iterator[Event]:
    for name, turn in state.timers:
        yield TimerExpired(turn, name)
    for name in AlarmName:
        yield TimerExpired(0, name)
    yield from (
        Started(STATION),
        Started(STATION, True, "sign_out", 0, 0),
        Started(None),
        Online(STATION),
        Online(replace(STATION, pin_length=6)),
        Offline("07:41"),
        TicketsHeld("08:11"),
        TicketsHeld(""),
        ClockChecked(3 * 3600),
        ClockChecked(-3 * 86_400, True),
        KeyboardChanged(True, "DE"),
        KeyboardChanged(False),
        SoundsChanged("off", "06:30"),
        IdleExpired(),
        UserActivity(),
    )
    yield from (WorkspaceShown("ana"), WorkspaceShown("ben"), StageFailed("STAGE-7"), RoomFailed("CARD-THREAD"))
    yield from (StageLocked("suspend"), StageLocked("monitors"), StageLocked("programs"), StageLocked("key"))
    yield from (ProgramsChanged("ana", DESK), ProgramsChanged("ben", DESK), BarReached(), BarLeft(), ProgramPicked(0))
    yield from (WorkspaceGone("ana"), WorkspaceGone("ben"), WorkspaceEnded("ana", "limit_many"))
    slot = ReaderHealth("slot", ReaderRole.INSERTION, ReaderState.READY)
    front = ReaderHealth("front", ReaderRole.TAP, ReaderState.READY)
    yield ReadersChanged(CardService.OK, (slot, front))
    yield ReadersChanged(CardService.NO_READER, ())
    yield ReadersChanged(CardService.STOPPED, ())
    yield rung(serial)
    yield rung(serial, purpose=None)
    yield rung(serial, login=None)
    yield rung(serial, origin="https://records.hospital.example")
    yield KeyPress()
    yield rung(serial, login="ben", purpose=None)
    yield rung(serial, patients=tuple(f"Patient/{number}" for number in range(12)))
    yield StepUpWithdrawn(state.mode.request_number if isinstance(state.mode, StepUpMode) else 0)
    yield StepUpWithdrawn(0)


def _service(state: State) -> Iterator[Event]:
    here = session_of(state.mode) or behind(state.mode)
    for name in (here.id if here else None, "s-old", None):
        yield ServiceEventReceived(StationEvent(1, "lock", name, "elsewhere", "Ward 5"))
        yield ServiceEventReceived(StationEvent(2, "lock", name))
        yield ServiceEventReceived(StationEvent(3, "end", name))
        yield ServiceEventReceived(StationEvent(8, "seconded", name))
    for workspace in state.workspaces:
        yield ServiceEventReceived(StationEvent(4, "end", workspace.session))
    yield from (ServiceEventReceived(StationEvent(5, "hello")), ServiceEventReceived(StationEvent(6, "settings")))
    yield ServiceEventReceived(StationEvent(7, "revoked"))
