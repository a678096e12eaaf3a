"""Whatever a card answers, and whenever it leaves, one of this room's facts comes out and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fido2 import cbor
from fido2.webauthn import PublicKeyCredentialUserEntity
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.credential import CredentialError, ctap, make_credential, probe, sign
from kiosk.credential.errors import (
    CardInUseError,
    GarbledCardError,
    LiftedEarlyError,
    NumberFormatError,
    ReaderDeniedError,
    ReaderLostError,
    RequestDroppedError,
    SilentCardError,
)
from kiosk.model.card import CardTrouble
from kiosk.model.proof import Method
from kiosk.model.secret import Secret
from kiosk.reader.card import (
    CardCancelledError,
    CardError,
    CardExclusiveError,
    CardGoneError,
    CardMuteError,
    CardServiceDeniedError,
    CardServiceStoppedError,
    NumberNotUnderstoodError,
    OpenCard,
    ReaderGoneError,
)
from kiosk.simulator.fido2_store import KeyMemory
from kiosk.simulator.piv_store import PivMemory
from tests.credential.cards import (
    KEY_PIN,
    PIV_PIN,
    FailingCard,
    LyingCard,
    ScriptedCard,
    key_chip,
    key_memory,
    piv_chip,
    piv_memory,
)
from tests.credential.wire import ORIGIN, RP_ID, a_challenge, a_server, enrol, never
from tests.fakes.simulated_cards import InMemoryCard, a_badge, in_memory_card

PIV: PivMemory = piv_memory()
KEY: KeyMemory = key_memory()
MADE, _ = enrol(key_chip(KEY), KEY_PIN)
OPTIONS = dict(a_server().register_begin(PublicKeyCredentialUserEntity(id=b"beth", name="beth"))[0])


def signing(method: Method, pin: str | None, allow: list[bytes] | None = None) -> Callable[[Any], object]:
    return lambda card: sign(card, a_challenge(method, allow=allow or []), Secret(pin) if pin else None, never())


Act = tuple[Callable[[], InMemoryCard], Callable[[Any], object]]
ACTS: dict[str, Act] = {
    "probe badge": (lambda: in_memory_card(a_badge()), lambda card: probe(card, RP_ID)),
    "probe piv": (lambda: piv_chip(PIV), lambda card: probe(card, RP_ID)),
    "probe key": (lambda: key_chip(KEY), lambda card: probe(card, RP_ID)),
    "piv tap": (lambda: piv_chip(PIV), signing(Method.PIV_TAP, None)),
    "piv pin": (lambda: piv_chip(PIV), signing(Method.PIV_PIN, PIV_PIN)),
    "key tap": (lambda: key_chip(KEY), signing(Method.FIDO2_TAP, None)),
    "key pin": (lambda: key_chip(KEY), signing(Method.FIDO2, KEY_PIN, [MADE.credential_id])),
    "enrol key": (lambda: key_chip(), lambda card: make_credential(card, OPTIONS, ORIGIN, Secret(KEY_PIN))),
}
every_act = pytest.mark.parametrize("name", list(ACTS))


@pytest.fixture(autouse=True)
def _rested() -> None:
    """Lies must not leave the shared plastic blocked for the next test."""
    PIV.retries, KEY.retries = 5, 8


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hostile cards say "processing" a lot."""
    monkeypatch.setattr(ctap, "ASK_AGAIN", 0.0)
    monkeypatch.setattr(ctap, "PATIENCE", 0.0)


@every_act
def test_a_card_lifted_at_any_moment_is_lifted_early_and_nothing_else(name: str) -> None:
    place, act = ACTS[name]
    whole = place()
    act(whole)
    assert whole.sent
    for moment in range(len(whole.sent)):
        PIV.retries, KEY.retries = 5, 8
        card = FailingCard(place(), moment, CardGoneError)
        with pytest.raises(LiftedEarlyError) as caught:
            act(card)
        assert caught.value.trouble is CardTrouble.LIFTED_EARLY
        assert card.asked == moment + 1, "nothing is asked of a card that is gone"


@pytest.mark.parametrize(
    ("error", "named"),
    [
        (CardCancelledError, RequestDroppedError),
        (CardMuteError, SilentCardError),
        (CardExclusiveError, CardInUseError),
        (NumberNotUnderstoodError, NumberFormatError),
        (ReaderGoneError, ReaderLostError),
        (CardServiceStoppedError, ReaderLostError),
        (CardServiceDeniedError, ReaderDeniedError),
        (CardError, GarbledCardError),
    ],
)
@every_act
def test_what_the_reader_room_says_is_told_in_this_rooms_words(
    name: str, error: type[CardError], named: type[CredentialError]
) -> None:
    place, act = ACTS[name]
    with pytest.raises(CredentialError) as caught:
        act(FailingCard(place(), 0, error))
    assert type(caught.value) is named


