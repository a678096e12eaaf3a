"""The software key against python-fido2, which takes it for a real one."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from fido2.attestation.base import AttestationType, verify_x509_chain
from fido2.attestation.packed import PackedAttestation
from fido2.client import DefaultClientDataCollector, Fido2Client, UserInteraction
from fido2.cose import ES256
from fido2.ctap import CtapError
from fido2.ctap2.base import AssertionResponse, AttestationResponse, Ctap2
from fido2.ctap2.pin import ClientPin, PinProtocol, PinProtocolV1, PinProtocolV2
from fido2.pcsc import CtapPcscDevice
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestationConveyancePreference,
    AuthenticatorData,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from kiosk.simulator.ctap_maker import Maker
from kiosk.simulator.ctap_session import LISTING_SECONDS, PRESENCE_SECONDS, RESET_SECONDS, TOKEN_SECONDS
from kiosk.simulator.fido2 import KeyFaults
from kiosk.simulator.fido2_store import AAGUID
from kiosk.simulator.plastic import Faults, Plastic
from tests.fakes.plastic import InMemoryCard, a_key, in_memory_card

RP = "auth.hospital.example"
PIN = "2468"
HASH = b"\x11" * 32
FLAG = AuthenticatorData.FLAG
ERR = CtapError.ERR
PROTOCOLS: list[type[PinProtocol]] = [PinProtocolV1, PinProtocolV2]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Line:
    """What python-fido2 wants of a pyscard connection."""

    def __init__(self, card: InMemoryCard) -> None:
        self.card = card

    def connect(self) -> None:
        """Already open."""

    def disconnect(self) -> None:
        self.card.close()

    def getATR(self) -> list[int]:  # noqa: N802 - pyscard's name
        return list(self.card.atr)

    def transmit(self, apdu: list[int], protocol: int | None = None) -> tuple[list[int], int, int]:
        data, sw = self.card.transmit(bytes(apdu))
        return list(data), sw >> 8, sw & 0xFF


def held(plastic: Plastic, extended: bool = False) -> Ctap2:
    """The key was just put on the reader."""
    device = CtapPcscDevice(Line(in_memory_card(plastic)), "In Memory")
    device.use_ext_apdu = extended
    return Ctap2(device)


def with_pin(
    ctap: Ctap2, pin: str, permission: ClientPin.PERMISSION, protocol: PinProtocol, data: bytes = HASH, rp: str = RP
) -> dict[str, object]:
    client = ClientPin(ctap, protocol)
    token = client.get_pin_token(pin, permission, rp)
    return {"pin_uv_param": protocol.authenticate(token, data), "pin_uv_protocol": protocol.VERSION}


def make(
    ctap: Ctap2,
    user: str = "anna",
    rk: bool = False,
    pin: str | None = PIN,
    protect: int | None = None,
    exclude: list[bytes] | None = None,
    protocol: PinProtocol | None = None,
) -> AttestationResponse:
    proof = with_pin(ctap, pin, ClientPin.PERMISSION.MAKE_CREDENTIAL, protocol or PinProtocolV2()) if pin else {}
    return ctap.make_credential(
        HASH,
        {"id": RP, "name": "Hospital"},
        {"id": user.encode(), "name": user, "displayName": user.title()},
        [{"type": "public-key", "alg": -257}, {"type": "public-key", "alg": -7}],
        exclude_list=None if exclude is None else [{"type": "public-key", "id": i} for i in exclude],
        extensions=None if protect is None else {"credProtect": protect},
        options={"rk": True} if rk else None,
        **proof,  # type: ignore[arg-type]  # two keyword arguments of different types
    )


def get(
    ctap: Ctap2,
    allow: list[bytes] | None = None,
    pin: str | None = PIN,
    up: bool = True,
    protocol: PinProtocol | None = None,
) -> AssertionResponse:
    proof = with_pin(ctap, pin, ClientPin.PERMISSION.GET_ASSERTION, protocol or PinProtocolV2()) if pin else {}
    return ctap.get_assertion(
        RP,
        HASH,
        None if allow is None else [{"type": "public-key", "id": i} for i in allow],
        options=None if up else {"up": False},
        **proof,  # type: ignore[arg-type]  # two keyword arguments of different types
    )


def credential_id(made: AttestationResponse) -> bytes:
    data = made.auth_data.credential_data
    assert data is not None
    return data.credential_id


def public_key(made: AttestationResponse) -> ES256:
    data = made.auth_data.credential_data
    assert data is not None
    return ES256(data.public_key)


def code_of(error: pytest.ExceptionInfo[CtapError]) -> ERR:
    return error.value.code


def test_a_new_key_says_what_it_can() -> None:
    info = held(a_key(pin=None)).info
    assert info.versions == ["FIDO_2_0", "FIDO_2_1"]
    assert info.pin_uv_protocols == [2, 1]
    assert info.options["clientPin"] is False
    assert info.options["rk"] is True
    assert info.transports == ["nfc"]


@pytest.mark.parametrize("extended", [False, True])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_credential_made_with_a_pin_signs_with_a_pin(protocol: type[PinProtocol], extended: bool) -> None:
    plastic = a_key()
    made = make(held(plastic, extended), protocol=protocol())
    assert made.fmt == "packed"
    assert made.auth_data.flags == FLAG.UP | FLAG.UV | FLAG.AT
    PackedAttestation().verify(made.att_stmt, made.auth_data, HASH)
    got = get(held(plastic, extended), [credential_id(made)], protocol=protocol())
    got.verify(HASH, public_key(made))
    assert got.auth_data.flags == FLAG.UP | FLAG.UV
    assert got.auth_data.counter > made.auth_data.counter
    assert got.user is None


def test_without_a_pin_a_signature_claims_no_verification() -> None:
    plastic = a_key()
    made = make(held(plastic), pin=None)
    got = get(held(plastic), [credential_id(made)], pin=None)
    assert made.auth_data.flags == FLAG.UP | FLAG.AT
    assert got.auth_data.flags == FLAG.UP


def test_attestation_none_is_empty() -> None:
    made = make(held(a_key(attestation="none")))
    assert (made.fmt, made.att_stmt) == ("none", {})


def test_a_maker_vouches_for_its_keys() -> None:
    maker = Maker.new(AAGUID)
    made = make(held(a_key(maker=maker)))
    assert made.auth_data.credential_data is not None
    assert made.auth_data.credential_data.aaguid == AAGUID
    result = PackedAttestation().verify(made.att_stmt, made.auth_data, HASH)
    assert result.attestation_type == AttestationType.BASIC
    verify_x509_chain([*result.trust_path, maker.root.public_bytes(Encoding.DER)])


def test_discoverable_credentials_are_listed_newest_first() -> None:
    plastic = a_key()
    for user in ("anna", "ben", "cleo"):
        make(held(plastic), user, rk=True)
    ctap = held(plastic)
    first = get(ctap)
    assert first.number_of_credentials == 3
    assert first.user == {"id": b"cleo", "name": "cleo", "displayName": "Cleo"}
    others = [ctap.get_next_assertion().user for _ in range(2)]
    assert [u and u["id"] for u in others] == [b"ben", b"anna"]
    with pytest.raises(CtapError) as error:
        ctap.get_next_assertion()
    assert code_of(error) == ERR.NOT_ALLOWED


def test_names_are_not_told_without_verification() -> None:
    plastic = a_key()
    make(held(plastic), "anna", rk=True)
    make(held(plastic), "ben", rk=True)
    assert get(held(plastic), pin=None).user == {"id": b"ben"}


def test_a_listing_ends_after_a_while() -> None:
    clock = Clock()
    plastic = a_key(clock=clock)
    make(held(plastic), "anna", rk=True)
    make(held(plastic), "ben", rk=True)
    ctap = held(plastic)
    get(ctap)
    clock.now += LISTING_SECONDS + 1
    with pytest.raises(CtapError) as error:
        ctap.get_next_assertion()
    assert code_of(error) == ERR.NOT_ALLOWED


def test_making_again_for_the_same_user_replaces_the_discoverable_credential() -> None:
    plastic = a_key()
    make(held(plastic), "anna", rk=True)
    second = make(held(plastic), "anna", rk=True)
    got = get(held(plastic))
    assert got.number_of_credentials is None
    assert got.credential["id"] == credential_id(second)


def test_an_excluded_credential_is_not_made_again() -> None:
    plastic = a_key()
    made = make(held(plastic))
    with pytest.raises(CtapError) as error:
        make(held(plastic), exclude=[credential_id(made)])
    assert code_of(error) == ERR.CREDENTIAL_EXCLUDED


@pytest.mark.parametrize(("protect", "nameless", "named"), [(1, True, True), (2, False, True), (3, False, False)])
def test_cred_protect_hides_a_credential_from_the_unverified(protect: int, nameless: bool, named: bool) -> None:
    plastic = a_key()
    made = make(held(plastic), rk=True, protect=protect)
    assert made.auth_data.extensions == {"credProtect": protect}
    for allow, shown in ((None, nameless), ([credential_id(made)], named)):
        if shown:
            assert get(held(plastic), allow, pin=None).credential["id"] == credential_id(made)
        else:
            with pytest.raises(CtapError) as error:
                get(held(plastic), allow, pin=None)
            assert code_of(error) == ERR.NO_CREDENTIALS
    assert get(held(plastic)).credential["id"] == credential_id(made)


def test_another_hospitals_key_knows_nothing_of_ours() -> None:
    with pytest.raises(CtapError) as error:
        get(held(a_key()), pin=None)
    assert code_of(error) == ERR.NO_CREDENTIALS


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_pin_is_set_and_changed(protocol: type[PinProtocol]) -> None:
    plastic = a_key(pin=None)
    ctap = held(plastic)
    ClientPin(ctap, protocol()).set_pin("пароль")
    ClientPin(held(plastic), protocol()).change_pin("пароль", "ein ganz anderer Satz")
    assert make(held(plastic), pin="ein ganz anderer Satz", protocol=protocol()).auth_data.is_user_verified()
    with pytest.raises(CtapError) as error:
        ClientPin(held(plastic), protocol()).set_pin("0000")
    assert code_of(error) == ERR.PIN_AUTH_INVALID


def test_a_key_without_a_pin_says_so() -> None:
    with pytest.raises(CtapError) as error:
        make(held(a_key(pin=None)))
    assert code_of(error) == ERR.PIN_NOT_SET


def test_three_wrong_pins_need_a_lift_and_eight_block_the_key() -> None:
    plastic = a_key()
    wrong = []
    for _ in range(3):
        ctap = held(plastic)
        for _ in range(3):
            with pytest.raises(CtapError) as error:
                ClientPin(ctap).get_pin_token("0000", ClientPin.PERMISSION.GET_ASSERTION, RP)
            wrong.append(code_of(error))
    assert wrong == [
        *[ERR.PIN_INVALID, ERR.PIN_INVALID, ERR.PIN_AUTH_BLOCKED] * 2,
        ERR.PIN_INVALID,
        ERR.PIN_BLOCKED,
        ERR.PIN_BLOCKED,
    ]
    with pytest.raises(CtapError) as error:
        make(held(plastic))
    assert code_of(error) == ERR.PIN_BLOCKED
    assert ClientPin(held(plastic)).get_pin_retries() == (0, False)


def test_a_fourth_pin_in_one_placement_spends_no_retry_even_if_right() -> None:
    ctap = held(a_key())
    for pin in ("0000", "0000", "0000", PIN):
        with pytest.raises(CtapError):
            ClientPin(ctap).get_pin_token(pin, ClientPin.PERMISSION.GET_ASSERTION, RP)
    assert ClientPin(ctap).get_pin_retries() == (5, True)


def test_the_right_pin_restores_the_retries() -> None:
    ctap = held(a_key())
    with pytest.raises(CtapError):
        make(ctap, pin="0000")
    assert ClientPin(ctap).get_pin_retries()[0] == 7
    make(ctap)
    assert ClientPin(ctap).get_pin_retries()[0] == 8


def test_a_token_is_good_for_its_own_permission_and_party_alone() -> None:
    plastic = a_key()
    made = make(held(plastic))
    for permission, rp in (
        (ClientPin.PERMISSION.MAKE_CREDENTIAL, RP),
        (ClientPin.PERMISSION.GET_ASSERTION, "x.example"),
    ):
        ctap = held(plastic)
        proof = with_pin(ctap, PIN, permission, PinProtocolV2(), rp=rp)
        with pytest.raises(CtapError) as error:
            ctap.get_assertion(
                RP,
                HASH,
                [{"type": "public-key", "id": credential_id(made)}],
                **proof,  # type: ignore[arg-type]  # two keyword arguments of different types
            )
        assert code_of(error) == ERR.PIN_AUTH_INVALID


def test_a_token_grows_old() -> None:
    clock = Clock()
    ctap = held(a_key(clock=clock))
    proof = with_pin(ctap, PIN, ClientPin.PERMISSION.GET_ASSERTION, PinProtocolV2())
    clock.now += TOKEN_SECONDS
    with pytest.raises(CtapError) as error:
        ctap.get_assertion(RP, HASH, **proof)  # type: ignore[arg-type]  # two keyword arguments of different types
    assert code_of(error) == ERR.PIN_AUTH_INVALID


def test_presence_counts_once_a_placement_but_looking_is_free() -> None:
    plastic = a_key()
    made = make(held(plastic))
    allow = [credential_id(made)]
    ctap = held(plastic)
    assert not get(ctap, allow, pin=None, up=False).auth_data.is_user_present()
    assert get(ctap, allow).auth_data.is_user_present()
    with pytest.raises(CtapError) as error:
        get(ctap, allow)
    assert code_of(error) == ERR.OPERATION_DENIED


def test_a_key_left_lying_is_nobody_present() -> None:
    clock = Clock()
    plastic = a_key(clock=clock)
    ctap = held(plastic)
    clock.now += PRESENCE_SECONDS + 1
    with pytest.raises(CtapError) as error:
        make(ctap, pin=None)
    assert code_of(error) == ERR.OPERATION_DENIED


def test_reset_forgets_everything_but_only_soon_after_power_up() -> None:
    clock = Clock()
    plastic = a_key(clock=clock)
    make(held(plastic), rk=True)
    ctap = held(plastic)
    clock.now += RESET_SECONDS + 1
    with pytest.raises(CtapError) as error:
        ctap.reset()
    assert code_of(error) == ERR.NOT_ALLOWED
    held(plastic).reset()
    assert held(plastic).info.options["clientPin"] is False


def test_the_store_outlives_the_key_and_is_its_owners_alone(tmp_path: Path) -> None:
    made = make(held(a_key(tmp_path)), rk=True)
    path = tmp_path / "key.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    got = get(held(a_key(tmp_path)))
    assert got.credential["id"] == credential_id(made)
    assert got.auth_data.counter > made.auth_data.counter


def test_wrong_pins_are_remembered_without_power(tmp_path: Path) -> None:
    with pytest.raises(CtapError):
        make(held(a_key(tmp_path)), pin="0000")
    assert ClientPin(held(a_key(tmp_path))).get_pin_retries()[0] == 7


def test_a_cloned_keys_counter_goes_back() -> None:
    plastic = a_key(faults=KeyFaults(counter_back=True))
    made = make(held(plastic), pin=None)
    counters = [get(held(plastic), [credential_id(made)], pin=None).auth_data.counter for _ in range(2)]
    assert counters[1] <= counters[0]


def test_garbage_is_no_cbor() -> None:
    with pytest.raises((ValueError, KeyError, TypeError, IndexError)):
        held(a_key(faults=Faults(garbage=True)))


def test_nobody_touches_the_key() -> None:
    with pytest.raises(CtapError) as error:
        make(held(a_key(faults=KeyFaults(absent=True))), pin=None)
    assert code_of(error) == ERR.OPERATION_DENIED


MESSAGE, MESSAGE_WITHOUT_WAITING = bytes.fromhex("80108000010400"), bytes.fromhex("80100000010400")
ASK_AGAIN, CANCEL = bytes.fromhex("8011000000"), bytes.fromhex("8011110000")


def slow_key() -> InMemoryCard:
    card = in_memory_card(a_key(faults=KeyFaults(busy=2)))
    assert card.transmit(bytes.fromhex("00A4040008A0000006472F000100")) == (b"FIDO_2_0", 0x9000)
    return card


def test_a_slow_key_says_processing_until_it_is_done() -> None:
    card = slow_key()
    assert [card.transmit(MESSAGE), card.transmit(ASK_AGAIN)] == [(b"\x01", 0x9100)] * 2
    info, sw = card.transmit(ASK_AGAIN)
    assert (info[0], sw) == (0, 0x9000)
    assert card.transmit(ASK_AGAIN)[1] == 0x6985


def test_a_slow_key_can_be_told_to_stop() -> None:
    card = slow_key()
    card.transmit(MESSAGE)
    assert card.transmit(CANCEL) == (bytes([ERR.KEEPALIVE_CANCEL]), 0x9000)


def test_a_key_does_not_say_processing_to_who_cannot_ask_again() -> None:
    info, sw = slow_key().transmit(MESSAGE_WITHOUT_WAITING)
    assert (info[0], sw) == (0, 0x9000)


def test_python_fido2_waits_for_a_slow_key() -> None:
    told: list[int] = []
    held(a_key(faults=KeyFaults(busy=1))).selection(on_keepalive=told.append)
    assert told == [1]


class Person(UserInteraction):
    def request_pin(self, permissions: ClientPin.PERMISSION, rp_id: str | None) -> str | None:
        return PIN


def test_python_fido2s_client_and_server_accept_it_end_to_end() -> None:
    plastic = a_key()
    server = Fido2Server(
        PublicKeyCredentialRpEntity(name="Hospital", id=RP), attestation=AttestationConveyancePreference.DIRECT
    )

    def client() -> Fido2Client:
        device = CtapPcscDevice(Line(in_memory_card(plastic)), "In Memory")
        return Fido2Client(device, DefaultClientDataCollector(f"https://{RP}"), user_interaction=Person())

    user = PublicKeyCredentialUserEntity(id=os.urandom(16), name="anna", display_name="Anna")
    options, state = server.register_begin(
        user,
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    registered = server.register_complete(state, client().make_credential(options.public_key))
    data = registered.credential_data
    assert data is not None
    for known in (
        None,
        [PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=data.credential_id)],
    ):
        request, state = server.authenticate_begin(known, UserVerificationRequirement.REQUIRED)
        answer = client().get_assertion(request.public_key).get_response(0)
        assert server.authenticate_complete(state, [data], answer) == data
        assert answer.response.user_handle == user.id
