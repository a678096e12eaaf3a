"""Reports tell what is so now, as the rules of sign-in have it: not of a factor before, nor of one that is used up."""

from __future__ import annotations

import time
import tomllib
from typing import Any

import pytest
from cryptography import x509
from sqlalchemy import true

from kiosk.service.admin import factors
from kiosk.service.admin.act import Admin
from kiosk.service.policy import rules_from
from kiosk.service.records.reports import REPORTS, RULED
from kiosk.service.records.table import percent
from kiosk.service.store import integrity, recovery_codes, stopping
from kiosk.service.store.schema import recovery_code
from kiosk.simulator.piv_ca import CardAuthority
from tests.fakes.client import NOW
from tests.fakes.enrolling import KEY_PRESENTED, Wizard, admin_key
from tests.fakes.keys import give_card, piv_card, trust
from tests.fakes.service import Hospital, with_rules

ADA = "04A1B2C3"
DAY = 86_400


async def report(hospital: Hospital, name: str) -> list[dict[str, Any]]:
    now = int(hospital.clock())
    if name in RULED:
        table = await hospital.db.read(RULED[name], now, hospital.service.rules)
    else:
        table = await hospital.db.read(REPORTS[name], now)
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


async def test_who_verified_the_pin_before_is_not_said_of_one_that_an_administrator_set(either: Hospital) -> None:
    await either.person("ada", pin=None)
    key = await admin_key(either, "ada")
    here = Wizard(await either.station("ward-3"))
    await here.begin(KEY_PRESENTED, "pin")
    await here.key(key)
    await here.new_pin("482915")
    assert here.step == "done"

    async def told() -> tuple[Any, Any]:
        [pin] = [row for row in await report(either, "factors") if row["factor"] == "pin"]
        return pin["issued_by"], pin["verified_by"]

    assert await told() == ("workstation ward-3", "own phr")
    either.clock.now += 60
    await either.db.write(factors.set_pin, Admin("root", 0, int(either.clock())), "ada", "$argon2id$…")
    assert await told() == ("root", None)


async def test_recovery_codes_that_are_used_up_count_nowhere(either: Hospital) -> None:
    ada = await either.person("ada")
    keys = either.folder.keys.badge
    await either.db.write(recovery_codes.issue, keys, ada, recovery_codes.fresh(), NOW)
    wave = '[[wave]]\nname="a"\nkinds=["recovery"]\nfrom=2020-01-01\nrequired=true'
    with with_rules(either, rules_from(tomllib.loads(wave))):
        assert [row["missing"] for row in await report(either, "waves")] == [""]
        await either.db.write(lambda conn: integrity.change(conn, recovery_code, true(), {"used": NOW}))
        assert [row["missing"] for row in await report(either, "waves")] == ["ada"]
        [count] = await report(either, "counts")
        assert (count["recovery"], count["total"]) == (0, 1)
        # Their sign-in says the same.
        await either.badge(ada, ADA)
        station = await either.station()
        begun = await station.tap(ADA)
        done = await station.pin(begun.body["id"], "123456")
        assert "required" in done.body["session"]["news"]


async def test_a_temporary_badge_is_no_lasting_one(either: Hospital) -> None:
    await either.person("ada")
    admin, until = Admin("root", 0, NOW), NOW + DAY
    await either.db.write(factors.add_badge, admin, either.folder.keys.badge, "ada", "04A1B2C3D4E5F6", until)
    wave = '[[wave]]\nname="a"\nkinds=["badge", "temporary_badge"]\nfrom=2020-01-01'
    with with_rules(either, rules_from(tomllib.loads(wave))):
        have = {row["kind"]: row["have"] for row in await report(either, "waves")}
        assert have == {"badge": 0, "temporary_badge": 1, "all": 0}
        either.clock.now = float(until)
        assert {row["have"] for row in await report(either, "waves")} == {0}


async def test_a_card_whose_certificate_is_over_counts_no_more(either: Hospital) -> None:
    either.clock.now = float(int(time.time()))  # the card's certificates are of today
    issuer = CardAuthority.new("Card CA")
    await trust(either, issuer, hardware=True)
    card = piv_card(issuer)
    await give_card(either, await either.person("ada", pin=None), card)
    assert [row["strongest"] for row in await report(either, "counts")] == ["phrh"]
    either.clock.now = _end(card.cert_9a)
    assert [row["strongest"] for row in await report(either, "counts")] == ["none"]
    [row] = [row for row in await report(either, "factors") if row["factor"] == "piv"]
    assert row["until"] == f"{card.cert_9a.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"


def _end(certificate: x509.Certificate) -> float:
    return certificate.not_valid_after_utc.timestamp() + 1


@pytest.mark.parametrize("way", ["longest session", "factor lost"])
async def test_the_last_full_proof_is_told_when_its_grace_is_over(either: Hospital, way: str) -> None:
    ada = await either.person("ada")
    await either.badge(ada, ADA)
    station = await either.station()
    session = await station.open(ADA)
    either.clock.now += 60
    if way == "factor lost":
        await either.db.write(stopping.forget, ada, int(either.clock()))
    else:
        end = {"id": "1" * 32, "action": "session_end", "at": NOW, "session": session, "reason": "max_session"}
        assert (await station.post("/v1/reports", {"reports": [{**end, "detail": {}}]})).status == 204
    [row] = [row for row in await report(either, "last-used") if row["what"] == "second_factor"]
    assert (row["last_used"], row["days_ago"]) == (_day(NOW), 0)


def _day(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


@pytest.mark.parametrize(
    ("part", "whole", "expected"), [(36, 64, 56.3), (1, 3, 33.3), (2, 3, 66.7), (5, 5, 100.0), (0, 0, 0.0)]
)
def test_percentages_are_rounded_as_spreadsheets_do(part: int, whole: int, expected: float) -> None:
    assert percent(part, whole) == expected


def test_nearly_all_is_never_said_to_be_all() -> None:
    assert [percent(part, 100_003) for part in (100_001, 100_002, 100_003)] == [99.9, 99.9, 100.0]
    assert [percent(part, 8) for part in (0, 1, 7)] == [0.0, 12.5, 87.5]
