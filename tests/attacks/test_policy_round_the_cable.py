"""The cable is pulled to go round a rule of the policy about sign-ins: what it forbids is refused when it is told.

A real service, a real policy, and a real ticket and key at a workstation that decides by itself.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from kiosk.downtime.happening import SIGN_IN, Happening
from kiosk.model.proof import Method
from kiosk.service.admin import policies
from kiosk.service.policy.cedar import book
from kiosk.service.policy.cedar.book import default_text
from kiosk.service.shared import policy_in_force
from kiosk.service.store import review_cases, sessions
from tests.attacks.away_ward import ticket_of, told_by_a_broken_station, ward
from tests.fakes.apart import Apart
from tests.fakes.keys import UP, give_key
from tests.fakes.service import Hospital, with_rules
from tests.service.ceremonies.test_sign_in_policy import BY_KEY, EVE, WITHIN, under

__all__ = ["ward"]

NO_NURSE = """
@id("no-nurse")
@says("Nurses sign in elsewhere.")
forbid (principal in Role::"nurse", action == Action::"session.open", resource);
"""


def rule(action: str, when: str = "context.hour >= 0") -> str:
    return f'@id("shut")\n@says("Shut.")\nforbid (principal, action == Action::"{action}", resource) when {{ {when} }};'


async def of_role(hospital: Hospital, home: Path, *roles: str) -> Apart:
    """Ada with ``roles`` and a key, signed in at a workstation."""
    person = await hospital.person("ada", "Ada", *roles)
    key = await give_key(hospital, person, told=True)
    made = Apart(hospital, await hospital.station("ward-3-a"), person, key, home)
    await made.sign_in()
    return made


async def told(ward: Apart) -> tuple[bool, str | None]:
    """The service's verdict on the one sign-in."""
    (verdict,) = (await ward.replay())[0].body["verdicts"]
    return verdict["accepted"], verdict["reason"]


async def row_of(ward: Apart) -> dict[str, Any]:
    return dict((await ward.hospital.trail(SIGN_IN))[-1])


async def test_whom_the_policy_forbids_is_refused_though_the_signature_is_right(
    either: Hospital, tmp_path: Path
) -> None:
    ward = await of_role(either, tmp_path, "nurse")
    await either.db.write(policies.apply, EVE, default_text() + NO_NURSE, "Board.")
    policy_in_force._kept.clear()
    done = ward.reopen()
    assert done.session is not None
    batch = ward.own.journal.batch()
    assert await told(ward) == (False, "policy")
    assert await either.db.read(sessions.find, done.session.id) is None, "no code and no certificate comes of it"
    (case,) = await either.db.read(review_cases.every)
    assert (case.person, case.subject, case.why) == (ward.person, done.session.id, "policy")
    row = await row_of(ward)
    said = row["detail"]["policy"]
    assert (row["result"], row["reason"], row["detail"]["case"]) == ("refused", "policy", case.id)
    assert (said["answer"], said["by"], said["version"]) == ("cannot", ["no-nurse"], 1)
    assert batch is not None
    again = await ward.station.post("/v1/offline", asdict(batch))
    assert [verdict["reason"] for verdict in again.body["verdicts"]] == ["policy"], "nor when it is told once more"


async def test_whom_it_permits_goes_on(either: Hospital, tmp_path: Path) -> None:
    ward = await of_role(either, tmp_path, "doctor")
    await either.db.write(policies.apply, EVE, default_text() + NO_NURSE, "Board.")
    policy_in_force._kept.clear()
    done = ward.reopen()
    assert done.session is not None
    assert await told(ward) == (True, None)
    found = await either.db.read(sessions.find, done.session.id)
    assert found is not None
    assert found.state == "open"
    said = (await row_of(ward))["detail"]["policy"]
    assert (said["answer"], said["by"], said["context"]["action"]) == ("satisfied", ["sign-in"], "session.open")
    assert said["context"]["proof"] == [3, 2, 0]
    assert await either.db.read(review_cases.every) == []


