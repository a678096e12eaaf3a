"""Keys and cards that cannot, will not or answer nonsense: each is told by its name, and no try is spent on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from fido2.ctap import CtapError
from fido2.ctap2.base import Info
from fido2.hid import CTAPHID
from fido2.webauthn import AuthenticatorSelectionCriteria, ResidentKeyRequirement

import kiosk.credential as front
from kiosk.credential import ceremony, ctap, enrol, fido2, hid, make_key, new_pin, piv, probe, read_piv, read_pkoc, sign
from kiosk.credential.errors import (
    AlreadyEnrolledError,
    GarbledCardError,
    ImpossibleNumberError,
    InvalidPinError,
    KeyCapabilityError,
    NotAPivCardError,
    NotAPkocBadgeError,
    PinBlockedError,
    PivKeyKindError,
    RequestDroppedError,
    WrongCardError,
    WrongReaderError,
)
from kiosk.model.proof import Method
from kiosk.model.secret import Secret
from kiosk.simulator.piv_store import Slot
from tests.credential.cards import LyingCard, ScriptedCard, answering, key_memory, piv_chip, piv_memory
from tests.credential.test_new_things import PIN, fresh, usb, wish
from tests.credential.test_usb_keys import DESCRIPTOR
from tests.credential.wire import RP_ID, a_challenge, never
from tests.fakes import ctap as keys
from tests.fakes.simulated_cards import a_badge, a_key, in_memory_card
from tests.fakes.simulated_cards import key_memory as memory_of

ERR = CtapError.ERR
P_256, NO_CURVE = bytes.fromhex("06082a8648ce3d030107"), bytes.fromhex("06082a8648ce3d03017f")


def certificate(name: str = "a card") -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(who, who, key.public_key(), 1, now, now + timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


# PIV cards


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        ((b"", 0x6A88), WrongCardError),
        ((b"", 0x6982), WrongReaderError),
        ((b"", 0x6F00), GarbledCardError),
        ((b"", 0x9000), GarbledCardError),
        ((bytes.fromhex("7c028200"), 0x9000), GarbledCardError),
    ],
    ids=["no such key", "locked here", "an error", "nothing", "an empty signature"],
)
def test_a_card_that_does_not_sign_is_told_by_why(answer: tuple[bytes, int], named: type[Exception]) -> None:
    with pytest.raises(named):
        piv.sign(answering(answer), "9E", certificate(), bytes(32))


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        (0x63C5, 0x63C0, PinBlockedError),
        (0x63C5, 0x6983, PinBlockedError),
        (0x6983, None, PinBlockedError),
        (0x6A88, None, WrongCardError),
        (0x6F00, None, GarbledCardError),
    ],
    ids=["the last try was wrong", "blocked by it", "blocked before", "no PIN at all", "an error"],
)
def test_a_card_says_what_became_of_its_pin(before: int, after: int | None, named: type[Exception]) -> None:
    card = answering((b"", before), *([] if after is None else [(b"", after)]))
    with pytest.raises(named):
        piv.verify_pin(card, Secret("123456"), b"")
    assert len(card.sent) == (1 if after is None else 2), "where the first answer says no, the PIN stays here"


def test_a_certificate_with_a_key_of_no_known_curve_is_told_apart_from_a_broken_one() -> None:
    with pytest.raises(PivKeyKindError):
        piv.sign(answering(), "9E", certificate().replace(P_256, NO_CURVE), bytes(32))
    with pytest.raises(GarbledCardError):
        piv.sign(answering(), "9E", b"\x30\x03\x02\x01\x05", bytes(32))


def test_what_begins_like_gzip_and_is_none_is_garbage() -> None:
    broken = bytes.fromhex("1f8b0800") + b"not deflate at all"
    packed = bytes([0x53, len(broken) + 5, 0x70, len(broken)]) + broken + b"\x71\x01\x01"
    with pytest.raises(GarbledCardError, match="does not unpack"):
        piv.read_certificate(answering((packed, 0x9000)), "9E")


def test_a_piv_card_without_its_card_authentication_certificate_cannot_be_enrolled() -> None:
    memory = piv_memory()
    del memory.slots[Slot.CARD_AUTHENTICATION]
    with pytest.raises(NotAPivCardError):
        read_piv(piv_chip(memory))


def test_cancelled_once_the_card_was_read_its_pin_is_not_sent() -> None:
    memory, cancel = piv_memory(), Event()

    def meanwhile(data: bytes, sw: int) -> tuple[bytes, int]:
        cancel.set()
        return data, sw

    card = LyingCard(piv_chip(memory), [None, meanwhile, *[None] * 20])
    with pytest.raises(RequestDroppedError):
        sign(card, a_challenge(Method.PIV_PIN), Secret("654321"), cancel)
    assert memory.retries == 5


# Badges


def test_a_badge_of_nothing_but_zeros_has_no_number() -> None:
    with pytest.raises(ImpossibleNumberError):
        probe(in_memory_card(a_badge("00000000")), RP_ID)


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
