"""The ``[directory]`` of a service in this process, and who speaks to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kiosk.service.admin.act import Admin
from kiosk.service.directory import tokens
from kiosk.service.store import people
from kiosk.service.store.people import PersonLine
from tests.fakes.scim import ScimSpeaker
from tests.fakes.service import Hospital

ROLES = {"roles": {"Nurses": ["nurse"], "Desk": ["help_desk"]}, "privileged": ["help_desk"]}


def set_directory(hospital: Hospital, **table: Any) -> None:
    """From now on its settings say that."""
    settings = replace(hospital.service.settings, directory=table)
    hospital.service = hospital.app.state.service = replace(hospital.service, settings=settings)


async def speaker(hospital: Hospital, source: str = "entra", days: int = 30) -> ScimSpeaker:
    """A directory with a token of its own."""
    said = await hospital.db.write(tokens.make, Admin("root", 0, int(hospital.clock())), source, days)
    return ScimSpeaker(hospital.http, said)


async def person(hospital: Hospital, login: str) -> PersonLine:
    """Who must be there."""
    found = await hospital.db.read(people.find, login)
    assert found is not None, login
    return found
