"""Attacks on sign-ins under a policy: a rule that fails for one person, a lie about the zone, locking everybody out."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.service.admin import policies
from kiosk.service.admin.act import ActRefusedError, Admin
from kiosk.service.policy import check
from kiosk.service.policy.cedar.book import default_text
from tests.fakes.asking import ADA, make
from tests.fakes.service import Hospital
from tests.service.ceremonies.test_sign_in_policy import BY_KEY, WITHIN, under

EVE = Admin("root", 0, 1_800_000_000, "eve", "sudo")
FAILS = """
@id("stop")
@says("Stop.")
forbid (principal, action in Action::"sign_in", resource)
when { principal.login == "ada" && context.hour * 9223372036854775807 + 9223372036854775807 > 0 };
"""
NOBODY = '@id("shut")\n@says("Shut.")\nforbid (principal, action in Action::"sign_in", resource);\n'
LOCKED = (
    '@id("shut")\n@says("Shut.")\nforbid (principal in Role::"administrator", action in Action::"sign_in", resource)'
)


async def test_a_rule_that_fails_for_one_person_lets_them_not_in_and_everybody_else(either: Hospital) -> None:
    """The engine skips a rule that fails, and would let in whom it was to stop."""
    ward = await make(either)
    either.clock.pass_by(3600 * 2)
    under(either, FAILS)
    view = await ward.station.tap(ADA)
    assert (view.body["state"], view.code) == ("refused", "policy")
    assert "overflow" in (await either.trail("sign_in"))[-1]["detail"]["policy"]["errors"][0]
    ben = await either.person("ben", "Ben")
    await either.badge(ben, "04FFEE11")
    assert await ward.station.open("04FFEE11")


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Kiosk-Zone", "True-Client-IP", "X-Forwarded-Host"]
)
async def test_a_station_cannot_claim_a_zone(service: Hospital, header: str) -> None:
    """The zone is that of the address at the other end of the connection."""
    ward = await make(service)
    under(service, WITHIN)
    service.http.headers[header] = "for=10.20.0.1" if header == "Forwarded" else "10.20.0.1"
    view = await ward.station.tap(ADA)
    assert (view.body["state"], view.code) == ("refused", "policy")
    assert (await service.trail("sign_in"))[-1]["detail"]["policy"]["context"]["zone"] == "outside"


async def test_a_program_that_calls_its_wish_a_sign_in_gains_nothing(service: Hospital) -> None:
    ward = await make(service)
    wish: dict[str, Any] = {"action": "session.open", "records": 0, "resource": "Ward/3"}
    view = await ward.station.step_up(ward.session, **wish)
    assert [offer["method"] for offer in view.body["offers"]] == ["fido2"], "as any action without a rule of its own"


@pytest.mark.parametrize(
    "more", [NOBODY, LOCKED + ";", LOCKED + ' unless { context.zone == "wards" && context.hour < 0 };']
)
async def test_a_policy_that_locks_administrators_out_is_not_put_in_force(either: Hospital, more: str) -> None:
    faults = check(default_text() + more).faults
    assert any("lock everybody out of administration" in fault or "never match" in fault for fault in faults)
    with pytest.raises(ActRefusedError, match="It is not put in force"):
        await either.db.write(policies.apply, EVE, default_text() + more, "Night.")


def test_rules_that_leave_a_way_are_taken() -> None:
    assert check(default_text()).faults == ()
    assert check(default_text() + BY_KEY).good
    assert check(default_text() + WITHIN).good


def test_a_text_without_a_permit_for_what_it_speaks_of_is_refused() -> None:
    bare = (
        default_text()
        .replace('@id("emergency-access")', '@id("gone")')
        .replace(
            'permit (principal, action == Action::"emergency.open", resource);',
            'forbid (principal, action == Action::"emergency.open", resource) when { context.hour < 6 };',
        )
    )
    assert any("Nobody could open emergency access" in fault for fault in check(bare).faults)


@pytest.mark.parametrize("name", ["session.\u043epen", "session.open\u200b", "\uff53ession.open"])
def test_an_action_that_only_looks_like_one_is_refused(name: str) -> None:
    text = f'@id("x")\n@says("X.")\nforbid (principal, action == Action::"{name}", resource);'
    assert not check(text).good


def test_a_rule_never_turns_for_somebody_at_risk_at_sign_in() -> None:
    text = default_text() + BY_KEY.replace("unless { context.proof.phishing_resistant }", "when { context.risk < 50 }")
    assert any("risk grows" in fault for fault in check(text).faults)
