"""Whoever can write the database cannot put a policy in force, change one, or go back to one of before."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from kiosk.service.admin import policies
from kiosk.service.admin.act import Admin
from kiosk.service.policy.cedar.book import default_text
from kiosk.service.shared import policy_in_force
from tests.fakes.asking import ADA, Ward, make
from tests.fakes.service import Hospital, hospital
from tests.fakes.sqlwriter import SqlWriter

FEW: dict[str, Any] = {"action": "record.export", "records": 3, "resource": "Ward/3"}
OPEN = '@id("open")\n@says("Open.")\npermit (principal, action, resource);\n'
STRICT = default_text().replace("context.records <= 50 && context.labels", "context.records <= 2 && context.labels")
EVE = Admin("root", 0, 1_800_000_000, "eve", "sudo")


@pytest_asyncio.fixture
async def ward(either: Hospital, monkeypatch: pytest.MonkeyPatch) -> Ward:
    """With two versions: the first lets pass what the second does not."""
    monkeypatch.setattr(policy_in_force, "_read", {})
    ward = await make(either)
    await either.db.write(policies.apply, EVE, default_text(), "First.")
    await either.db.write(policies.apply, EVE, STRICT, "Fewer records.")
    return ward


async def refused(ward: Ward) -> dict[str, Any]:
    view = await ward.station.step_up(ward.session, **FEW)
    assert (view.body["state"], view.code) == ("refused", "policy"), view.body
    assert dict(view.body["refusal"]["says"])[""].startswith("The hospital's policy cannot be used")
    row: dict[str, Any] = (await ward.hospital.trail("stepup"))[-1]["detail"]["policy"]
    assert row["errors"]
    return row


async def test_the_newest_version_is_taken_away(ward: Ward) -> None:
    await SqlWriter(ward.hospital).sql("DELETE FROM policy_version WHERE version = 2")
    await refused(ward)


async def test_a_version_of_somebody_else_s_is_none(ward: Ward) -> None:
    writer = SqlWriter(ward.hospital)
    (newest,) = await writer.rows("policy_version", "version = 2")
    await writer.insert("policy_text", {"sha256": "ab", "text": OPEN})
    await writer.insert("policy_version", {**newest, "version": 3, "sha256": "ab"})
    view = await ward.station.step_up(ward.session, **FEW)
    assert [offer["method"] for offer in view.body["offers"]] == ["fido2"]


@pytest.mark.parametrize("change", ["sha256 = (SELECT sha256 FROM policy_version WHERE version = 1)", "sha256 = ''"])
async def test_the_newest_version_is_pointed_at_another_text(ward: Ward, change: str) -> None:
    await SqlWriter(ward.hospital).sql(f"UPDATE policy_version SET {change} WHERE version = 2")  # noqa: S608
    await refused(ward)


async def test_its_text_is_another_one(ward: Ward) -> None:
    await SqlWriter(ward.hospital).sql("UPDATE policy_text SET text = :text", text=OPEN)
    await refused(ward)


async def test_everything_is_taken_away(ward: Ward) -> None:
    """The trail knows that there was something."""
    writer = SqlWriter(ward.hospital)
    await writer.sql("DELETE FROM policy_version")
    await writer.sql("DELETE FROM manifest WHERE subject = 'policy'")
    await refused(ward)


async def test_everything_is_put_back_to_the_first_version(either: Hospital) -> None:
    ward, writer = await make(either), SqlWriter(either)
    await either.db.write(policies.apply, EVE, default_text(), "First.")
    (manifest,) = await writer.rows("manifest", "subject = 'policy'")
    await either.db.write(policies.apply, EVE, STRICT, "Fewer records.")
    await writer.put_back("manifest", manifest, "subject")
    await writer.sql("DELETE FROM policy_version WHERE version = 2")
    await refused(ward)


async def test_an_administrator_may_always_apply_another(ward: Ward) -> None:
    await SqlWriter(ward.hospital).sql("UPDATE policy_version SET reason = 'x' WHERE version = 2")
    await refused(ward)
    await ward.hospital.db.write(policies.apply, EVE, default_text(), "Mended.")
    view = await ward.station.step_up(ward.session, **FEW)
    assert view.body["state"] == "prove"


async def test_emergency_access_alone_goes_on_under_a_policy_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is kept from a patient by a text. All else is refused: it may have held rules about who signs in."""
    monkeypatch.setattr(policy_in_force, "_read", {})
    async with hospital(tmp_path / "data", emergency={"stations": ["ward-3-a"], "reasons": ["danger"]}) as ours:
        ward = await make(ours)
        await ours.db.write(policies.apply, EVE, STRICT, "Fewer records.")
        await SqlWriter(ours).sql("UPDATE policy_text SET text = 'permit'")
        await refused(ward)
        view = await ward.station.tap(ADA)
        assert (view.body["state"], view.code) == ("refused", "policy")
        assert (await ours.trail("sign_in"))[-1]["detail"]["policy"]["errors"]
        asked = {"id": str(uuid.uuid4()), "presented": {"kind": "uid", "uid": ADA}, "reason": "danger"}
        assert (await ward.station.post("/v1/emergencies", asked)).status == 200
