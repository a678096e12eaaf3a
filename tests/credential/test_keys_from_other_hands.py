"""Keys that do what standards allow and our simulated key does not: each is used, or refused in its own words."""

from __future__ import annotations

import cbor2
import pytest
from fido2.cose import CoseKey
from fido2.ctap import CtapError
from fido2.webauthn import AttestedCredentialData

from kiosk.credential import CredentialError, probe, sign
from kiosk.credential.ctap import MEANING
from kiosk.credential.enrol import Made, shortened
from kiosk.credential.errors import (
    AlreadyEnrolledError,
    GarbledCardError,
    KeyAlgorithmError,
    KeyFullError,
    KeyHidesError,
    KeyMayHideError,
    KeyTooNewError,
    NoCredentialError,
    NotAKeyError,
)
from kiosk.credential.key_info import read
from kiosk.model.binding import unb64u
from kiosk.model.card import CardTrouble
from kiosk.model.proof import Fido2Presented, Fido2Proof, Method
from kiosk.model.secret import Secret
from kiosk.simulator.fido2 import Fido2Applet, KeyFaults
from kiosk.simulator.fido2_store import AAGUID, KeyMemory
from tests.credential.cards import KEY_PIN, UID, LyingCard, chip, key_memory, piv_chip
from tests.credential.wire import RP_ID, a_challenge, enrol, never
from tests.fakes.simulated_cards import InMemoryCard

COSE = CoseKey.parse({1: 2, 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)})
PLAIN: dict[int, object] = {1: ["FIDO_2_0"], 3: AAGUID, 4: {"rk": True, "clientPin": True}, 5: 1200, 6: [2, 1]}


def on(memory: KeyMemory, **quirks: object) -> InMemoryCard:
    return chip(Fido2Applet(memory, faults=KeyFaults(**quirks)))  # type: ignore[arg-type]  # names are KeyFaults' own


@pytest.mark.parametrize(
    "odd",
    [
        {9: None},
        {15: 1.5},
        {10: [{"alg": -7, "type": None}]},
        {0xFF: {"vendor": [1.25, None, cbor2.undefined]}},
        {20: cbor2.CBORTag(4711, b"of the future")},
        {14: "1.2.3"},
        {4: {"rk": True, "clientPin": True, "plat": None, "perCredMgmtRO": 1}},
        {2: ["credProtect", 7]},
        {7: None, 8: "64", 13: 4.0},
    ],
    ids=["null", "fraction", "inner null", "vendor", "tag", "text", "options", "extensions", "limits"],
)
def test_what_nobody_uses_in_a_keys_own_words_is_not_looked_at(odd: dict[int, object]) -> None:
    info = read(cbor2.dumps({**PLAIN, **odd}))
    assert bytes(info.aaguid) == AAGUID
    assert info.options["rk"] is True
    assert info.options["clientPin"] is True


def test_bytes_behind_a_keys_own_words_are_not_looked_at() -> None:
    assert read(cbor2.dumps(PLAIN) + b"\x00\x00").max_msg_size == 1200


@pytest.mark.parametrize("wrong", [b"", b"\xa1", cbor2.dumps([1]), cbor2.dumps({1: []}), cbor2.dumps({3: b"short"})])
def test_what_is_no_map_or_has_no_aaguid_is_garbage(wrong: bytes) -> None:
    with pytest.raises(GarbledCardError):
        read(wrong)


@pytest.mark.parametrize(
    "member",
    [
        b"\x15\xc0\x63abc",
        b"\x15\xd8\x25\x41\x00",
        b"\x15\xd8\x1e\x82\x01\x00",
        b"\x15\xd8\x1d\x00",
        b"\x15\x61\xff",
        b"\x15\xbf\x01\x9f\x02\xff\xff",
        b"\x81\x01\x05",
        b"\x63own\xf8\xc8",
        b"\x20\x5f\x41\x00\x41\x01\xff",
    ],
    ids=[
        "no date",
        "no UUID",
        "by zero",
        "no reference",
        "no UTF-8",
        "open ends",
        "list as key",
        "text as key",
        "bytes",
    ],
)
def test_a_member_that_makes_no_sense_hides_no_other(member: bytes) -> None:
    plain = cbor2.dumps(PLAIN)
    whole = bytes([plain[0] + 1]) + member + plain[1:]
    open_ended = b"\xbf" + whole[1:] + b"\xff"
    for encoded in (whole, open_ended):
        info = read(encoded)
        assert (bytes(info.aaguid), info.max_msg_size, info.options["rk"]) == (AAGUID, 1200, True)


