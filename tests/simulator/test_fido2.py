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
from fido2.ctap2.base import AttestationResponse
from fido2.ctap2.pin import ClientPin, PinProtocol
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

from kiosk.simulator.ctap_maker import KeyManufacturer
from kiosk.simulator.ctap_session import LISTING_SECONDS, PRESENCE_SECONDS, RESET_SECONDS
from kiosk.simulator.fido2 import KeyFaults
from kiosk.simulator.fido2_store import AAGUID
from kiosk.simulator.simulated_card import Faults
from tests.fakes.ctap import ERR, HASH, PIN, PROTOCOLS, RP, Clock, Line, code_of, credential_id, get, held, make
from tests.fakes.simulated_cards import a_key, in_memory_card

FLAG = AuthenticatorData.FLAG


def public_key(made: AttestationResponse) -> ES256:
    data = made.auth_data.credential_data
    assert data is not None
    return ES256(data.public_key)


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
    maker = KeyManufacturer.new(AAGUID)
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
