"""Which audiences had tokens that no application has, as ``doctor`` tells before they are refused."""

from __future__ import annotations

from kiosk.service.admin import audiences
from kiosk.service.policy import PolicyRules
from tests.fakes.asking import make
from tests.fakes.client import NOW
from tests.fakes.service import Hospital, with_rules


async def test_those_that_nobody_registered_and_no_others(service: Hospital) -> None:
    ward = await make(service)
    await service.application("records", "https://records.example", ("record.export",))
    asks = [{"audience": "https://old.example"}, {"audience": "https://records.example"}, {}]
    with with_rules(service, PolicyRules(open_audiences=True)):
        for ask in [*asks, asks[0]]:
            view = await ward.station.step_up(ward.session, records=51, **ask)
            assert (await ward.by_key(view)).body["state"] == "done"
        await ward.station.step_up(ward.session, records=51, audience="https://never-granted.example")
    issuer = service.folder.settings.origin
    found = await service.db.read(audiences.unregistered, issuer, NOW - 1)
    assert found == {"https://old.example": 2}
    assert not await service.db.read(audiences.unregistered, issuer, NOW + 1_000_000)