@pytest.mark.parametrize("ahead, accepted", [(0, False), (1, True)])
async def test_the_hour_is_that_of_the_sign_in(ward: Apart, ahead: int, accepted: bool) -> None:
    """A journal that is held back until the forbidden hour is over gains nothing."""
    hour = int(ward.wall()) // 3600 % 24
    under(ward.hospital, rule("session.open", f"context.hour == {(hour + ahead) % 24}"))
    ward.reopen()
    ward.pass_by(3600)
    assert (await told(ward))[0] is accepted


async def test_the_zone_is_the_one_in_which_the_service_sees_the_station(ward: Apart) -> None:
    under(ward.hospital, WITHIN)
    ward.reopen()
    ward.hospital.http.headers["X-Forwarded-For"] = "10.20.0.1"
    assert await told(ward) == (False, "policy")


async def test_a_broken_policy_opens_nothing(ward: Apart) -> None:
    ward.reopen()
    broken = book.unusable("It cannot be read.")
    ward.hospital.app.state.service = ward.hospital.service = replace(ward.hospital.service, usual=broken)
    assert await told(ward) == (False, "policy")
    assert (await row_of(ward))["detail"]["policy"]["errors"] == ["It cannot be read."]


async def test_a_text_that_says_nothing_of_sign_ins_changes_nothing(ward: Apart) -> None:
    silent = book.read('@id("none")\n@says("No.")\nforbid (principal, action, resource);')
    ward.hospital.app.state.service = ward.hospital.service = replace(ward.hospital.service, usual=silent)
    ward.reopen()
    assert await told(ward) == (True, None)
    assert "policy" not in (await row_of(ward))["detail"]


@pytest.mark.parametrize("more, accepted", [(BY_KEY, False), (BY_KEY.replace("administrator", "other"), True)])
async def test_a_pin_is_no_key(service: Hospital, tmp_path: Path, more: str, accepted: bool) -> None:
    ward = await of_role(service, tmp_path, "administrator")
    under(service, more)
    detail = {"person": ward.person, "ticket": ticket_of(ward).jti, "ceremony": "offline-1", "method": "pin"}
    ward.own.write(Happening(SIGN_IN, "s-1", detail={**detail, "allow": "reopen"}, proof={"kind": "pin"}))
    rules = service.service.rules
    with with_rules(service, replace(rules, downtime=replace(rules.downtime, downtime_pin="unsealed"))):
        assert (await told(ward))[0] is accepted


@pytest.mark.parametrize(
    "action, grace, accepted",
    [("session.resume", 3600, False), ("session.open", 3600, True), ("session.open", 60, False)],
)
async def test_a_touch_alone_is_a_resume_while_grace_would_hold(
    ward: Apart, action: str, grace: int, accepted: bool
) -> None:
    ward.pass_by(120)
    asked, detail = told_by_a_broken_station(ward, Method.FIDO2_TAP)
    signed = ward.key.sign(asdict(asked), flags=UP)
    proof = {name: signed[name] for name in ("credential_id", "authenticator_data", "client_data", "signature")}
    bound = {"label": asked.label, "nonce": asked.nonce, "statement": asked.statement}
    proof |= {**bound, "kind": "fido2", "user_handle": signed["user_handle"]}
    ward.own.journal.add(Happening(SIGN_IN, "s-1", detail=detail, proof=proof))
    under(ward.hospital, rule(action))
    settings = replace(ward.hospital.service.settings, grace=grace)
    ward.hospital.app.state.service = ward.hospital.service = replace(ward.hospital.service, settings=settings)
    rules = ward.hospital.service.rules
    with with_rules(ward.hospital, replace(rules, downtime=replace(rules.downtime, downtime_verify=False))):
        assert (await told(ward))[0] is accepted
    said = (await row_of(ward))["detail"]["policy"]["context"]
    assert (said["action"], said["proof"]) == (
        ("session.open", [1, 1, 0]) if grace == 60 else ("session.resume", [1, 1, 120])
    )
