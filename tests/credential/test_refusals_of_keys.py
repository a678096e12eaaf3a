"""Keys that cannot, will not or answer nonsense: each is told by its name, and no try is spent on it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
from fido2.ctap import CtapError
from fido2.ctap2.base import Info
from fido2.hid import CTAPHID
from fido2.webauthn import AuthenticatorSelectionCriteria, ResidentKeyRequirement

import kiosk.credential as front
from kiosk.credential import ceremony, ctap, enrol, fido2, hid, make_key, new_pin, read_pkoc, sign
from kiosk.credential.errors import (
    AlreadyEnrolledError,
    GarbledCardError,
    InvalidPinError,
    KeyCapabilityError,
    NotAPkocBadgeError,
    PinBlockedError,
    RequestDroppedError,
)
from kiosk.model.proof import Method
from kiosk.model.secret import Secret
from tests.credential.cards import LyingCard, ScriptedCard, key_memory
from tests.credential.test_new_things import PIN, fresh, usb, wish
from tests.credential.test_usb_keys import DESCRIPTOR
from tests.credential.wire import RP_ID, a_challenge, never
from tests.fakes import ctap as keys
from tests.fakes.simulated_cards import a_key, in_memory_card
from tests.fakes.simulated_cards import key_memory as memory_of

ERR = CtapError.ERR


def test_a_usb_key_is_no_pkoc_badge() -> None:
    with pytest.raises(NotAPkocBadgeError):
        sign(usb(key_memory()), a_challenge(Method.PKOC_TAP), None, never())
    with pytest.raises(NotAPkocBadgeError):
        read_pkoc(usb(key_memory()))


# Keys


def test_a_cancel_at_any_moment_before_the_pin_is_sent_spends_no_try() -> None:
    outcomes: list[tuple[int, str]] = []
    for moment in range(12):
        cancel = Event()

        def lie(moment: int = moment, cancel: Event = cancel) -> list[Callable[[bytes, int], tuple[bytes, int]] | None]:
            def set_it(data: bytes, sw: int) -> tuple[bytes, int]:
                cancel.set()
                return data, sw

            return [*[None] * moment, set_it, *[None] * 40]

        plastic = in_memory_card(a_key(pin=PIN))
        with pytest.raises((RequestDroppedError, InvalidPinError)) as ended:
            make_key(LyingCard(plastic, lie()), wish(), Secret("plum tree"), False, cancel)
        outcomes.append((8 - memory_of(plastic.plastic).retries, ended.type.__name__))
    assert outcomes[0] == (0, "RequestDroppedError")
    assert outcomes == sorted(outcomes, key=lambda one: one[0]), "once it is sent it counts"
    assert {name for spent, name in outcomes if not spent} == {"RequestDroppedError"}


@pytest.mark.parametrize("code", [ERR.UNSUPPORTED_OPTION, ERR.INVALID_OPTION, ERR.UP_REQUIRED, ERR.PUAT_REQUIRED])
def test_a_key_that_will_not_tell_silently_is_sent_the_whole_list(code: ERR, monkeypatch: pytest.MonkeyPatch) -> None:
    held = keys.held(a_key(pin=PIN))
    allow = [b"\x01" * 32, b"\x02" * 32]
    monkeypatch.setattr(held, "send_cbor", raising(code))
    assert fido2.held(held, RP_ID, allow, never()) == allow


def test_any_other_refusal_of_a_silent_question_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    held = keys.held(a_key(pin=PIN))
    monkeypatch.setattr(held, "send_cbor", raising(ERR.INVALID_LENGTH))
    with pytest.raises(CtapError):
        fido2.held(held, RP_ID, [b"\x01" * 32], never())


def raising(code: ERR) -> Callable[..., Any]:
    def refuse(*_: object, **__: object) -> None:
        raise CtapError(code)

    return refuse


def pins(*tries: object) -> Any:
    """What asks a key for its tries: these, one after the other."""
    left = iter(tries)
    return SimpleNamespace(get_pin_retries=lambda: (next(left), False))


def test_a_wrong_pin_after_which_none_is_left_is_told_as_blocked() -> None:
    with pytest.raises(PinBlockedError), fido2.one_try(pins(3, 0), never(), b"key"):
        raise CtapError(ERR.PIN_INVALID)


def test_cancelled_while_the_tries_were_asked_the_pin_is_not_sent() -> None:
    cancel = Event()
    cancel.set()
    with pytest.raises(RequestDroppedError), fido2.one_try(pins(8), cancel, b"key"):
        raise AssertionError("the PIN was sent")


def test_a_number_of_tries_that_is_none_is_garbage() -> None:
    with pytest.raises(GarbledCardError):
        fido2.retries(pins(None))


def test_over_the_air_there_are_no_messages_but_those_of_ctap_2() -> None:
    card = ScriptedCard(lambda _: (b"", 0x9000))
    with pytest.raises(GarbledCardError):
        ctap.NfcKey(card).call(CTAPHID.PING, b"", never())
    assert card.sent == []
    assert list(ctap.NfcKey.list_devices()) == []


def a_key_that_can(*extensions: str, **options: bool) -> Info:
    return Info.from_dict({1: ["FIDO_2_1"], 2: list(extensions), 3: bytes(16), 4: options})


def test_a_key_that_keeps_no_credentials_is_refused_where_one_must_be_kept() -> None:
    required = AuthenticatorSelectionCriteria(resident_key=ResidentKeyRequirement.REQUIRED)
    preferred = AuthenticatorSelectionCriteria(resident_key=ResidentKeyRequirement.PREFERRED)
    with pytest.raises(KeyCapabilityError, match="discoverable"):
        enrol._resident(a_key_that_can(), required)
    assert not enrol._resident(a_key_that_can(), preferred)
    assert enrol._resident(a_key_that_can(rk=True), required)


def test_a_key_without_credential_protection_is_refused_where_that_is_enforced() -> None:
    asked = {"credentialProtectionPolicy": "userVerificationOptionalWithCredentialIDList"}
    assert enrol._protection(a_key_that_can("credProtect"), asked) == {"credProtect": 2}
    assert enrol._protection(a_key_that_can(), asked) is None
    with pytest.raises(KeyCapabilityError, match="protect"):
        enrol._protection(a_key_that_can(), {**asked, "enforceCredentialProtectionPolicy": True})


def test_a_key_of_their_own_is_found_in_a_list_longer_than_it_takes_at_once() -> None:
    others = tuple(bytes([number]) * 32 for number in range(40))
    card = fresh()
    made = make_key(card, wish(others), Secret(PIN), True, never())
    assert made.discoverable, "none of them is on it"
    known = memory_of(card.plastic).credentials[0].id
    with pytest.raises(AlreadyEnrolledError):
        make_key(card.again(), wish((*others, known)), Secret(PIN), False, never())


def test_an_attestation_is_passed_on_where_it_was_asked_for() -> None:
    asked = make_key(fresh(), wish(attested=True), Secret(PIN), True, never())
    unasked = make_key(fresh(), wish(), Secret(PIN), True, never())
    assert len(asked.attestation_object) > len(unasked.attestation_object)


def test_an_attestation_without_its_credential_is_garbage() -> None:
    flags_without_credential = bytes(32) + b"\x01" + bytes(4)
    options: Any = SimpleNamespace(attestation=None)
    with pytest.raises(GarbledCardError, match="without its credential"):
        enrol._made({1: "packed", 2: flags_without_credential, 3: {}}, options, b"", None, True)  # type: ignore[arg-type]  # not looked at


def test_a_first_pin_is_not_set_once_cancelled() -> None:
    cancel = Event()
    cancel.set()
    device: Any = SimpleNamespace()
    with pytest.raises(RequestDroppedError):
        new_pin.set_pin(device, a_key_that_can(), Secret(PIN), cancel)


@pytest.mark.parametrize("old", ["123", "x" * 64])
def test_an_old_pin_that_cannot_be_one_is_not_sent(old: str) -> None:
    device: Any = SimpleNamespace()
    with pytest.raises(InvalidPinError) as wrong:
        new_pin.change_pin(device, a_key_that_can(), Secret(old), Secret(PIN), never())
    assert wrong.value.retries_left is None


# The USB, and what is loaded when


def test_the_front_opens_the_one_usb_key(monkeypatch: pytest.MonkeyPatch) -> None:
    made = usb(key_memory())
    monkeypatch.setattr(hid, "open_usb_key", lambda: made)
    assert front.open_usb_key() is made


def test_what_is_plugged_in_is_asked_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fido2.hid.list_descriptors", lambda: [DESCRIPTOR])
    assert hid.usb_keys() == (DESCRIPTOR,)


def test_letting_go_of_a_key_that_is_gone_is_no_error() -> None:
    def gone() -> None:
        raise OSError(19, "No such device")

    device: Any = SimpleNamespace(close=gone)
    hid.UsbKey(device, "Simulated key").close()


def test_warming_up_twice_is_once() -> None:
    ceremony.warm_up()
    ceremony.warm_up()