@pytest.mark.parametrize(
    "wrong",
    [b"\xa1\x15" + b"\x81" * 100 + b"\0", b"\xbb" + b"\xff" * 8, b"\xa1\x03\x5b" + b"\xff" * 8, b"\xa1\x03\x1c"],
)
def test_what_is_cut_off_or_nested_without_end_is_garbage(wrong: bytes) -> None:
    with pytest.raises(GarbledCardError):
        read(wrong)


def test_a_key_with_odd_words_is_shown_like_any_other() -> None:
    odd = cbor2.dumps({**PLAIN, 15: 1.5, 9: None}) + b"\x00"
    tells = LyingCard(on(key_memory()), [None, lambda *_: (b"\x00" + odd, 0x9000)])
    assert probe(tells, RP_ID, "key") == Fido2Presented(AAGUID.hex(), True, False, "04A1B2C3D4E5F6")


def test_a_key_that_shows_its_credentials_to_a_verified_user_alone_is_used_all_the_same() -> None:
    memory = key_memory()
    made = made_on(on(memory, guarded=True))
    assert made.guarded
    mine = a_challenge(Method.FIDO2, allow=[made.credential_id], guarded=[made.credential_id])
    assert isinstance(sign(on(memory, guarded=True), mine, Secret(KEY_PIN), never()), Fido2Proof)


QUIRKS = [{"guarded": True}, {"always_uv": True}, {"guarded": True, "always_uv": True}]
OF_QUIRKS = ["hides", "always verifies", "both"]


@pytest.mark.parametrize("quirks", QUIRKS, ids=OF_QUIRKS)
def test_such_a_key_says_at_a_tap_that_it_does_not_show_whose_it_is(quirks: dict[str, bool]) -> None:
    memory = key_memory()
    made_on(on(memory, **quirks))
    with pytest.raises((KeyHidesError, KeyMayHideError)) as caught:
        sign(on(memory, **quirks), a_challenge(Method.FIDO2_TAP), None, never())
    always = "always_uv" in quirks
    assert caught.value.trouble == (CardTrouble.KEY_HIDES if always else CardTrouble.KEY_MAY_HIDE)
    assert memory.retries == 8


@pytest.mark.parametrize("quirks", QUIRKS, ids=OF_QUIRKS)
def test_such_a_key_says_whose_it_is_to_whoever_types_its_pin(quirks: dict[str, bool]) -> None:
    memory = key_memory()
    made = made_on(on(memory, **quirks))
    proof = sign(on(memory, **quirks), a_challenge(Method.FIDO2), Secret(KEY_PIN), never())
    assert isinstance(proof, Fido2Proof)
    assert unb64u(proof.credential_id) == made.credential_id
    assert unb64u(proof.user_handle or "") == b"amira"


@pytest.mark.parametrize("quirks", QUIRKS, ids=OF_QUIRKS)
def test_such_a_key_signs_after_a_badge_or_a_login(quirks: dict[str, bool]) -> None:
    memory = key_memory()
    made = made_on(on(memory, **quirks))
    hidden = [made.credential_id] if made.guarded else []
    mine = a_challenge(Method.FIDO2, allow=[made.credential_id], guarded=hidden)
    assert isinstance(sign(on(memory, **quirks), mine, Secret(KEY_PIN), never()), Fido2Proof)


def test_an_always_verifying_key_is_not_asked_for_what_it_cannot_give() -> None:
    memory = key_memory()
    card = on(memory, always_uv=True)
    assert probe(card, RP_ID, "key") == Fido2Presented(AAGUID.hex(), True, False, UID.hex().upper(), always_uv=True)
    probed = len(card.sent)
    with pytest.raises(KeyHidesError):
        sign(card, a_challenge(Method.FIDO2_TAP), None, never())
    assert [command[1] for command in card.sent[probed:]] == [0xA4], "its application, and nothing more"


def test_a_key_that_can_know_nobody_and_holds_nothing_is_not_registered() -> None:
    with pytest.raises(NoCredentialError) as caught:
        sign(on(key_memory(pin=None)), a_challenge(Method.FIDO2_TAP), None, never())
    assert caught.value.trouble == CardTrouble.NO_CREDENTIAL


