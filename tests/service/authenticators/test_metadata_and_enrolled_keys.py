"""The metadata in the store, on both databases: taken in, never going back, and weighed against enrolled keys."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, select

from kiosk.model.proof import Assurance
from kiosk.service.admin import acceptances, people
from kiosk.service.admin import metadata as metadata_acts
from kiosk.service.admin.acceptances import Accepted
from kiosk.service.admin.act import ActRefusedError
from kiosk.service.admin.metadata import Judged
from kiosk.service.policy.authenticator_rules import KeyRules
from kiosk.service.store import lookups, messages, metadata, news, sessions, workstations
from kiosk.service.store.database import Database
from kiosk.service.store.schema import session as session_table
from tests.fakes.attested import MODEL, KeyMaker, MetadataService, NewKey, entry, maker
from tests.fakes.client import NOW
from tests.fakes.registry import Registry

DAY = 86_400
REQUIRED = KeyRules(attestation="required")


@pytest.fixture(scope="module")
def mds() -> MetadataService:
    return MetadataService.new(NOW)


@pytest.fixture(scope="module")
def made_by() -> KeyMaker:
    return maker(NOW)


def opened(db: Database, mds: MetadataService) -> Registry:
    made = Registry(db, REQUIRED, mds)
    made.hire("ada")
    return made


@pytest.fixture
def registry(sqlite: Database, mds: MetadataService) -> Registry:
    return opened(sqlite, mds)


@pytest.fixture
def on_both(database: Database, mds: MetadataService) -> Registry:
    return opened(database, mds)


def sign_in(registry: Registry, login: str) -> str:
    """An open session at a station of its own."""

    def act(conn: Connection) -> str:
        known = lookups.person_by_login(conn, login)
        assert known is not None
        station = workstations.announce(conn, f"ward-{login}", "Ward 3", f"secret-{login}", NOW, exempt=False)
        opened = sessions.StoredSession(f"s-{login}", known.person.id, station, "open", Assurance("phr", ("pop",), NOW))
        sessions.add(conn, opened, NOW)
        sessions.note_second_factor(conn, known.person.id, opened.assurance)
        return opened.id

    return registry.db.write_now(act)


def test_a_file_is_taken_in_and_shown(registry: Registry, made_by: KeyMaker) -> None:
    registry.metadata(entry(made_by, "FIDO_CERTIFIED_L1"), no=7)
    here = registry.db.read_now(metadata.newest)
    assert here is not None
    assert (here.no, here.models, here.signer, here.added) == (7, 1, "mds.fidoalliance.org", NOW)
    assert registry.db.read_now(metadata.models) == [(MODEL.hex(), "Test Key 5 NFC")]
    assert str(registry.db.read_now(metadata.icon, MODEL.hex())).startswith("data:image/png")
    row = registry.acts()[-1]
    assert (row["act"], row["no"], row["models"]) == ("metadata.import", 7, 1)


def test_the_number_never_goes_back(on_both: Registry, made_by: KeyMaker) -> None:
    registry = on_both
    registry.metadata(entry(made_by, "REVOKED"), no=8)
    for no, said in ((7, "never goes back"), (8, "forged")):
        with pytest.raises(ActRefusedError, match=said):
            registry.metadata(entry(made_by), no=no)
    model = registry.db.read_now(metadata.model, (MODEL.hex(),))
    assert model is not None
    assert [report.status for report in model.compromises()] == ["REVOKED"]
    registry.metadata(no=9)
    assert registry.db.read_now(metadata.model, (MODEL.hex(),)) is None


def test_the_very_same_file_may_come_again(registry: Registry, made_by: KeyMaker, mds: MetadataService) -> None:
    data = mds.blob(entry(made_by))
    for _ in range(2):
        blob = metadata_acts.verified(data, NOW, mds.root_pem, None)
        registry.db.write_now(metadata_acts.take_in, registry.admin, registry.rules, blob)


def test_a_trusted_key_is_kept_with_its_proof(on_both: Registry, made_by: KeyMaker) -> None:
    registry = on_both
    registry.metadata(entry(made_by, "FIDO_CERTIFIED_L1"))
    credential = registry.enrol("ada", made_by)
    key = registry.key("ada")
    assert (key.hardware, key.model) == (True, "Test Key 5 NFC")
    kept = registry.db.read_now(metadata.attestation, credential)
    assert kept is not None
    row = registry.acts()[-1]
    assert (row["act"], row["trusted"], row["model"], row["attestation"]) == ("key.add", True, key.model, "packed")
    assert len(row["attestation_certificate"]) == 64


def test_without_metadata_or_with_one_that_is_long_overdue_nothing_is_vouched_for(
    registry: Registry, made_by: KeyMaker
) -> None:
    with pytest.raises(ActRefusedError, match="metadata import"):
        registry.enrol("ada", made_by)
    registry.metadata(entry(made_by), days=0)
    registry.now = NOW + 31 * DAY
    with pytest.raises(ActRefusedError, match="too old"):
        registry.enrol("ada", made_by)
    registry.rules = KeyRules(attestation="optional")
    registry.enrol("ada", made_by)
    assert not registry.key("ada").hardware


@pytest.mark.parametrize("login", ["ada", "ben"])
def test_a_credential_is_nobody_elses_nor_registered_twice(registry: Registry, made_by: KeyMaker, login: str) -> None:
    registry.metadata(entry(made_by))
    registry.hire("ben")
    key = NewKey(made_by, MODEL)
    registry.enrol("ada", made_by, key)
    said = "already" if login == "ada" else "somebody else"
    with pytest.raises(ActRefusedError, match=said):
        registry.enrol(login, made_by, key)
    with pytest.raises(ActRefusedError, match=said):
        registry.enrol(login, made_by, replace(key, credential_id=b"another id of it" * 2))
    assert len([factor for factor in registry.factors("ada") if factor.kind == "key"]) == 1


def test_a_suspended_key_is_still_excluded_from_enrolment(registry: Registry, made_by: KeyMaker) -> None:
    registry.metadata(entry(made_by), no=1)
    registry.enrol("ada", made_by)
    registry.metadata(entry(made_by, "REVOKED"), no=2)
    assert len(registry.begin("ada").options.exclude_credentials or ()) == 1


def test_keys_of_a_compromised_model_are_suspended_and_their_sessions_locked(
    on_both: Registry, made_by: KeyMaker
) -> None:
    registry = on_both
    registry.db.write_now(people.set_contact, registry.admin, "ada", "mailto:ada@home.example")
    registry.metadata(entry(made_by, "FIDO_CERTIFIED_L1"), no=1)
    credential = registry.enrol("ada", made_by)
    opened = sign_in(registry, "ada")
    assert registry.metadata(entry(made_by, "ATTESTATION_KEY_COMPROMISE"), no=2) == Judged(1, suspended=1)
    key = registry.key("ada")
    assert (key.suspended, key.why, key.hardware) == (NOW, "metadata: model_compromised", False)
    assert registry.told() == [("lock", opened, "factor")]
    row = registry.acts()[-1]
    assert (row["act"], row["reason"], row["status"]) == (
        "key.suspend",
        "model_compromised",
        "ATTESTATION_KEY_COMPROMISE",
    )
    assert registry.db.read_now(lookups.credential, credential) is None
    state = registry.db.read_now(lambda conn: conn.execute(select(session_table.c.state)).scalar_one())
    assert state == "locked"
    known = registry.db.read_now(lookups.person_by_login, "ada")
    assert known is not None
    assert registry.db.read_now(sessions.last_second_factor, known.person.id) is None
    assert {message.kind for message, _ in registry.db.read_now(messages.unsent)} == {"factor_added", "factor_lost"}
    assert registry.db.write_now(news.take, known.person.id) == ("lost",)
    # Said once: nothing happens to a key that is suspended already.
    assert registry.judge() == Judged(1)
    assert len(registry.told()) == 1


def test_what_the_metadata_takes_back_is_taken_back(on_both: Registry, made_by: KeyMaker) -> None:
    registry = on_both
    registry.metadata(entry(made_by, "FIDO_CERTIFIED_L1"), no=1)
    credential = registry.enrol("ada", made_by)
    registry.metadata(entry(made_by, "REVOKED"), no=2)
    assert registry.metadata(entry(made_by, "FIDO_CERTIFIED_L1"), no=3) == Judged(1, resumed=1, trusted=1)
    key = registry.key("ada")
    assert (key.suspended, key.why, key.hardware) == (None, None, True)
    assert registry.acts()[-1]["act"] == "key.resume"
    assert registry.db.read_now(lookups.credential, credential) is not None


def accept(registry: Registry, **more: Any) -> Accepted:
    words: dict[str, Any] = {"model": MODEL.hex(), "reason": "fixed firmware on all, checked", **more}
    return registry.db.write_now(acceptances.accept, registry.admin, registry.rules, **words)


def test_a_model_is_accepted_for_what_is_known_against_it_and_nothing_more(
    on_both: Registry, made_by: KeyMaker
) -> None:
    registry = on_both
    registry.metadata(entry(made_by, "FIDO_CERTIFIED_L1"), no=1)
    registry.enrol("ada", made_by)
    with pytest.raises(ActRefusedError, match="nothing against"):
        accept(registry)
    old = ("USER_KEY_REMOTE_COMPROMISE", "UPDATE_AVAILABLE")
    assert registry.metadata(entry(made_by, *old), no=2) == Judged(1, suspended=1)
    done = accept(registry)
    assert (done.judged, done.reports) == (
        Judged(1, resumed=1, trusted=1),
        ("USER_KEY_REMOTE_COMPROMISE 2024-01-01",),
    )
    resumed = registry.acts()[-1]
    assert (resumed["act"], resumed["status"]) == ("key.resume", "USER_KEY_REMOTE_COMPROMISE")
    assert registry.acts()[-2]["reason"] == "fixed firmware on all, checked"
    assert registry.key("ada").suspended is None
    # The same again changes nothing; new keys of the model may be enrolled; one report more counts at once.
    assert registry.metadata(entry(made_by, *old), no=3) == Judged(1, trusted=1)
    registry.enrol("ada", made_by, name="Second key")
    later = {"status": "USER_KEY_REMOTE_COMPROMISE", "effectiveDate": "2026-02-01"}
    assert registry.metadata(entry(made_by, *old, later), no=4) == Judged(2, suspended=2)
    assert accept(registry).number == 2
    assert registry.metadata(entry(made_by, *old, later, "REVOKED"), no=5) == Judged(2, suspended=2)
    with pytest.raises(ActRefusedError, match="not to be trusted for any reason"):
        accept(registry)


def test_an_acceptance_is_withdrawn(registry: Registry, made_by: KeyMaker) -> None:
    registry.metadata(entry(made_by), no=1)
    registry.enrol("ada", made_by)
    registry.metadata(entry(made_by, "USER_VERIFICATION_BYPASS"), no=2)
    number = accept(registry).number
    back = (registry.admin, registry.rules, number, "found one with old firmware")
    assert registry.db.write_now(acceptances.withdraw, *back) == Judged(1, suspended=1)
    assert registry.db.read_now(metadata.newest) is not None
    assert {row["act"] for row in registry.acts()} >= {"metadata.accept", "metadata.withdraw"}


def test_a_model_that_vanishes_from_the_metadata_is_no_longer_vouched_for(
    registry: Registry, made_by: KeyMaker
) -> None:
    registry.metadata(entry(made_by), no=1)
    registry.enrol("ada", made_by)
    assert registry.metadata(no=2) == Judged(1, suspended=1)
    assert registry.metadata(no=3) == Judged(1)
    assert registry.metadata(entry(made_by), no=4) == Judged(1, resumed=1, trusted=1)


def test_keys_from_before_the_rule_stay_until_they_are_replaced(registry: Registry, made_by: KeyMaker) -> None:
    registry.rules = KeyRules()
    registry.enrol("ada", None, fmt="none")
    registry.rules = REQUIRED
    assert registry.metadata(entry(made_by)) == Judged(1)
    assert registry.key("ada").suspended is None


def test_a_change_of_the_rules_is_applied_by_judging_again(registry: Registry, made_by: KeyMaker) -> None:
    registry.metadata(entry(made_by, "FIDO_CERTIFIED_L1"))
    registry.enrol("ada", made_by)
    for rules in (
        replace(REQUIRED, aaguid_deny=(MODEL.hex(),)),
        replace(REQUIRED, aaguid_allow=("b2" * 16,)),
        replace(REQUIRED, least_certification="L2"),
    ):
        registry.rules = rules
        assert registry.judge().suspended == 1
        registry.rules = REQUIRED
        assert registry.judge() == Judged(1, resumed=1, trusted=1)


def test_many_models_and_keys_are_weighed_in_one_go(sqlite: Database, mds: MetadataService) -> None:
    registry = Registry(sqlite, REQUIRED, mds)
    makers = [maker(NOW, bytes([5, number]) + bytes(14)) for number in range(4)]
    others = [entry(makers[0], aaguid=f"{number:032x}") for number in range(10**9, 10**9 + 600)]
    registry.hire("ada")
    registry.metadata(*map(entry, makers), *others, no=1)
    for number in range(40):
        registry.enrol("ada", makers[number % 4])
    assert registry.metadata(*map(entry, makers), *others, no=2) == Judged(40, trusted=40)
