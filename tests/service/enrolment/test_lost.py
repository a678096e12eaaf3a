"""What is reported lost or replaced: by what it is proved, and what stays."""

from __future__ import annotations

from kiosk.service.store.factors import short_of
from tests.fakes.enrolling import KEY_PRESENTED, Wizard, uid
from tests.fakes.keys import give_key
from tests.fakes.service import Hospital

BADGE, OTHER = "04A1B2C3D4E5F6", "04112233445566"


async def test_a_badge_takes_no_key_away(service: Hospital) -> None:
    ada = await service.person("ada")
    key = await give_key(service, ada)
    mark = f"key:{key.credential_id}"
    here = Wizard(await service.station())
    await here.begin(KEY_PRESENTED, "badge", factor=mark)
    await here.key(key)
    assert (here.step, here.refused) == ("refused", "policy")
    await here.begin(KEY_PRESENTED, "key", factor=mark)
    await here.key(key)
    await here.kind("badge")
    await here.key(key)
    await here.badge(BADGE)
    assert (here.step, await service.trail("factor_replaced")) == ("done", [])


async def test_what_is_lost_proves_nothing_against_itself(either: Hospital) -> None:
    ada = await either.person("ada", pin=None)
    lost, other = await give_key(either, ada), await give_key(either, ada, name="red key")
    here = Wizard(await either.station())
    await here.begin(KEY_PRESENTED, act="lost", factor=f"key:{lost.credential_id}")
    assert (await here.key(lost))["refusal"]["code"] == "wrong_key"
    await here.key(other)
    assert (here.step, here.view["factor"]["state"]) == ("done", "lost")
    assert [row["detail"]["factor"] for row in await either.trail("factor_lost")] == [
        short_of(f"key:{lost.credential_id}")
    ]


async def test_a_lost_pin_is_not_asked_for(service: Hospital) -> None:
    ada = await service.person("ada")
    await service.badge(ada, OTHER)
    here = Wizard(await service.station())
    await here.begin(uid(OTHER), act="lost", factor="pin")
    assert (here.step, here.refused) == ("refused", "no_way")
    key = await give_key(service, ada)
    await here.begin(uid(OTHER), act="lost", factor="pin")
    assert here.offered == ["fido2"]
    await here.key(key)
    assert here.step == "done"


async def test_nobody_reports_what_is_anothers_or_nothing_lost(service: Hospital) -> None:
    key = await give_key(service, await service.person("ben"))
    await service.badge(await service.person("ada"), OTHER)
    here = Wizard(await service.station())
    for mark in (f"key:{key.credential_id}", "totp", "badge:nothing", "nonsense", None):
        await here.begin(uid(OTHER), act="lost", factor=mark)
        assert (here.step, here.refused) == ("refused", "policy")
    await here.begin(uid(OTHER), "badge", factor=f"key:{key.credential_id}")
    assert (here.step, here.refused) == ("refused", "policy")
