"""A policy is put in force: checked, in the trail, at every replica with the next step-up; and what replays it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from kiosk.service.admin import policies
from kiosk.service.admin.act import ActRefusedError, Admin
from kiosk.service.policy import check
from kiosk.service.policy.cedar.book import default_text, read
from kiosk.service.records import replayed_policy
from kiosk.service.records.replayed_policy import PolicyReplay
from tests.fakes.asking import Ward, make
from tests.fakes.client import NOW
from tests.fakes.seconded import pair
from tests.fakes.service import Hospital

FEW: dict[str, Any] = {"action": "record.export", "records": 3, "resource": "Ward/3"}
SECOND = """
@id("second-person")
@says("More than 500 records need a second person.")
forbid (principal, action == Action::"record.export", resource)
when { context.records > 500 && !context.proof.second_person };
"""
USUAL = default_text() + SECOND
STRICT = USUAL.replace("context.records <= 50 && context.labels", "context.records <= 2 && context.labels")
LAX = USUAL.replace("context.records > 500 &&", "context.records > 5000 &&").replace(
    "records <= 500", "records <= 5000"
)
EVE = Admin("root", 0, int(time.time()), "eve", "sudo")


@pytest_asyncio.fixture
async def ward(either: Hospital) -> Ward:
    ward = await make(either, "nurse")
    await either.totp(ward.person)
    either.clock.pass_by(1)
    return ward


async def elsewhere(hospital: Hospital, fn: Any, *args: Any) -> Any:
    """As another process on the same database, such as a command at another replica."""
    db = hospital.folder.database()
    try:
        return await db.write(fn, *args)
    finally:
        await db.close()


def methods(view: Any) -> list[str]:
    return [offer["method"] for offer in view.body["offers"]]


async def replayed(hospital: Hospital, text: str) -> PolicyReplay:
    """From the second after the first sign-in on."""
    return await hospital.db.read(replayed_policy.replay, read(text), NOW + 1, int(hospital.clock()))


async def test_what_another_process_applies_holds_for_the_next_step_up(ward: Ward) -> None:
    hospital = ward.hospital
    assert "pin" in methods(await ward.station.step_up(ward.session, **FEW))
    made = await elsewhere(hospital, policies.apply, EVE, STRICT, "  Fewer   records. ")
    assert (made.version, made.sha256, made.reason) == (1, read(STRICT).digest, "Fewer records.")
    assert methods(await ward.station.step_up(ward.session, **FEW)) == ["fido2"]
    said = (await hospital.trail("stepup_asked"))[-1]["detail"]["policy"]
    assert (said["version"], said["sha256"], said["by"]) == (1, made.sha256, ["export-many"])
    back = await elsewhere(hospital, policies.roll_back, EVE, None, "Too few.")
    assert (back.version, back.sha256, back.again) == (2, "", 0)
    assert "pin" in methods(await ward.station.step_up(ward.session, **FEW))
    again = await elsewhere(hospital, policies.roll_back, EVE, 1, "After all.")
    assert (again.version, again.sha256, again.again) == (3, made.sha256, 1)
    assert methods(await ward.station.step_up(ward.session, **FEW)) == ["fido2"]
    acts = [row["detail"] for row in await hospital.trail("admin") if row["detail"]["act"].startswith("policy.")]
    assert [(act["act"], act["version"], act["reason"], act["administrator"]) for act in acts] == [
        ("policy.apply", 1, "Fewer records.", "eve"),
        ("policy.rollback", 2, "Too few.", "eve"),
        ("policy.rollback", 3, "After all.", "eve"),
    ]


async def test_what_is_not_put_in_force(ward: Ward) -> None:
    db = ward.hospital.db
    refusals: list[tuple[Any, tuple[Any, ...], str]] = [
        (policies.apply, (default_text() + default_text(), "Why."), "It is not put in force. Two rules have"),
        (policies.apply, (STRICT, " "), "The reason has 1 to 200 characters"),
        (policies.roll_back, (None, "Why."), "No policy was ever applied"),
    ]
    for act, args, said in refusals:
        with pytest.raises(ActRefusedError, match=said):
            await db.write(act, EVE, *args)
    await db.write(policies.apply, EVE, STRICT, "Why.")
    with pytest.raises(ActRefusedError, match="in force already, as version 1"):
        await db.write(policies.apply, EVE, STRICT, "Why.")
    for to, complaint in ((1, "Version 1 is in force"), (5, "There is no version 5"), (-1, "There is no version -1")):
        with pytest.raises(ActRefusedError, match=complaint):
            await db.write(policies.roll_back, EVE, to, "Why.")


async def test_a_decision_keeps_from_what_it_was_made(ward: Ward) -> None:
    await ward.station.step_up(ward.session, **FEW, labels=["vip"], purpose="treatment")
    row = (await ward.hospital.trail("stepup_asked"))[-1]
    context = row["detail"]["policy"]["context"]
    assert context["roles"] == ["nurse"]
    assert context["labels"] == ["vip"]
    assert context["records"] == 3
    assert context["proof"] == [0, 0, context["proof"][2], 0]
    assert context["reach"] == ["two_factors", "phishing_resistant", "second_person"]
    assert "treatment" not in str(context)
    assert "Ward/3" not in str(row["detail"])


async def test_stored_decisions_are_made_once_more(ward: Ward) -> None:
    hospital = ward.hospital
    hospital.app.state.service = replace(hospital.service, usual=read(USUAL))
    for records in (3, 3, 60, 501):
        await ward.station.step_up(ward.session, **{**FEW, "records": records})
    same = await replayed(hospital, USUAL)
    assert (dict(same.counts), same.bare, same.replayed) == ({"same": 4}, 0, 4)
    strict = await replayed(hospital, STRICT)
    assert dict(strict.counts) == {"more": 2, "same": 2}
    ((changed, count),) = strict.changed.items()
    assert (count, changed.action, changed.roles) == (2, "record.export", "nurse")
    assert (changed.before, changed.after) == (
        ("proof_needed", "two_factors"),
        ("proof_needed", "phishing_resistant"),
    )
    assert strict.people == {"more": {"ada"}}
    assert dict((await replayed(hospital, LAX)).counts) == {"same": 3, "less": 1}
    barred = '@id("no")\n@says("No.")\nforbid (principal in Role::"nurse", action, resource);\n'
    assert dict((await replayed(hospital, USUAL + barred)).counts) == {"refused": 4}
    open_to_all = (
        '@id("open")\n@says("Open.")\npermit (principal, action, resource) when { context.proof.two_factors };\n'
    )
    assert dict((await replayed(hospital, USUAL + open_to_all)).counts) == {"same": 3, "less": 1}


@pytest.mark.parametrize(
    "clause",
    [
        'when { resource in Application::"https://export.example" }',
        'unless { context.purpose == "treatment" }',
        'when { context.source == "10.0.0.1" }',
    ],
)
async def test_what_the_trail_does_not_keep_is_said_and_not_made_up(ward: Ward, clause: str) -> None:
    await ward.station.step_up(ward.session, **FEW)
    await ward.station.step_up(ward.session, **{**FEW, "action": "prescription.sign"})
    asks = f'@id("asks")\n@says("A.")\nforbid (principal, action == Action::"record.export", resource) {clause};\n'
    assert check(default_text() + asks).good
    made = await replayed(ward.hospital, default_text() + asks)
    assert (dict(made.counts), made.unsure) == ({"not_known": 1, "same": 1}, {"asks"})


async def test_rows_of_before_are_counted_apart(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    from kiosk.service.shared import policy_asked

    before = policy_asked.told_of
    monkeypatch.setattr(
        policy_asked, "told_of", lambda ground: before(None if ground is None else replace(ground, decided_on=None))
    )
    await ward.station.step_up(ward.session, **FEW)
    made = await replayed(ward.hospital, default_text())
    assert (made.bare, made.replayed) == (1, 0)


async def test_page_by_page_and_not_without_end(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        await ward.station.step_up(ward.session, **FEW)
    monkeypatch.setattr(replayed_policy, "PAGE", 1)
    assert (await replayed(ward.hospital, default_text())).replayed == 3
    monkeypatch.setattr(replayed_policy, "MAX_REPLAYED", 2)
    with pytest.raises(ActRefusedError, match="Ask for a shorter time"):
        await replayed(ward.hospital, default_text())


async def test_somebody_asked_to_agree_is_a_decision_too(either: Hospital) -> None:
    two = await pair(either)
    either.clock.pass_by(1)
    await two.here(await two.waits())
    assert dict((await replayed(either, default_text())).counts) == {"same": 2}
    leads = '@id("leads")\n@says("Leads.")\nforbid (principal, action, resource) when { context.as_second }'
    narrowed = f'{default_text()}\n{leads} unless {{ principal in Role::"supervisor" }};'
    made = await replayed(either, narrowed)
    assert (dict(made.counts), made.people) == ({"same": 1, "refused": 1}, {"refused": {"ben"}})


async def test_rows_from_before_second_persons_reach_one_now(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    from kiosk.service.shared import policy_asked

    before = policy_asked.told_of

    def as_told_then(ground: Any) -> Any:
        said: Any = before(ground)
        context = said["policy"]["context"]
        context["reach"] = [rung for rung in context["reach"] if "second" not in rung]
        return said

    monkeypatch.setattr(policy_asked, "told_of", as_told_then)
    await ward.station.step_up(ward.session, **{**FEW, "records": 60})
    stricter = default_text().replace("context.records > 500 &&", "context.records > 50 &&")
    made = await replayed(ward.hospital, stricter.replace("context.records <= 500 &&", "context.records <= 5 &&"))
    assert dict(made.counts) == {"more": 1}
