"""Two administrators put a policy in force: one proposes it, another person confirms the very same text."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from sqlalchemy import text

from kiosk.service.admin import policies, policy_proposals
from kiosk.service.admin.act import ActRefusedError, Admin
from kiosk.service.policy.cedar.book import default_text, digest_of
from kiosk.service.store import policy_proposals as stored
from kiosk.service.store import policy_versions
from kiosk.service.store.vouching import TamperedError
from tests.fakes.service import Hospital

STRICT = default_text().replace("context.records <= 50 && context.labels", "context.records <= 2 && context.labels")
LAX = default_text().replace("context.records <= 50 && context.labels", "context.records <= 9 && context.labels")
NOW = int(time.time())
EVE = Admin("root", 0, NOW, "eve", "sudo")
DAN = replace(EVE, person="dan", how="login")


async def acts(either: Hospital) -> list[tuple[object, ...]]:
    names = ("act", "administrator", "proposed_by", "confirmed_by", "how")
    rows = [row["detail"] for row in await either.trail("admin")]
    return [tuple(row.get(name) for name in names) for row in rows if row["act"].startswith("policy.")]


async def test_a_second_person_confirms_the_same_text(either: Hospital) -> None:
    made = await either.db.write(policy_proposals.propose, EVE, STRICT, "Fewer records.")
    assert await either.db.read(policy_versions.newest) is None
    version = await either.db.write(policy_proposals.confirm, DAN, made.sha256)
    assert not isinstance(version, str)
    assert (version.version, version.sha256, version.administrator) == (1, digest_of(STRICT), "dan")
    assert version.reason == "Fewer records."
    back = await either.db.write(policy_proposals.propose_roll_back, DAN, 0, "Too few.")
    assert (back.sha256, back.base, back.again) == ("", 1, 0)
    none = await either.db.write(policy_proposals.confirm, EVE, "none")
    assert not isinstance(none, str)
    assert (none.version, none.sha256) == (2, "")
    assert await acts(either) == [
        ("policy.propose", "eve", None, None, None),
        ("policy.apply", "dan", "eve", "dan", None),
        ("policy.propose", "dan", None, None, None),
        ("policy.rollback", "eve", "dan", "eve", None),
    ]
    became = await either.db.read(stored.of_versions)
    assert [(number, of.administrator, of.confirmed_by) for number, of in sorted(became.items())] == [
        (1, "eve", "dan"),
        (2, "dan", "eve"),
    ]


@pytest.mark.parametrize(
    ("who", "digest", "why"),
    [
        (EVE, digest_of(STRICT), "Somebody else"),
        (replace(EVE, name="eve2", uid=1002), digest_of(STRICT), "Somebody else"),
        (DAN, digest_of(LAX), "Another text"),
        (DAN, "", "Another text"),
        (DAN, "none", "Another text"),
        (DAN, "é", "Another text"),
        (replace(DAN, person=None, how="not known"), digest_of(STRICT), "which person acts"),
        (replace(DAN, person="root"), digest_of(STRICT), "which person acts"),
    ],
)
async def test_nobody_else_confirms_and_nothing_else(either: Hospital, who: Admin, digest: str, why: str) -> None:
    await either.db.write(policy_proposals.propose, EVE, STRICT, "Fewer records.")
    with pytest.raises(ActRefusedError, match=why):
        await either.db.write(policy_proposals.confirm, who, digest)
    assert await either.db.read(policy_versions.newest) is None
    assert await either.db.write(stored.waiting) is not None


async def test_nobody_proposes_and_a_wrong_text_is_not_proposed(either: Hospital) -> None:
    with pytest.raises(ActRefusedError, match="which person acts"):
        await either.db.write(policy_proposals.propose, replace(EVE, person=None), STRICT, "Fewer records.")
    with pytest.raises(ActRefusedError, match="not put in force"):
        await either.db.write(policy_proposals.propose, EVE, "permit (", "Fewer records.")
    with pytest.raises(ActRefusedError, match="No policy was ever applied"):
        await either.db.write(policy_proposals.propose_roll_back, EVE, None, "Back.")
    with pytest.raises(ActRefusedError, match="No policy waits"):
        await either.db.write(policy_proposals.confirm, DAN, digest_of(STRICT))
    with pytest.raises(ActRefusedError, match="No policy waits"):
        await either.db.write(policy_proposals.withdraw, DAN)


async def test_a_newer_proposal_takes_the_place_of_the_older(either: Hospital) -> None:
    await either.db.write(policy_proposals.propose, EVE, STRICT, "Fewer records.")
    await either.db.write(policy_proposals.propose, EVE, LAX, "More records.")
    with pytest.raises(ActRefusedError, match="Another text"):
        await either.db.write(policy_proposals.confirm, DAN, digest_of(STRICT))
    await either.db.write(policy_proposals.withdraw, DAN)
    with pytest.raises(ActRefusedError, match="No policy waits"):
        await either.db.write(policy_proposals.confirm, DAN, digest_of(LAX))
    ends = [act for act in await acts(either) if act[0] == "policy.proposal_ended"]
    assert [(act[1], act[4]) for act in ends] == [("eve", "superseded"), ("dan", "withdrawn")]


@pytest.mark.parametrize("late", [policy_proposals.SECONDS, -1])
async def test_a_proposal_does_not_wait_for_ever(either: Hospital, late: int) -> None:
    made = await either.db.write(policy_proposals.propose, EVE, STRICT, "Fewer records.")
    said = await either.db.write(policy_proposals.confirm, replace(DAN, now=NOW + late), made.sha256)
    assert said == "expired"
    assert await either.db.read(policy_versions.newest) is None
    assert await either.db.write(stored.waiting) is None


async def test_what_was_proposed_for_another_version_is_not_put_in_force(either: Hospital) -> None:
    made = await either.db.write(policy_proposals.propose, EVE, STRICT, "Fewer records.")
    await either.db.write(policies.apply, EVE, LAX, "At once.")
    assert await either.db.write(policy_proposals.confirm, DAN, made.sha256) == "outdated"
    newest = await either.db.read(policy_versions.newest)
    assert newest is not None
    assert newest.sha256 == digest_of(LAX)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE policy_proposal SET administrator = 'mallory'",
        "UPDATE policy_proposal SET sha256 = ''",
        "UPDATE policy_text SET text = text || ' '",
        "DELETE FROM policy_text",
    ],
)
async def test_a_proposal_changed_in_the_database_is_not_confirmed(either: Hospital, sql: str) -> None:
    await either.db.write(policy_proposals.propose, EVE, STRICT, "Fewer records.")
    either.tampered = True
    await either.db.write(lambda conn: conn.execute(text(sql)))
    with pytest.raises((TamperedError, ActRefusedError)):
        await either.db.write(policy_proposals.confirm, EVE, digest_of(STRICT))
    with pytest.raises(TamperedError):
        await either.db.write(policy_proposals.confirm, DAN, digest_of(STRICT))


async def test_one_that_ended_is_not_put_back(either: Hospital) -> None:
    await either.db.write(policy_proposals.propose, EVE, STRICT, "Fewer records.")
    row = await either.db.read(lambda conn: conn.execute(text("SELECT * FROM policy_proposal")).one()._mapping)
    await either.db.write(policy_proposals.withdraw, EVE)
    either.tampered = True
    put = text("UPDATE policy_proposal SET ended = NULL, how = NULL, mac = :mac")
    await either.db.write(lambda conn: conn.execute(put, {"mac": row["mac"]}))
    with pytest.raises(TamperedError):
        await either.db.write(policy_proposals.confirm, DAN, digest_of(STRICT))
