"""One entry of the metadata that cannot be read refuses its own models, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.service.admin import acceptances
from kiosk.service.admin.act import ActRefusedError
from kiosk.service.metadata.blob import Blob, MetadataBlobError, read
from kiosk.service.policy.authenticator_rules import KeyRules
from kiosk.service.store import metadata
from kiosk.service.store.database import Database
from tests.fakes.attested import MODEL, KeyMaker, MetadataService, entry, maker
from tests.fakes.client import NOW
from tests.fakes.registry import Registry
from tests.fakes.stores import migrated_file, sqlite

__all__ = ["migrated_file", "sqlite"]

ODD = bytes.fromhex("b2" * 16)


@pytest.fixture(scope="module")
def mds() -> MetadataService:
    return MetadataService.new(NOW)


@pytest.fixture(scope="module")
def good() -> KeyMaker:
    return maker(NOW)


@pytest.fixture(scope="module")
def odd() -> KeyMaker:
    return maker(NOW, ODD)


@pytest.fixture
def registry(sqlite: Database, mds: MetadataService) -> Registry:
    made = Registry(sqlite, KeyRules(attestation="required"), mds)
    made.hire("ada")
    return made


def taken(mds: MetadataService, *entries: Any) -> Blob:
    return read(mds.blob(*entries), NOW, mds.root_pem)


BENT: dict[str, tuple[Any, tuple[str, ...]]] = {
    "no object": (3, ()),
    "nothing": (None, ()),
    "a list": ([], ()),
    "no reports": ({"aaguid": ODD.hex()}, (ODD.hex(),)),
    "reports that are none": ({"aaguid": ODD.hex(), "statusReports": [None]}, (ODD.hex(),)),
    "a report without status": ({"aaguid": ODD.hex(), "statusReports": [{}]}, (ODD.hex(),)),
    "a date that is none": (
        {"aaguid": ODD.hex(), "statusReports": [{"status": "X", "effectiveDate": "2026-13-45"}]},
        (ODD.hex(),),
    ),
    "a date of another kind": (
        {"aaguid": ODD.hex(), "statusReports": [{"status": "X", "effectiveDate": 20260101}]},
        (ODD.hex(),),
    ),
    "a version that is none": (
        {"aaguid": ODD.hex(), "statusReports": [{"status": "X", "authenticatorVersion": "5.7"}]},
        (ODD.hex(),),
    ),
    "an AAGUID that is none": ({"aaguid": "zz", "statusReports": []}, ()),
    "a good and a bad identifier": (
        {"attestationCertificateKeyIdentifiers": ["a" * 40, "xx"], "statusReports": []},
        ("a" * 40,),
    ),
    "identifiers that are no list": ({"attestationCertificateKeyIdentifiers": "a" * 40, "statusReports": []}, ()),
    "a statement that is none": (
        {"aaguid": ODD.hex(), "metadataStatement": [1], "statusReports": []},
        (ODD.hex(),),
    ),
    "roots that are none": (
        {"aaguid": ODD.hex(), "metadataStatement": {"attestationRootCertificates": 7}, "statusReports": []},
        (ODD.hex(),),
    ),
}


@pytest.mark.parametrize("kind", BENT)
def test_the_good_entries_are_taken_and_the_odd_one_is_named(mds: MetadataService, good: KeyMaker, kind: str) -> None:
    bent, models = BENT[kind]
    blob = taken(mds, bent, entry(good, "FIDO_CERTIFIED_L1"))
    (unread,) = blob.unread
    assert (unread.number, unread.ids) == (1, models)
    assert str(unread).startswith("Entry 1 was left: ")
    by = {model.ids[0]: model for model in blob.models}
    assert by[MODEL.hex()].compromise() is None
    for model in models:
        assert [report.status for report in by[model].compromises()] == ["ENTRY_NOT_READABLE"]


def test_a_file_of_which_nothing_can_be_read_changes_nothing(mds: MetadataService) -> None:
    with pytest.raises(MetadataBlobError, match=r"Nor can any other\. Nothing was changed"):
        taken(mds, 3, None)


@pytest.mark.parametrize("first", [True, False])
def test_an_odd_entry_beside_a_good_one_of_the_same_model_counts(
    mds: MetadataService, good: KeyMaker, first: bool
) -> None:
    both = [{"aaguid": MODEL.hex(), "statusReports": [{}]}, entry(good, "FIDO_CERTIFIED_L1")]
    (model,) = taken(mds, *(both if first else reversed(both)), entry(maker(NOW, ODD))).models[:1]
    assert [report.status for report in model.compromises()] == ["ENTRY_NOT_READABLE"]


def test_what_an_odd_entry_says_beside_counts_too(mds: MetadataService, good: KeyMaker, odd: KeyMaker) -> None:
    blob = taken(mds, entry(good), entry(odd, "REVOKED", {"status": 5}, description="Odd Key"))
    model = next(model for model in blob.models if model.ids == (ODD.hex(),))
    assert [report.status for report in model.compromises()] == ["REVOKED", "ENTRY_NOT_READABLE"]
    assert "Odd Key" in str(blob.unread[0])


def test_a_picture_that_no_database_keeps_is_left_out(mds: MetadataService, good: KeyMaker) -> None:
    for icon in ("data:image/png;base64,\ud800", "data:image/png;base64,\0"):
        bent = entry(good)
        bent["metadataStatement"]["icon"] = icon
        assert taken(mds, bent).models[0].icon == ""


def test_a_key_of_a_model_that_cannot_be_read_is_told_why(registry: Registry, good: KeyMaker, odd: KeyMaker) -> None:
    registry.metadata(entry(odd, {"status": "X", "effectiveDate": "?"}, description="Odd Key"), entry(good), 7)
    registry.enrol("ada", good)
    with pytest.raises(ActRefusedError, match=r"model cannot be read.*impossible date"):
        registry.enrol("ada", odd)
    row = next(row for row in registry.acts() if row["act"] == "metadata.import")
    assert (row["models"], len(row["unread"])) == (2, 2)
    assert "Odd Key" in row["unread"][0]
    assert [model.ids for model in registry.db.read_now(metadata.unread)] == [(ODD.hex(),), ("entry-3",)]
    assert registry.db.read_now(metadata.model, ("entry-3",)) is not None, "kept, under what no key can say"
    assert len(registry.db.read_now(metadata.models)) == 2


def test_an_enrolled_key_stops_until_its_entry_can_be_read_again(
    registry: Registry, good: KeyMaker, odd: KeyMaker
) -> None:
    registry.metadata(entry(odd, "FIDO_CERTIFIED_L1"), entry(good), no=1)
    registry.enrol("ada", odd)
    assert registry.metadata(entry(odd, {}), entry(good), no=2).suspended == 1
    assert registry.key("ada").why == "metadata: model_entry_unreadable"
    assert registry.metadata(entry(odd, "FIDO_CERTIFIED_L1"), entry(good), no=3).resumed == 1


def test_somebody_may_answer_for_an_entry_and_for_no_other(registry: Registry, good: KeyMaker, odd: KeyMaker) -> None:
    registry.metadata(entry(odd, {}), entry(good), no=1)
    registry.db.write_now(acceptances.accept, registry.admin, registry.rules, ODD.hex(), "read by eye, all is well")
    registry.enrol("ada", odd)
    assert registry.key("ada").hardware, "what could be read of it vouches for the key"
    assert registry.metadata(entry(odd, {}), entry(good), no=2).suspended == 0
    assert registry.metadata(entry(odd, {}, {}), entry(good), no=3).suspended == 1
