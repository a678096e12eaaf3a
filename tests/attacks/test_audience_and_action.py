"""A program asks for an audience's own actions alone; an audience that nobody registered has none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from kiosk.__main__ import main
from kiosk.service.folder import open_folder
from kiosk.service.policy import PolicyRules, rules_from
from kiosk.service.store import programs
from tests.fakes.asking import Ward, make
from tests.fakes.service import Hospital, with_rules

RECORDS, PATH = "https://records.example", "/opt/records/bin/records"
THEIRS: dict[str, Any] = {"program": PATH, "name": "Records"}


@pytest_asyncio.fixture
async def ward(service: Hospital) -> Ward:
    return await make(service)


async def test_an_action_that_was_not_allowed_for_the_audience_is_refused(ward: Ward) -> None:
    await ward.hospital.application("records", RECORDS, ("record.export",))
    asked = await ward.station.step_up(ward.session, audience=RECORDS, records=51)
    assert asked.body["state"] == "prove"
    for action in ("prescription.sign", "factor.reset", "record.export.all", "record"):
        assert (await ward.station.step_up(ward.session, action=action, audience=RECORDS)).code == "policy"


async def test_a_new_application_allows_programs_nothing(ward: Ward) -> None:
    await ward.hospital.application("records", RECORDS, ())
    assert (await ward.station.step_up(ward.session, audience=RECORDS, records=51)).code == "policy"


async def test_an_action_of_one_program_is_not_another_s(ward: Ward) -> None:
    application = await ward.hospital.application("records", RECORDS, ())
    await ward.hospital.program("Records", PATH)
    await ward.hospital.db.write(programs.allow, application.client_id, "Records", "record.export", 1)
    ask: dict[str, Any] = {"audience": RECORDS, "records": 51}
    asked = await ward.station.step_up(ward.session, **ask, **THEIRS)
    assert (asked.body["state"], asked.body["program"]) == ("prove", "Records")
    assert (await ward.station.step_up(ward.session, **ask)).code == "policy"
    assert (await ward.station.step_up(ward.session, **ask, program="/tmp/records", name="Records")).code == "policy"
    assert (await ward.station.step_up(ward.session, **ask, program=PATH)).code == "policy"
    await ward.hospital.db.write(programs.remove, "Records")
    assert (await ward.station.step_up(ward.session, **ask, **THEIRS)).code == "policy"


async def test_a_program_that_is_known_by_its_checksum_is_no_other_file(ward: Ward) -> None:
    await ward.hospital.application("records", RECORDS, ("record.export",))
    await ward.hospital.program("Records", PATH, sha256="aa" * 32)
    asked = await ward.station.step_up(ward.session, audience=RECORDS, records=51, **THEIRS)
    assert asked.body["program"] == "", "the station did not say which file it was"


async def test_a_page_is_believed_in_a_registered_browser_alone(ward: Ward) -> None:
    application = await ward.hospital.application("records", RECORDS, ())
    await ward.hospital.db.write(_origin, application.client_id)
    await ward.hospital.program("Records", PATH)
    page: dict[str, Any] = {"origin": "https://page.example", "records": 51}
    assert (await ward.station.step_up(ward.session, **page)).code == "policy"
    assert (await ward.station.step_up(ward.session, **page, **THEIRS)).code == "policy"
    await ward.hospital.program("Browser", "/usr/bin/browser", browser=True)
    asked = await ward.station.step_up(ward.session, **page, program="/usr/bin/browser", name="Browser")
    assert asked.body["state"] == "prove"


async def test_an_audience_that_nobody_registered_is_refused_where_audiences_are_closed(ward: Ward) -> None:
    ask: dict[str, Any] = {"audience": "https://evil.example", "records": 51}
    for rules, state in ((PolicyRules(open_audiences=False), "refused"), (PolicyRules(open_audiences=True), "prove")):
        with with_rules(ward.hospital, rules):
            assert (await ward.station.step_up(ward.session, **ask)).body["state"] == state


@pytest.mark.parametrize("policy", ["", "[policy]\nopen_audiences = true\n"])
def test_a_new_installation_has_closed_audiences_until_its_owner_opens_them(tmp_path: Path, policy: str) -> None:
    data = tmp_path / "service"
    assert main(["service", "init", "--data", str(data), "--origin", "https://localhost:1"]) == 0
    with (data / "service.toml").open("a") as file:
        file.write(policy)
    assert rules_from(open_folder(data).settings.policy_table()).open_audiences is bool(policy)


def _origin(conn: object, application: str) -> None:
    from sqlalchemy import Connection

    from kiosk.service.store import applications

    assert isinstance(conn, Connection)
    applications.add_origin(conn, application, "https://page.example", ["record.export"], 1)
