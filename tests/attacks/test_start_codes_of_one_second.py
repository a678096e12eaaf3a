"""Two start codes for one person within one second: whoever gave out the one that is used does not vouch for it."""

from __future__ import annotations

import pytest

from kiosk.service.store import people, start_codes
from tests.fakes.client import NOW
from tests.fakes.enrolling import Wizard, start_code, supervisor, uid
from tests.fakes.service import Hospital

EVE, DORA = "04A1B2C3D4E5F7", "04DDDDDDDDDDDD"


@pytest.mark.parametrize("eves_is_last", [False, True])
async def test_the_code_itself_says_who_gave_it(either: Hospital, eves_is_last: bool) -> None:
    ada, keys = await either.person("ada"), either.folder.keys.badge
    await supervisor(either, EVE)
    eve = next(person.login for person in await either.db.read(people.everybody) if person.login != "ada")
    dora = await supervisor(either, DORA)
    here = Wizard(await either.station())
    # Nothing of the clock tells the two codes apart: it stands still.
    order = ["the help desk", eve] if eves_is_last else [eve, "the help desk"]
    for giver in order:
        code = await either.db.write(start_codes.issue, keys, ada, giver, "first day", NOW)
        await here.begin(start_code(code), "pin")
        assert here.step == "second"
        if giver == eve:
            await here.second(uid(EVE))
            assert (here.step, here.refused) == ("second", "not_entitled")
        else:
            await here.second(uid(EVE))
            assert (here.step, here.refused) == ("vouch", None)
        await here.cancel()
    code = await either.db.write(start_codes.issue, keys, ada, eve, "first day", NOW)
    await here.begin(start_code(code), "pin")
    await here.vouch(DORA, dora)
    assert here.step == "make"
