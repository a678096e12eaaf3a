"""What a model's own reports say in their order: a compromise, and the firmware that mends it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.asn1 import encode_der

from kiosk.service.admin.act import ActRefusedError
from kiosk.service.metadata.models import KeyModel, Status
from kiosk.service.policy.authenticator_rules import KeyRules
from kiosk.service.proofs import attestation
from kiosk.service.store.database import Database
from tests.fakes.attested import MODEL, KeyMaker, MetadataService, NewKey, der, entry, maker
from tests.fakes.client import NOW
from tests.fakes.registry import Registry
from tests.fakes.stores import migrated_file, sqlite

__all__ = ["migrated_file", "sqlite"]

BYPASS, UPDATE, L1 = "USER_VERIFICATION_BYPASS", "UPDATE_AVAILABLE", "FIDO_CERTIFIED_L1"
TOMORROW = datetime.fromtimestamp(NOW + 86_400, UTC).date().isoformat()


def report(status: str, since: str = "", version: int | None = None) -> Status:
    return Status(status, since, version=version)


HISTORIES: dict[str, tuple[list[Status], dict[int | None, bool]]] = {
    # The reports, and by the firmware that a key shows: is it in trouble?
    "mended in version 5": (
        [report(L1, "2020-01-01", 1), report(BYPASS, "2021-01-01"), report(UPDATE, "2021-06-01", 5)],
        {None: True, 1: True, 4: True, 5: False, 6: False},
    ),
    "a certification of the next version": (
        [report(BYPASS, "2021-01-01", 1), report(L1, "2021-06-01", 2)],
        {None: True, 1: True, 2: False, 3: False},
    ),
    "listed the other way round": (
        [report(UPDATE, "2021-06-01", 5), report(BYPASS, "2021-01-01")],
        {None: True, 4: True, 5: False},
    ),
    "an update before the compromise": (
        [report(UPDATE, "2020-06-01", 5), report(BYPASS, "2021-01-01")],
        {None: True, 5: True, 9: True},
    ),
    "a new compromise of the mended version": (
        [report(BYPASS, "2021-01-01"), report(UPDATE, "2021-06-01", 5), report(BYPASS, "2022-01-01", 5)],
        {5: True, 9: True},
    ),
    "mended twice": (
        [
            report(BYPASS, "2021-01-01"),
            report(UPDATE, "2021-06-01", 5),
            report(BYPASS, "2022-01-01", 5),
            report(UPDATE, "2022-06-01", 6),
        ],
        {None: True, 5: True, 6: False},
    ),
    "an update to the version that is bad": (
        [report(BYPASS, "2021-01-01", 5), report(UPDATE, "2021-06-01", 5)],
        {5: True, 6: True},
    ),
    "an update without a version": (
        [report(BYPASS, "2021-01-01"), report(UPDATE, "2021-06-01")],
        {None: True, 9: True},
    ),
    "an update that is still to come": (
        [report(BYPASS, "2021-01-01"), report(UPDATE, TOMORROW, 5)],
        {5: True},
    ),
    "no dates, in order": ([report(BYPASS), report(UPDATE, version=5)], {4: True, 5: False}),
    "no dates, the update first": ([report(UPDATE, version=5), report(BYPASS)], {5: True}),
    "the same day, in order": (
        [report(BYPASS, "2021-01-01"), report(UPDATE, "2021-01-01", 5)],
        {4: True, 5: False},
    ),
    "the same day, the update first": (
        [report(UPDATE, "2021-01-01", 5), report(BYPASS, "2021-01-01")],
        {5: True},
    ),
    "certified no more": ([report(BYPASS, "2021-01-01"), report("NOT_FIDO_CERTIFIED", "2022-01-01", 5)], {5: True}),
    "revoked": ([report("REVOKED", "2021-01-01"), report(UPDATE, "2021-06-01", 5)], {5: True}),
    "a maker's key": (
        [report("ATTESTATION_KEY_COMPROMISE", "2021-01-01"), report(UPDATE, "2021-06-01", 5)],
        {5: True},
    ),
    "no compromise": ([report(L1, "2021-01-01", 5)], {None: False, 1: False}),
}


@pytest.mark.parametrize("kind", HISTORIES)
def test_a_models_own_history_says_whether_a_key_is_in_trouble(kind: str) -> None:
    reports, wanted = HISTORIES[kind]
    model = KeyModel((MODEL.hex(),), "Key", tuple(reports), ())
    again = KeyModel.from_text(MODEL.hex(), "Key", model.text())
    for key_model in (model, again):
        assert {version: bool(key_model.compromises((), version, NOW)) for version in wanted} == wanted


def test_what_another_entry_of_the_model_says_takes_nothing_back() -> None:
    bad = KeyModel((MODEL.hex(),), "Key", (report(BYPASS, "2021-01-01"),), ())
    good = KeyModel((MODEL.hex(),), "Key", (report(UPDATE, "2021-06-01", 5), report(L1, "2021-07-01", 5)), ())
    for model in (bad.merged(good), good.merged(bad), good.merged(bad).merged(good)):
        again = KeyModel.from_text(MODEL.hex(), "Key", model.text())
        assert [report.status for report in again.compromises((), 9, NOW)] == [BYPASS]
        assert not again.update_known(again.compromises()[0])
    whole = bad.merged(KeyModel((MODEL.hex(),), "Key", (report(BYPASS, "2021-01-01"), report(UPDATE, version=5)), ()))
    assert [report.entry for report in whole.compromises((), 9, NOW)] == [0], (
        "the other one's is mended by its own report"
    )


def test_what_an_earlier_version_stored_is_read() -> None:
    old = '{"statuses": [["REVOKED", "2024-01-01", ""]], "roots": []}'
    assert KeyModel.from_text(MODEL.hex(), "Key", old).statuses == (Status("REVOKED", "2024-01-01"),)


@pytest.mark.parametrize(
    ("value", "version"),
    [(encode_der(5), 5), (encode_der(0), 0), (encode_der(-1), None), (b"\x04\x01\x05", None), (b"", None)],
    ids=["five", "none", "below none", "no number", "nothing"],
)
def test_the_version_in_a_makers_certificate_is_read(value: bytes, version: int | None) -> None:
    assert attestation.firmware([der(certificate) for certificate in made(value).path]) == version
    assert attestation.firmware([]) is None
    assert attestation.firmware([b"rubbish"]) is None


def made(value: bytes, **more: Any) -> KeyMaker:
    extensions = [(x509.UnrecognizedExtension(attestation.FIRMWARE, value), False)]
    return maker(NOW, batch={"extensions": extensions}, **more)


def test_a_key_is_judged_by_the_firmware_that_its_maker_signed(sqlite: Database) -> None:
    registry = Registry(sqlite, KeyRules(attestation="required"), MetadataService.new(NOW))
    registry.hire("ada")
    old, new = made(encode_der(4)), made(encode_der(5))
    bad = {"status": BYPASS, "effectiveDate": "2021-01-01"}
    good = {"status": UPDATE, "effectiveDate": "2021-06-01", "authenticatorVersion": 5}
    registry.metadata(both(old, new, bad, good))
    with pytest.raises(ActRefusedError, match="unsafe until their firmware is updated"):
        registry.enrol("ada", old)
    registry.enrol("ada", new)
    assert registry.key("ada").hardware
    assert registry.metadata(both(old, new, bad), no=8).suspended == 1
    assert registry.metadata(both(old, new, bad, good), no=9).resumed == 1


def both(first: KeyMaker, second: KeyMaker, *reports: Iterable[Any]) -> dict[str, Any]:
    """One model whose keys are of either maker."""
    return entry(first, *reports, roots=[der(first.root), der(second.root)])


def test_a_version_in_a_certificate_that_leads_nowhere_is_worth_nothing(sqlite: Database) -> None:
    registry = Registry(sqlite, KeyRules(attestation="optional"), MetadataService.new(NOW))
    registry.hire("ada")
    bad = {"status": BYPASS, "effectiveDate": "2021-01-01"}
    registry.metadata(entry(made(encode_der(5)), bad, {"status": UPDATE, "authenticatorVersion": 5}))
    with pytest.raises(ActRefusedError, match="unsafe"):
        registry.enrol("ada", made(encode_der(9)))
    with pytest.raises(ActRefusedError, match="unsafe"):
        registry.enrol("ada", None, NewKey(None, MODEL), "none")
