"""Whatever is sent in whatever order: nothing is bound without a proof or a word and a try, nothing stays half-made."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pyotp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select

from kiosk.model.enrolment import FactorKind
from kiosk.service.store import people
from kiosk.service.store.schema import badge, badge_form, enrolment, fido2_credential, recovery_set, totp
from tests.fakes.enrolling import KEY_PRESENTED, Plastic, Wizard, give_start_code, login, start_code, supervisor, uid
from tests.fakes.keys import SoftKey, give_key
from tests.fakes.service import Hospital, hospital

ADA, BEN, BOSS, COLLEAGUE = "04A0A0A0A0A0A0", "04B0B0B0B0B0B0", "04DDDDDDDDDDDD", "04CCCCCCCCCCCC"
NUMBERS = (ADA, BEN, "04111111111111", "04222222222222", "08A1B2C3", "F6")
SHARED = "/dev/shm" if Path("/dev/shm").is_dir() else None
TABLES = (badge, fido2_credential, totp, recovery_set)


class Crowd:
    """A ward where somebody presses everything. ``rows``: how many factors there were after the last call."""

    def __init__(self, running: Hospital, dice: random.Random) -> None:
        self.hospital, self.dice = running, dice
        self.plastic = Plastic.blank()
        self.keys: list[SoftKey] = []
        self.ada = ""
        self.here: list[Wizard] = []
        self.rows = 0
        self.number = ADA

    async def prepare(self) -> None:
        hospital = self.hospital
        self.ada = await hospital.person("ada", "Ada", *self.dice.choice([("nurse",), ("prescriber",)]))
        await hospital.badge(self.ada, ADA)
        await hospital.badge(await hospital.person("ben", "Ben"), BEN)
        self.keys = [await give_key(hospital, self.ada), await supervisor(hospital, BOSS)]
        self.keys.append(await supervisor(hospital, COLLEAGUE, "nurse"))
        self.here = [Wizard(await hospital.station(name)) for name in ("one", "two")]
        for here in self.here:
            await self.begin(here)
        self.rows = await hospital.db.read(how_many)

    async def begin(self, here: Wizard) -> None:
        code = await give_start_code(self.hospital, self.ada)
        who = self.dice.choice([uid(ADA), uid(BEN), login("ada"), login("no"), start_code(code), KEY_PRESENTED])
        kind = self.dice.choice([None, *(kind.value for kind in FactorKind if kind is not FactorKind.PIV)])
        await here.begin(who, kind, new=self.dice.choice([None, uid(self.dice.choice(NUMBERS))]))

    async def prove(self, here: Wizard) -> None:
        """By any key, or by the PIN, right or wrong."""
        if not here.view.get("ceremony"):
            return
        method = self.dice.choice([offer["method"] for offer in here.view["ceremony"]["offers"]] or ["pin"])
        if method == "fido2":
            asked = await here.station.challenge(here.view["ceremony"]["id"], "fido2")
            if asked.status == 200:
                await here.prove(self.dice.choice(self.keys).sign(asked.body))
        else:
            await here.pin(self.dice.choice(["123456", "000000"]))

    async def made(self, here: Wizard) -> None:
        self.number = self.dice.choice(NUMBERS)
        body: dict[str, Any] = {"presented": uid(self.number), "kind": "badge"}
        wanted = here.view.get("make") or {}
        if wanted.get("key"):
            body = self.plastic.made(wanted["key"])
        elif wanted.get("code_app") or wanted.get("recovery"):
            body = {"kind": "seen"}
        elif wanted.get("pin_shortest"):
            body = {"pin": self.dice.choice(["735190", "1111"]), "kind": "pin"}
        await self.post(here, "made", {"made": body})

    async def tried(self, here: Wizard) -> None:
        kind, make = here.view.get("kind"), here.view.get("make") or {}
        number = self.dice.choice([self.number, self.number, self.number, ADA])
        body: dict[str, Any] = {"presented": uid(number), "kind": "badge"}
        if kind == "key":
            asked = await here.station.post(f"{here.path}/challenge", {})
            signer = self.dice.choice([self.plastic.signer, self.keys[0]])
            body = {"proof": signer.sign(asked.body), "kind": "key"} if asked.status == 200 else body
        elif kind in ("pin", "totp", "recovery"):
            text = "735190"
            if make.get("code_app"):
                secret = make["code_app"]["secret"].replace(" ", "")
                text = pyotp.TOTP(secret).at(int(self.hospital.clock()))
            body = {"text": text, "kind": "typed"}
        await self.post(here, "try", {"tried": body})

    async def others(self, here: Wizard) -> None:
        """What else may happen."""
        what = self.dice.randrange(6)
        if what == 0:
            await self.post(here, "kind", {"kind": self.dice.choice([None, "badge", "key", "pin", "totp"])})
        elif what == 1:
            await here.cancel()
        elif what == 2:
            self.hospital.clock.pass_by(self.dice.choice([5, 61, 700]))
        elif what == 3:
            await self.hospital.db.write(people.set_active, self.ada, self.dice.random() < 0.8)
        elif what == 4:
            await self.begin(here)
        elif here.view.get("ceremony"):
            path = f"/v1/ceremonies/{here.view['ceremony']['id']}/cancel"
            await here.station.post(path, {"reason": "timeout"})
        await here.look()

    async def second(self, here: Wizard) -> None:
        presented = self.dice.choice([uid(BOSS), uid(COLLEAGUE), uid(ADA), uid(BEN), KEY_PRESENTED])
        await self.post(here, "second", {"presented": presented, "tap": 1})

    async def post(self, here: Wizard, what: str, body: dict[str, Any]) -> None:
        """As somebody may who does not look at the step."""
        answer = await here.station.post(f"{here.path}/{what}", body)
        assert answer.status in (200, 409, 422), answer.body
        if answer.status == 200:
            here.take(answer)

    def fitting(self, here: Wizard) -> Callable[[Wizard], Awaitable[None]]:
        """What the step waits for."""
        of: dict[str, Callable[[Wizard], Awaitable[None]]] = {
            "prove": self.prove,
            "vouch": self.prove,
            "second": self.second,
            "make": self.made,
            "try": self.tried,
            "done": self.begin,
            "refused": self.begin,
        }
        return of.get(here.step, self.others)

    async def press(self, number: int) -> None:
        here = self.here[number % 2]
        acts: list[Callable[[Wizard], Awaitable[None]]] = [
            self.prove, self.prove, self.second, self.made, self.made, self.tried, self.tried, self.others,
        ]  # fmt: skip
        act = acts[number // 2 % len(acts)] if number % 3 == 0 else self.fitting(here)
        before = here.step
        await act(here)
        now = await self.hospital.db.read(how_many)
        if now > self.rows:
            assert (act, before, here.step) == (self.tried, "try", "done")
        self.rows = now


def how_many(conn: Connection) -> int:
    return sum(conn.execute(select(func.count()).select_from(table)).scalar_one() for table in TABLES)


def half_made(conn: Connection) -> int:
    over = enrolment.c.step.in_(("done", "refused")) & enrolment.c.pending.is_not(None)
    return conn.execute(select(func.count()).select_from(enrolment).where(over)).scalar_one()


def shared(conn: Connection) -> list[Any]:
    """Badge numbers of two badges."""
    exact = select(badge_form.c.hmac).where(badge_form.c.form == "exact").group_by(badge_form.c.hmac)
    return list(conn.execute(exact.having(func.count() > 1)))


async def a_day(seed: int, presses: list[int]) -> None:
    with tempfile.TemporaryDirectory(dir=SHARED) as folder:
        async with hospital(Path(folder) / "data") as running:
            crowd = Crowd(running, random.Random(seed))
            await crowd.prepare()
            before = crowd.rows
            for number in presses:
                await crowd.press(number)
            assert await running.db.read(half_made) == 0
            assert await running.db.read(shared) == []
            rows = await running.trail()
            added = [row for row in rows if row["action"] == "factor_added"]
            bound = sum(row["detail"]["factor_kind"] != "pin" for row in added)
            assert crowd.rows - before <= bound  # a new code app takes the place of the old one
            for row in added:
                allowed(row, rows)


def allowed(added: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """It was proved or vouched for, for this very kind, and made."""
    of = [row for row in rows if row.get("detail", {}).get("enrolment") == added["detail"]["enrolment"]]
    of = [
        row for row in of if row["result"] == "success" and row["chain"] == added["chain"] and row["seq"] < added["seq"]
    ]
    kind = added["detail"]["factor_kind"]
    words = {row["action"] for row in of if row["detail"].get("factor_kind") == kind}
    assert words & {"enrol_proved", "enrol_vouched"}, words
    assert "enrol_made" in words
    if added["detail"].get("moved_from"):
        moves = [
            row for row in of if row["action"] == "enrol_vouched" and row["detail"]["may"] == "owner_or_supervisor"
        ]
        assert moves


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000), presses=st.lists(st.integers(0, 31), min_size=20, max_size=60))
def test_nothing_is_bound_without_proof_or_word_and_a_try(seed: int, presses: list[int]) -> None:
    asyncio.run(a_day(seed, presses))
