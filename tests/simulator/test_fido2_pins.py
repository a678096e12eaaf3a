"""The software key's PIN: set, changed, wrong, blocked; and what a token of it is good for."""

from __future__ import annotations

from pathlib import Path

import pytest
from fido2.ctap import CtapError
from fido2.ctap2.pin import ClientPin, PinProtocol, PinProtocolV2

from kiosk.simulator.ctap_session import TOKEN_SECONDS
from tests.fakes.ctap import ERR, HASH, PIN, PROTOCOLS, RP, Clock, code_of, credential_id, held, make, with_pin
from tests.fakes.simulated_cards import a_key


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


def test_wrong_pins_are_remembered_without_power(tmp_path: Path) -> None:
    with pytest.raises(CtapError):
        make(held(a_key(tmp_path)), pin="0000")
    assert ClientPin(held(a_key(tmp_path))).get_pin_retries()[0] == 7