def test_a_key_that_holds_nothing_says_so_once_its_pin_was_typed() -> None:
    with pytest.raises(NoCredentialError) as caught:
        sign(on(key_memory()), a_challenge(Method.FIDO2), Secret(KEY_PIN), never())
    assert caught.value.trouble == CardTrouble.NO_CREDENTIAL


def test_a_colleagues_key_is_not_sent_the_pin_while_nothing_of_mine_is_hidden() -> None:
    mine, colleagues = key_memory(), key_memory()
    made = made_on(on(mine))
    assert not made.guarded
    with pytest.raises(NoCredentialError):
        sign(on(colleagues), a_challenge(Method.FIDO2, allow=[made.credential_id]), Secret("9999"), never())
    assert colleagues.retries == 8


@pytest.mark.parametrize("room", [1024, 1200, 2048])
@pytest.mark.parametrize("size", [16, 64, 200, 255])
def test_lists_of_credentials_are_as_long_as_the_keys_message(size: int, room: int) -> None:
    memory = key_memory()
    made = made_on(on(memory))
    others = [bytes([number]) * size for number in range(1, 13)]
    card = on(memory, max_message=room)
    proof = sign(card, a_challenge(Method.FIDO2, allow=[*others, made.credential_id]), Secret(KEY_PIN), never())
    assert isinstance(proof, Fido2Proof)


def test_a_thirteenth_key_excludes_the_twelve_before_it() -> None:
    memory = key_memory()
    made = made_on(on(memory))
    known = [*(bytes([number]) * 200 for number in range(1, 13)), made.credential_id]
    excluded = [AttestedCredentialData.create(AAGUID, credential, COSE) for credential in known]
    with pytest.raises(AlreadyEnrolledError):
        enrol(on(memory, max_message=1024), credentials=excluded)
    assert enrol(on(key_memory(), max_message=1024), credentials=excluded)[0].credential_id


def test_a_key_that_takes_its_pin_by_a_protocol_of_the_future_is_said_to_be_one() -> None:
    future = cbor2.dumps({**PLAIN, 6: [3]})
    card = LyingCard(on(key_memory()), [None, lambda *_: (b"\x00" + future, 0x9000)])
    with pytest.raises(KeyTooNewError):
        enrol(card, user_verification="required")


@pytest.mark.parametrize(
    ("said", "meant"),
    [(CtapError.ERR.KEY_STORE_FULL, KeyFullError), (CtapError.ERR.UNSUPPORTED_ALGORITHM, KeyAlgorithmError)],
)
def test_one_cause_has_one_sentence(said: CtapError.ERR, meant: type[CredentialError]) -> None:
    def refuse(data: bytes, sw: int) -> tuple[bytes, int]:
        return (bytes([said]) if data else data, sw)

    refuses = LyingCard(on(KeyMemory()), [None, None, refuse, refuse, refuse])
    with pytest.raises(meant):
        enrol(refuses, pin=None)


def test_no_two_refusals_of_a_key_share_a_sentence_that_is_not_theirs() -> None:
    assert not [code for code, meant in MEANING.items() if meant.trouble == "wrong_card"]


def test_a_card_without_fido2_is_no_key() -> None:
    with pytest.raises(NotAKeyError):
        enrol(piv_chip())


@pytest.mark.parametrize(
    ("name", "cut"),
    [
        ("Anna Okonkwo", "Anna Okonkwo"),
        ("ä" * 40, "ä" * 32),
        ("日" * 30, "日" * 21),
        ("x" * 63 + "é", "x" * 63),
        ("x" * 62 + "e\u0301", "x" * 62),  # a letter and its mark stay together
        ("x" * 60 + "👩\u200d🚀", "x" * 60),
        ("a " * 50, ("a " * 32).rstrip()),
    ],
)
def test_names_are_cut_where_people_would(name: str, cut: str) -> None:
    """WebAuthn Level 3 section 6.4.1."""
    assert shortened(name) == cut
    assert len(shortened(name).encode()) <= 64


def made_on(card: InMemoryCard) -> Made:
    """A credential made with the key's user verified."""
    return enrol(card, user_verification="required")[0]
