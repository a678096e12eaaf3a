"""What a new key says of its maker: verified, led to a root, and weighed against the rules."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

from kiosk.service.metadata.models import KeyModel, Status
from kiosk.service.policy.authenticator_rules import KeyRules
from kiosk.service.proofs.authenticator_policy import Judgement, KeyFault, KeyProperties, judge
from kiosk.service.proofs.registration import Begun, RegistrationRefusedError, VerifiedRegistration, begin, complete
from tests.fakes.attested import AT, BE, BS, MODEL, UP, UV, KeyMaker, NewKey, der, maker
from tests.fakes.client import NOW, ORIGIN
from tests.fakes.service import RP_ID

ZERO = bytes(16)
REQUIRED = KeyRules(attestation="required")
OPTIONAL = KeyRules(attestation="optional")


def begun() -> Begun:
    return begin(ORIGIN, RP_ID, user_handle=b"h" * 32, login="ada", name="Ada", known=(), now=NOW, attested=True)


def answered(made_by: KeyMaker | None, fmt: str = "packed", aaguid: bytes = MODEL, **bent: Any) -> VerifiedRegistration:
    one = begun()
    return complete(one, *NewKey(made_by, aaguid).answer(one, fmt, **bent), NOW)


def facts(made: VerifiedRegistration, at: int = NOW) -> KeyProperties:
    return KeyProperties(made.aaguid, made.statement.kind, made.statement.path, made.backup_eligible, at)


def known(made_by: KeyMaker, *statuses: str, roots: tuple[bytes, ...] | None = None) -> KeyModel:
    certificates = (der(made_by.root),) if roots is None else roots
    return KeyModel(
        (made_by.aaguid.hex(),), "Test Key", tuple(Status(report, "2020-01-01") for report in statuses), certificates
    )


def judged(made_by: KeyMaker, rules: KeyRules = REQUIRED, *statuses: str, **more: Any) -> Judgement:
    model = known(made_by, *statuses, **more)
    return judge(rules, facts(answered(made_by, aaguid=made_by.aaguid)), model, NOW, strict=True)


@pytest.mark.parametrize("middle", [None, {}], ids=["one certificate", "two"])
def test_a_key_of_a_known_maker_is_trusted(middle: dict[str, Any] | None) -> None:
    assert judged(maker(NOW, middle=middle)) == Judgement(True, "Test Key")


def test_a_key_whose_very_certificate_is_in_the_metadata_is_trusted() -> None:
    made_by = maker(NOW)
    assert judged(made_by, roots=(der(made_by.path[0]),)).trusted


def test_a_u2f_key_is_known_by_its_certificate() -> None:
    made_by = maker(NOW, ZERO)
    verified = answered(made_by, "fido-u2f", ZERO)
    assert (verified.attestation, verified.statement.kind) == ("fido-u2f", "certified")
    assert judge(REQUIRED, facts(verified), known(made_by), NOW, strict=True).trusted


@pytest.mark.parametrize(
    ("fmt", "bent"),
    [
        ("packed", {"signature": b"\x30\x00"}),
        ("packed", {"signature": b""}),
        ("packed", {"statement": {}}),
        ("packed", {"statement": {"alg": -7, "sig": 3}}),
        ("packed", {"statement": {"alg": "x", "sig": b"", "x5c": [b""]}}),
        ("packed", {"statement": {"alg": -7, "sig": b"", "ecdaaKeyId": b""}}),
        ("packed", {"x5c": [b"rubbish"]}),
        ("packed", {"x5c": 3}),
        ("packed", {"x5c": ["text"]}),
        ("none", {"statement": {"sig": b""}}),
        ("fido-u2f", {"statement": {"sig": b"", "x5c": []}}),
        ("fido-u2f", {}),
        ("tpm", {"statement": {"ver": "2.0"}}),
        ("apple", {"statement": {"x5c": []}}),
    ],
    ids=str,
)
def test_a_forged_or_malformed_statement_is_refused(fmt: str, bent: dict[str, Any]) -> None:
    with pytest.raises(RegistrationRefusedError, match="attestation"):
        answered(maker(NOW), fmt, **bent)


def test_a_statement_signed_for_another_key_is_refused() -> None:
    made_by = maker(NOW)
    stolen = maker(NOW)
    with pytest.raises(RegistrationRefusedError, match="does not verify"):
        answered(made_by, x5c=stolen.chain)


def test_a_certificate_for_another_model_is_refused() -> None:
    with pytest.raises(RegistrationRefusedError, match="does not verify"):
        answered(maker(NOW, certified_for=b"\x02" * 16))


def test_an_attested_key_without_model_number_is_refused() -> None:
    with pytest.raises(RegistrationRefusedError, match="all zero"):
        answered(maker(NOW, ZERO), aaguid=ZERO)


def test_a_u2f_statement_with_a_model_number_is_refused() -> None:
    with pytest.raises(RegistrationRefusedError, match="no model number"):
        answered(maker(NOW), "fido-u2f")


def test_a_u2f_statement_with_two_certificates_is_refused() -> None:
    with pytest.raises(RegistrationRefusedError, match="form"):
        answered(maker(NOW, ZERO, middle={}), "fido-u2f", ZERO)


UNKNOWN_CRITICAL = (x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00"), True)


@pytest.mark.parametrize(
    "bent",
    [
        {"root": {"ends": -1}},
        {"middle": {"ends": -1}},
        {"middle": {"begins": 1}},
        {"middle": {"ca": False}},
        {"root": {"ca": False}},
        {"root": {"length": 0}, "middle": {}},
        {"batch": {"ends": -1}},
        {"batch": {"begins": 1}},
        {"batch": {"extensions": [UNKNOWN_CRITICAL]}},
    ],
    ids=str,
)
def test_a_chain_that_is_expired_or_not_of_cas_is_refused(bent: dict[str, Any]) -> None:
    made_by = maker(NOW, **bent)
    assert judged(made_by) == Judgement(False, None, KeyFault.BAD_PATH)
    assert judged(made_by, OPTIONAL).fault is KeyFault.BAD_PATH


def test_a_key_of_another_maker_that_claims_a_known_model_is_refused() -> None:
    honest, forger = maker(NOW), maker(NOW)
    claimed = facts(answered(forger))
    assert judge(OPTIONAL, claimed, known(honest), NOW, strict=True) == Judgement(False, None, KeyFault.BAD_PATH)


@pytest.mark.parametrize("fmt", ["none", "packed"], ids=["none", "self"])
def test_a_key_without_maker_is_refused_only_where_attestation_is_required(fmt: str) -> None:
    made = facts(answered(None, fmt))
    assert made.kind == ("none" if fmt == "none" else "self")
    assert judge(REQUIRED, made, None, NOW, strict=True).fault is KeyFault.NOT_ATTESTED
    assert judge(OPTIONAL, made, None, NOW, strict=True) == Judgement(False, None)


def test_a_format_that_nobody_knows_proves_nothing() -> None:
    made = facts(answered(None, "android-safetynet", statement={"ver": "1"}))
    assert made.kind == "unknown"
    assert judge(REQUIRED, made, None, NOW, strict=True).fault is KeyFault.NOT_ATTESTED


def test_an_unknown_model_is_refused_only_where_attestation_is_required() -> None:
    made = facts(answered(maker(NOW)))
    assert judge(REQUIRED, made, None, NOW, strict=True).fault is KeyFault.UNKNOWN_MODEL
    assert judge(OPTIONAL, made, None, NOW, strict=True) == Judgement(False, None)


def test_a_compromised_model_is_refused_whatever_the_rules() -> None:
    made_by = maker(NOW)
    for rules in (KeyRules(), OPTIONAL, REQUIRED):
        found = judged(made_by, rules, "FIDO_CERTIFIED_L3", "USER_KEY_REMOTE_COMPROMISE")
        assert found == Judgement(False, "Test Key", KeyFault.COMPROMISED, "USER_KEY_REMOTE_COMPROMISE")


def test_models_are_denied_and_allowed_by_number() -> None:
    made_by = maker(NOW)
    deny = KeyRules(attestation="optional", aaguid_deny=(MODEL.hex(),))
    assert judged(made_by, deny).fault is KeyFault.DENIED
    other = KeyRules(attestation="required", aaguid_allow=("b2" * 16,))
    assert judged(made_by, other).fault is KeyFault.NOT_ALLOWED
    this = KeyRules(attestation="required", aaguid_allow=("b2" * 16, MODEL.hex()))
    assert judged(made_by, this) == Judgement(True, "Test Key")


@pytest.mark.parametrize(
    ("least", "status", "fault"),
    [
        ("", "NOT_FIDO_CERTIFIED", None),
        ("L1", "FIDO_CERTIFIED", None),
        ("L1plus", "FIDO_CERTIFIED_L1", KeyFault.LEVEL),
        ("L2", "FIDO_CERTIFIED_L1plus", KeyFault.LEVEL),
        ("L2", "FIDO_CERTIFIED_L2", None),
        ("L2", "FIDO_CERTIFIED_L3plus", None),
        ("L1", "SELF_ASSERTION_SUBMITTED", KeyFault.LEVEL),
    ],
)
def test_the_certification_must_be_high_enough(least: Any, status: str, fault: KeyFault | None) -> None:
    rules = KeyRules(attestation="required", least_certification=least)
    assert judged(maker(NOW), rules, status).fault is fault


def test_a_key_that_can_be_copied_is_refused_by_rule() -> None:
    copyable = facts(answered(None, "none", flags=UP | UV | AT | BE))
    assert judge(KeyRules(), copyable, None, NOW, strict=True).fault is None
    assert judge(KeyRules(backup_eligible=False), copyable, None, NOW, strict=True).fault is KeyFault.BACKED_UP


def test_a_backup_of_what_cannot_be_backed_up_is_nonsense() -> None:
    with pytest.raises(RegistrationRefusedError, match="backup"):
        answered(None, "none", flags=UP | UV | AT | BS)


def test_a_key_counts_as_of_its_enrolment_when_its_certificates_have_expired_since() -> None:
    made_by = maker(NOW, batch={"ends": 10})
    made = answered(made_by)
    later = NOW + 30 * 86_400
    assert judge(REQUIRED, facts(made), known(made_by), later, strict=True).trusted
    assert not judge(REQUIRED, facts(made, later), known(made_by), later, strict=True).trusted
