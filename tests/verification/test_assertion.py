"""An assertion counts for its own challenge, origin, key and person, and for nothing else."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor

from kiosk.model.binding import b64u
from kiosk.model.proof import Fido2Proof
from kiosk.model.refusal import RefusalCode
from kiosk.verification.fido2 import MAX_FIELD, Credential, Expected, verify
from kiosk.verification.refused import ProofRefusedError

UP, UV, BE, BS = 0x01, 0x04, 0x08, 0x10
KEY = ec.generate_private_key(ec.SECP256R1())
CHALLENGE = bytes(range(32))
ORIGIN, RP_ID, HANDLE = "https://auth.hospital.example", "auth.hospital.example", b"ada's handle"
EXPECTED = Expected(CHALLENGE, ORIGIN, RP_ID, user_verification=True, handle_required=True)


def cose(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Its public key as a COSE_Key (RFC 9053 section 7.1.1)."""
    numbers = key.public_key().public_numbers()
    x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
    return cbor.encode({1: 2, 3: -7, -1: 1, -2: x, -3: y})


CREDENTIAL = Credential("key-1", "ada", cose(KEY), 7, HANDLE, "pin", hardware=True, backup_eligible=False)


def proof(
    *,
    flags: int = UP | UV,
    counter: int = 8,
    rp_id: str = RP_ID,
    handle: str | None = b64u(HANDLE),
    **client: object,
) -> Fido2Proof:
    """What the key answers; ``client``: members of the client data that are others."""
    data = hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + counter.to_bytes(4, "big")
    said = {"type": "webauthn.get", "challenge": b64u(CHALLENGE), "origin": ORIGIN, "crossOrigin": False, **client}
    client_data = json.dumps(said).encode()
    signature = KEY.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
    return Fido2Proof("key-1", b64u(data), b64u(client_data), b64u(signature), handle)


def refused(answer: Fido2Proof, credential: Credential = CREDENTIAL, expected: Expected = EXPECTED) -> str:
    """The check that it fails, with what the person is told."""
    with pytest.raises(ProofRefusedError) as caught:
        verify(answer, credential, expected)
    assert str(caught.value) == f"{caught.value.code}: {caught.value.why}"
    return str(caught.value)


def test_what_the_key_answers_is_taken_with_its_counter() -> None:
    done = verify(proof(), CREDENTIAL, EXPECTED)
    assert (done.sign_count, done.backed_up) == (8, False)
    data = hashlib.sha256(RP_ID.encode()).digest() + bytes([UP | UV]) + (8).to_bytes(4, "big")
    assert done.authenticator_data == data
    assert json.loads(done.client_data)["origin"] == ORIGIN
    KEY.public_key().verify(done.signature, data + hashlib.sha256(done.client_data).digest(), ec.ECDSA(hashes.SHA256()))


BAD = RefusalCode.BAD_SIGNATURE


@pytest.mark.parametrize(
    ("answer", "code", "why"),
    [
        (proof(type="webauthn.create"), BAD, "type"),
        (proof(challenge=b64u(CHALLENGE[::-1])), BAD, "challenge"),
        (proof(origin="https://evil.example"), BAD, "origin"),
        (proof(crossOrigin=True), BAD, "cross origin"),
        (proof(rp_id="evil.example"), BAD, "rp id"),
        (proof(flags=UV), BAD, "user presence"),
        (proof(flags=UP), RefusalCode.NOT_VERIFIED, "user verification"),
        (proof(flags=UP | UV | BS), BAD, "backup state"),
        (proof(flags=UP | UV | BE), BAD, "backup eligibility"),
        (proof(handle=None), RefusalCode.WRONG_KEY, "no user handle"),
        (proof(handle=b64u(b"ben's handle")), RefusalCode.WRONG_KEY, "user handle"),
        (proof(handle="!"), BAD, "user handle"),
        (proof(counter=7), RefusalCode.COUNTER_WENT_BACK, "counter"),
        (proof(counter=0), RefusalCode.COUNTER_WENT_BACK, "counter"),
        (proof(origin=5), BAD, "client data"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_whatever_is_bound_to_something_else_fails_by_the_name_of_its_check(
    answer: Fido2Proof, code: RefusalCode, why: str
) -> None:
    assert refused(answer) == f"{code}: {why}"


def test_what_is_not_asked_for_need_not_be_there() -> None:
    touch = replace(EXPECTED, user_verification=False, handle_required=False)
    assert verify(proof(flags=UP, handle=None), CREDENTIAL, touch).sign_count == 8
    assert refused(proof(flags=UP, handle=b64u(b"ben's handle")), expected=touch).endswith("user handle")


def test_a_key_that_counts_nothing_is_taken_each_time_and_one_that_counted_is_not_without() -> None:
    silent = replace(CREDENTIAL, sign_count=0)
    assert verify(proof(counter=0), silent, EXPECTED).sign_count == 0
    assert verify(proof(counter=1), silent, EXPECTED).sign_count == 1


def test_a_key_that_may_be_copied_says_whether_it_was() -> None:
    synced = replace(CREDENTIAL, backup_eligible=True)
    assert verify(proof(flags=UP | UV | BE | BS), synced, EXPECTED).backed_up
    assert not verify(proof(flags=UP | UV | BE), synced, EXPECTED).backed_up
    assert refused(proof(), synced).endswith("backup eligibility")


@pytest.mark.parametrize(
    "public",
    [cose(ec.generate_private_key(ec.SECP256R1())), cbor.encode([1]), cbor.encode({1: 2}), cbor.encode({3: -65000})],
    ids=["another", "no map", "half of one", "of no known kind"],
)
def test_a_signature_counts_under_its_own_key_alone(public: bytes) -> None:
    assert refused(proof(), replace(CREDENTIAL, public_key=public)) == f"{BAD}: signature"


@pytest.mark.parametrize("field", ["authenticator_data", "client_data", "signature"])
def test_what_is_too_long_or_no_bytes_is_not_looked_into(field: str) -> None:
    def saying(text: str) -> Fido2Proof:
        return replace(proof(), **{field: text})  # type: ignore[arg-type]  # each of its field's type

    assert refused(saying("A" * (MAX_FIELD + 1))) == f"{BAD}: too long"
    assert refused(saying("A" * MAX_FIELD)) != f"{BAD}: too long"
    assert refused(saying("A")) == f"{BAD}: malformed"


@pytest.mark.parametrize("client", [b"", b"[]", b"{}", b"\xff", b"[" * 6000, b'{"type":"webauthn.get"}'])
def test_client_data_of_other_people_is_malformed(client: bytes) -> None:
    assert refused(replace(proof(), client_data=b64u(client))) == f"{BAD}: malformed"
