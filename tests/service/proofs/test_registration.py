"""A key's enrolment is verified: challenge, exact origin, RP ID, age, and what its attestation is worth."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.credential import make_credential
from kiosk.credential.enrol import Made
from kiosk.model.binding import b64u
from kiosk.model.secret import Secret
from kiosk.service.proofs.registration import (
    SECONDS,
    Begun,
    RegistrationRefusedError,
    begin,
    complete,
    one_way_to_write,
)
from tests.fakes.simulated_cards import a_key, in_memory_card

NOW = 1_795_000_000
ORIGIN, RP_ID = "https://auth.hospital.example", "auth.hospital.example"


def begun(origin: str = ORIGIN, rp_id: str = RP_ID, known: tuple[str, ...] = ()) -> Begun:
    return begin(origin, rp_id, user_handle=b"h" * 32, login="ada", name="Ada", known=known, now=NOW)


def made(one: Begun, origin: str = ORIGIN) -> Made:
    return make_credential(in_memory_card(a_key(pin="2468")), one.options, origin, Secret("2468"))


def test_a_key_that_answers_rightly_is_enrolled_but_not_trusted_as_hardware() -> None:
    one = begun()
    answer = made(one)
    verified = complete(one, answer.client_data, answer.attestation_object, NOW + 1)
    assert verified.credential_id == b64u(answer.credential_id)
    assert verified.verified
    assert verified.attestation == "none"
    assert (verified.backup_eligible, verified.backed_up) == (False, False)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://sub.auth.hospital.example",
        "https://auth.hospital.example:8443",
        "http://auth.hospital.example",
        "https://auth.hospital.example/",
    ],
)
def test_only_the_exact_origin_counts(origin: str) -> None:
    one = begun()
    answer = made(one, origin)
    with pytest.raises(RegistrationRefusedError, match="origin"):
        complete(one, answer.client_data, answer.attestation_object, NOW)


def test_an_answer_to_another_challenge_is_refused() -> None:
    answer = made(begun())
    with pytest.raises(RegistrationRefusedError):
        complete(begun(), answer.client_data, answer.attestation_object, NOW)


def test_an_answer_for_another_rp_id_is_refused() -> None:
    one = begun()
    other = replace(one, options=begun(rp_id="evil.example").options)
    answer = make_credential(
        in_memory_card(a_key(pin="2468")),
        replace(other.options, challenge=one.options.challenge),
        ORIGIN,
        Secret("2468"),
    )
    with pytest.raises(RegistrationRefusedError):
        complete(one, answer.client_data, answer.attestation_object, NOW)


def test_an_answer_that_comes_too_late_is_refused() -> None:
    one = begun()
    answer = made(one)
    with pytest.raises(RegistrationRefusedError, match="too long"):
        complete(one, answer.client_data, answer.attestation_object, NOW + SECONDS)


@pytest.mark.parametrize("rubbish", [b"", b"\xa0", b"\xff" * 40, b"{}"])
def test_rubbish_is_refused(rubbish: bytes) -> None:
    one = begun()
    answer = made(one)
    with pytest.raises(RegistrationRefusedError):
        complete(one, rubbish, answer.attestation_object, NOW)
    with pytest.raises(RegistrationRefusedError):
        complete(one, answer.client_data, rubbish, NOW)


def test_what_the_person_has_is_excluded() -> None:
    excluded = begun(known=(b64u(b"c" * 32),)).options.exclude_credentials
    assert excluded is not None
    assert [credential.id for credential in excluded] == [b"c" * 32]


EC2 = {1: 2, 3: -7, -1: 1, -2: b"x" * 32, -3: b"y" * 32}
RSA = {1: 3, 3: -257, -1: b"n" * 256, -2: b"\1\0\1"}
OKP = {1: 1, 3: -8, -1: 6, -2: b"x" * 32}


@pytest.mark.parametrize(
    "key",
    [
        {**EC2, 2: b"id"},
        {**EC2, 4: [2]},
        {**EC2, -2: b"\0" + b"x" * 32},
        {**EC2, -3: True},
        {**EC2, -4: b"d"},
        {**EC2, -1: 2},
        {**RSA, -1: b"\0" + b"n" * 256},
        {**RSA, -2: b"\0\1\0\1"},
        {**RSA, -2: b""},
        {**OKP, -2: b"x" * 33},
        {**OKP, 5: b"iv"},
        {1: 4, 3: 5, -1: b"k"},
        {},
    ],
    ids=str,
)
def test_one_key_has_one_way_to_be_written(key: dict[int, object]) -> None:
    assert not one_way_to_write(key)


@pytest.mark.parametrize("key", [EC2, RSA, OKP, {1: 7, 3: -48, -1: b"k" * 1312}], ids=["EC2", "RSA", "OKP", "AKP"])
def test_a_key_as_it_is_written(key: dict[int, object]) -> None:
    assert one_way_to_write(key)