ANSWERS = st.tuples(
    st.binary(max_size=300) | st.binary(max_size=60).map(lambda tail: b"\x00" + tail),
    st.integers(0, 0xFFFF) | st.sampled_from([0x9000, 0x9000, 0x9000, 0x9100, 0x6100, 0x6C10, 0x6A82, 0x63C1, 0x6983]),
)


@every_act
@pytest.mark.usefixtures("hurried")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=st.lists(ANSWERS, max_size=12))
def test_any_answers_at_all_end_in_a_named_problem(name: str, answers: list[tuple[bytes, int]]) -> None:
    left = iter(answers)
    only_problems(ACTS[name][1], ScriptedCard(lambda _: next(left, (b"", 0x6F00))))


SCALARS = st.integers(-(2**63), 2**64 - 1) | st.binary(max_size=80) | st.text(max_size=12) | st.booleans()
NAMES = st.integers(-4, 30) | st.text(max_size=9)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)
OPTION_NAMES = st.sampled_from(["clientPin", "uv", "rk", "pinUvAuthToken", "alwaysUv"])
INFO = st.fixed_dictionaries(
    {1: st.just(["FIDO_2_1"]), 3: st.binary(min_size=16, max_size=16)},
    optional={
        2: st.just(["credProtect"]) | VALUES,
        4: st.dictionaries(OPTION_NAMES, st.booleans() | SCALARS, max_size=5),
        5: st.integers(0, 2000) | VALUES,
        6: st.just([2, 1]) | VALUES,
        7: st.integers(-1, 5) | VALUES,
    },
)
KEY_AGREEMENT = st.fixed_dictionaries(
    {},
    optional={1: st.just(2), 3: st.just(-25), -1: st.just(1), -2: st.binary(max_size=33), -3: st.binary(max_size=33)},
)
MESSAGE = st.dictionaries(st.integers(1, 6), VALUES | KEY_AGREEMENT, max_size=6)


@pytest.mark.parametrize("name", ["probe key", "key tap", "key pin", "enrol key"])
@pytest.mark.usefixtures("hurried")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(info=INFO, messages=st.lists(MESSAGE, max_size=6))
def test_any_cbor_at_all_ends_in_a_named_problem(name: str, info: Any, messages: list[Any]) -> None:
    left = iter(messages)

    def answer(apdu: bytes) -> tuple[bytes, int]:
        if apdu[1] == 0xA4:
            return (b"FIDO_2_0", 0x9000) if apdu[5:].startswith(ctap.AID) else (b"", 0x6A82)
        if apdu[0] == 0xFF:
            return b"", 0x6A81
        return b"\x00" + cbor.encode(info if apdu[5:6] == b"\x04" else next(left, {})), 0x9000

    only_problems(ACTS[name][1], ScriptedCard(answer))


def lie(kind: str, place: int, byte: int) -> Callable[[bytes, int], tuple[bytes, int]]:
    def told(data: bytes, sw: int) -> tuple[bytes, int]:
        at = place % (len(data) or 1)
        return {
            "cut": (data[:at], sw),
            "flip": (data[:at] + bytes([byte]) + data[at + 1 :], sw),
            "status": (data, 0x6A00 | byte),
            "more": (data + bytes([byte]), sw),
            "silence": (b"", sw),
        }[kind]

    return told


LIES = st.builds(
    lie, st.sampled_from(["cut", "flip", "status", "more", "silence"]), st.integers(0, 2000), st.integers(0, 255)
)


@every_act
@pytest.mark.usefixtures("hurried")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lies=st.lists(st.none() | LIES, max_size=14))
def test_a_card_that_lies_now_and_then_is_found_out_or_signs(
    name: str, lies: list[Callable[[bytes, int], tuple[bytes, int]] | None]
) -> None:
    PIV.retries, KEY.retries = 5, 8
    place, act = ACTS[name]
    only_problems(act, LyingCard(place(), lies))


@pytest.mark.parametrize("nested", [b"\x81" * 5000, b"\xa1\x01" * 3000], ids=["lists", "maps"])
def test_cbor_that_is_too_deep_is_garbage(nested: bytes) -> None:
    pieces = {0xA4: [(b"", 0x6A82), (b"FIDO_2_0", 0x9000), (b"", 0x6A82)]}
    deep = [(b"\x00" + nested)[start : start + 256] for start in range(0, len(nested) + 1, 256)]

    def answer(apdu: bytes) -> tuple[bytes, int]:
        if apdu[1] == 0xA4:
            return pieces[0xA4].pop(0)
        if apdu[0] == 0xFF:
            return b"", 0x6A81
        return deep.pop(0), 0x6100 if deep else 0x9000

    with pytest.raises(GarbledCardError):
        probe(ScriptedCard(answer), RP_ID)


def only_problems(act: Callable[[Any], object], card: OpenCard) -> None:
    """Carry out ``act``; any error but a ``CredentialError`` fails the test."""
    try:
        act(card)
    except CredentialError as problem:
        assert problem.trouble in CardTrouble
        assert problem.retries_left is None or isinstance(problem.retries_left, int)
