"""FIDO2 keys: second factor and identifying tap, and every way in which an assertion can be wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
import pytest_asyncio

from kiosk.model import binding
from kiosk.service.store import people
from tests.fakes.client import NOW, ORIGIN, Answer, Client
from tests.fakes.keys import BE, BS, UP, UV, SoftKey, give_key
from tests.fakes.service import Hospital

ADA = "04A1B2C3"
TAP = {
    "presented": {"kind": "fido2", "aaguid": "00" * 16, "has_pin": True, "built_in_uv": False, "uid": None},
    "tap": 1,
}


class Ward:
    """Ada with a badge and a key, at a workstation."""

    def __init__(self, hospital: Hospital, person: str, key: SoftKey, station: Client) -> None:
        self.hospital = hospital
        self.person = person
        self.key = key
        self.station = station

    async def asked(self) -> tuple[str, dict[str, Any]]:
        """A ceremony after a badge tap, and its challenge for the key."""
        ceremony = (await self.station.tap(ADA)).body["id"]
        answer = await self.station.challenge(ceremony, "fido2")
        assert answer.status == 200, answer.body
        return ceremony, answer.body

    async def tapped(self) -> tuple[str, dict[str, Any]]:
        """A ceremony after the key itself was tapped, and its challenge."""
        ceremony = (await self.station.post("/v1/ceremonies", TAP)).body["id"]
        answer = await self.station.challenge(ceremony, "fido2_tap")
        assert answer.status == 200, answer.body
        return ceremony, answer.body

    async def try_with(self, **bent: Any) -> Answer:
        """A bent assertion as second factor."""
        ceremony, challenge = await self.asked()
        return await self.station.prove(ceremony, self.key.sign(challenge, **bent))


async def _ward(hospital: Hospital) -> Ward:
    person = await hospital.person("ada")
    await hospital.badge(person, ADA)
    return Ward(hospital, person, await give_key(hospital, person), await hospital.station())


@pytest_asyncio.fixture
async def ward(service: Hospital) -> Ward:
    return await _ward(service)


async def test_a_key_with_user_verification_opens_as_phishing_resistant(either: Hospital) -> None:
    ward = await _ward(either)
    view = await ward.station.tap(ADA)
    offer = view.body["offers"][0]
    assert (offer["method"], offer["names"], offer["retries_left"]) == ("fido2", ["blue key"], None)
    challenge = (await ward.station.challenge(view.body["id"], "fido2")).body
    assert (challenge["rp_id"], challenge["origin"], challenge["user_verification"]) == (
        "auth.hospital.example",
        ORIGIN,
        "required",
    )
    assert challenge["allow"] == [ward.key.credential_id]
    done = await ward.station.prove(view.body["id"], ward.key.sign(challenge))
    assert done.body["session"]["assurance"] == {"acr": "phr", "amr": ["pop", "pin", "mfa"], "auth_time": NOW}


async def test_the_challenge_is_bound_to_its_statement(ward: Ward) -> None:
    ceremony, challenge = await ward.asked()
    nonce, statement = binding.unb64u(challenge["nonce"]), challenge["statement"].encode()
    assert len(nonce) == 32
    assert binding.b64u(binding.challenge(challenge["label"], nonce, statement)) == challenge["challenge"]
    said = json.loads(statement)
    assert (said["ceremony"], said["kind"], said["who"]["login"], said["workstation"], said["time"]) == (
        ceremony,
        "sign_in",
        "ada",
        ward.station.client_id,
        NOW,
    )


async def test_a_trusted_attestation_makes_it_hardware_and_a_fingerprint_makes_it_user(service: Hospital) -> None:
    person = await service.person("ada")
    await service.badge(person, ADA)
    key = await give_key(service, person, user_verification="builtin", trusted=True)
    ward = Ward(service, person, key, await service.station())
    done = await ward.try_with()
    assert done.body["session"]["assurance"]["acr"] == "phrh"
    assert done.body["session"]["assurance"]["amr"] == ["pop", "hwk", "user", "mfa"]


@pytest.mark.parametrize(
    ("bent", "code"),
    [
        ({"type": "webauthn.create"}, "bad_signature"),
        ({"challenge": binding.b64u(b"x" * 32)}, "bad_signature"),
        ({"origin": "https://evil.example"}, "bad_signature"),
        ({"origin": "https://sub.auth.hospital.example"}, "bad_signature"),
        ({"origin": ORIGIN + ":8443"}, "bad_signature"),
        ({"origin": ORIGIN + "/"}, "bad_signature"),
        ({"origin": "http://auth.hospital.example"}, "bad_signature"),
        ({"cross_origin": True}, "bad_signature"),
        ({"rp_id": "hospital.example"}, "bad_signature"),
        ({"flags": UV}, "bad_signature"),
        ({"flags": UP}, "not_verified"),
        ({"flags": UP | UV | BE}, "bad_signature"),
        ({"flags": UP | UV | BS}, "bad_signature"),
        ({"signature": b"\x30\x00"}, "bad_signature"),
        ({"signature": b""}, "bad_signature"),
        ({"credential_id": "AAAA"}, "wrong_key"),
        ({"handle": "AAAA"}, "wrong_key"),
    ],
    ids=str,
)
async def test_a_bent_assertion_is_refused_by_name(ward: Ward, bent: dict[str, Any], code: str) -> None:
    answer = await ward.try_with(**bent)
    assert (answer.status, answer.body["state"], answer.code) == (200, "prove", code)
    refused = (await ward.hospital.trail("proof"))[-1]
    assert (refused["result"], refused["reason"]) == ("refused", code)
    assert (await ward.try_with()).body["state"] == "done"


async def test_garbage_instead_of_an_assertion_is_refused(ward: Ward) -> None:
    for name in ("authenticator_data", "client_data", "signature", "user_handle"):
        for garbage in ("", "!!", "AAAA", "A" * 9000):
            ceremony, challenge = await ward.asked()
            answer = await ward.station.prove(ceremony, ward.key.sign(challenge) | {name: garbage})
            assert answer.body["state"] == "prove", (name, garbage)
            assert answer.code in ("bad_signature", "wrong_key")


async def test_a_counter_that_went_back_ends_the_ceremony(ward: Ward) -> None:
    assert (await ward.try_with(counter=7)).body["state"] == "done"
    ward.hospital.clock.pass_by(5 * 3600)
    for counter in (7, 6, 0):
        answer = await ward.try_with(counter=counter)
        assert (answer.body["state"], answer.code) == ("refused", "counter_went_back")
    assert {row["reason"] for row in await ward.hospital.trail("sign_in") if row["result"] == "refused"} == {
        "counter_went_back"
    }


async def test_a_key_without_a_counter_is_fine(ward: Ward) -> None:
    for _ in range(2):
        assert (await ward.try_with(counter=0)).body["state"] == "done"
        ward.hospital.clock.pass_by(5 * 3600)


async def test_a_challenge_counts_once_even_for_a_failed_try(ward: Ward) -> None:
    ceremony, challenge = await ward.asked()
    await ward.station.prove(ceremony, ward.key.sign(challenge, origin="https://evil.example"))
    again = await ward.station.prove(ceremony, ward.key.sign(challenge))
    assert (again.body["state"], again.code) == ("prove", "expired")


async def test_a_newer_challenge_ends_the_older(ward: Ward) -> None:
    ceremony, old = await ward.asked()
    await ward.station.challenge(ceremony, "fido2")
    assert (await ward.station.prove(ceremony, ward.key.sign(old))).code == "bad_signature"


async def test_a_challenge_lives_sixty_seconds(ward: Ward) -> None:
    ceremony, challenge = await ward.asked()
    ward.hospital.clock.pass_by(60)
    assert (await ward.station.prove(ceremony, ward.key.sign(challenge))).code == "expired"


async def test_a_challenge_does_not_survive_a_clock_set_back(ward: Ward) -> None:
    ceremony, challenge = await ward.asked()
    ward.hospital.clock.pass_by(-30)
    assert (await ward.station.prove(ceremony, ward.key.sign(challenge))).code == "expired"


async def test_a_challenge_of_another_ceremony_is_worth_nothing(ward: Ward) -> None:
    _, theirs = await ward.asked()
    mine, _ = await ward.asked()
    assert (await ward.station.prove(mine, ward.key.sign(theirs))).code == "bad_signature"


async def test_a_colleagues_key_is_the_wrong_key(ward: Ward) -> None:
    other = await give_key(ward.hospital, await ward.hospital.person("bob"))
    ceremony, challenge = await ward.asked()
    answer = await ward.station.prove(ceremony, other.sign(challenge))
    assert (answer.body["state"], answer.code) == ("prove", "wrong_key")


async def test_wrong_signatures_never_lock_a_key_out(ward: Ward) -> None:
    for _ in range(12):
        await ward.try_with(signature=b"\x30\x00")
    assert (await ward.try_with()).body["state"] == "done"


async def test_a_tap_identifies_by_its_credential_and_then_asks_for_a_second_factor(ward: Ward) -> None:
    view = await ward.station.post("/v1/ceremonies", TAP)
    assert (view.body["person"], view.body["why"]) == (None, "possession")
    assert [o["method"] for o in view.body["offers"]] == ["fido2_tap", "fido2"]
    challenge = (await ward.station.challenge(view.body["id"], "fido2_tap")).body
    assert (challenge["allow"], challenge["user_verification"]) == ([], "discouraged")
    view = await ward.station.prove(view.body["id"], ward.key.sign(challenge))
    assert (view.body["state"], view.body["why"], view.body["person"]["login"]) == ("prove", "first_sign_in", "ada")
    assert [o["method"] for o in view.body["offers"]] == ["fido2", "pin"]
    done = await ward.station.pin(view.body["id"], "123456")
    assert done.body["session"]["assurance"] == {
        "acr": "urn:kiosk:mfa",
        "amr": ["pop", "pin", "mfa"],
        "auth_time": NOW,
    }


async def test_a_tap_within_grace_opens_as_possession(ward: Ward) -> None:
    await ward.station.open(ADA)
    ceremony, challenge = await ward.tapped()
    done = await ward.station.prove(ceremony, ward.key.sign(challenge))
    assert done.body["session"]["assurance"] == {"acr": "urn:kiosk:possession", "amr": ["pop"], "auth_time": NOW}


async def test_a_tap_needs_the_user_handle_and_an_active_person(ward: Ward) -> None:
    ceremony, challenge = await ward.tapped()
    assert (await ward.station.prove(ceremony, ward.key.sign(challenge, handle=None))).code == "wrong_key"
    ceremony, challenge = await ward.tapped()
    await ward.hospital.db.write(people.set_active, ward.person, False)
    answer = await ward.station.prove(ceremony, ward.key.sign(challenge))
    assert (answer.body["state"], answer.code) == ("refused", "suspended")


async def test_a_tap_by_a_key_that_nobody_enrolled_is_the_wrong_key(ward: Ward) -> None:
    ceremony, challenge = await ward.tapped()
    assert (await ward.station.prove(ceremony, SoftKey().sign(challenge))).code == "wrong_key"


async def named_by_its_pin(ward: Ward) -> tuple[str, dict[str, Any]]:
    """A key that showed nothing at its tap is asked again, by its PIN."""
    ceremony, _ = await ward.tapped()
    answer = await ward.station.challenge(ceremony, "fido2")
    assert answer.status == 200, answer.body
    return ceremony, answer.body


async def test_a_key_that_hides_says_whose_it_is_by_its_pin(either: Hospital) -> None:
    ward = await _ward(either)
    ceremony, challenge = await named_by_its_pin(ward)
    assert (challenge["allow"], challenge["guarded"], challenge["user_verification"]) == ([], [], "required")
    done = await ward.station.prove(ceremony, ward.key.sign(challenge))
    session = done.body["session"]
    assert (session["person"]["login"], session["assurance"]["acr"]) == ("ada", "phr")
    row = (await ward.hospital.trail("sign_in"))[0]
    assert (row["method"], row["acr"], len(row["evidence"])) == ("fido2", "phr", 64)


async def test_a_key_that_says_whose_it_is_needs_its_user_verified_its_handle_and_to_be_somebodys(ward: Ward) -> None:
    for bent in ({"flags": 0x01}, {"handle": None}, {"signature": b"\x30\x00"}):
        ceremony, challenge = await named_by_its_pin(ward)
        answer = await ward.station.prove(ceremony, ward.key.sign(challenge, **bent))
        assert (answer.body["state"], answer.body["person"]) == ("prove", None)
        assert answer.body["refusal"] is not None
    ceremony, challenge = await named_by_its_pin(ward)
    assert (await ward.station.prove(ceremony, SoftKey().sign(challenge))).code == "wrong_key"
    ceremony, challenge = await named_by_its_pin(ward)
    await ward.hospital.db.write(people.set_active, ward.person, False)
    answer = await ward.station.prove(ceremony, ward.key.sign(challenge))
    assert (answer.body["state"], answer.code) == ("refused", "suspended")


async def test_what_was_signed_for_a_tap_does_not_count_as_verified(ward: Ward) -> None:
    ceremony, tapped = await ward.tapped()
    await ward.station.challenge(ceremony, "fido2")
    answer = await ward.station.prove(ceremony, ward.key.sign(tapped))
    assert (answer.body["state"], answer.body["person"]) == ("prove", None)


async def test_the_trail_keeps_the_evidence_of_a_key(ward: Ward) -> None:
    await ward.try_with()
    row = (await ward.hospital.trail("sign_in"))[0]
    assert (row["method"], row["acr"], len(row["evidence"])) == ("fido2", "phr", 64)
