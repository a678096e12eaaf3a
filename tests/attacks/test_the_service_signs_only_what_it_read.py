"""The service reads each row before a checkpoint vouches for it. What was forged, cut or hidden is told, not signed."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from kiosk.model.binding import b64u, canonical
from kiosk.service.audit import checkpoint, kept, reading
from kiosk.service.audit.checkpoint import Checkpoint
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.finding import VerificationReport
from kiosk.service.audit.verify import verify
from kiosk.service.jobs.checkpoint_signing import CheckpointSealer
from kiosk.service.store import integrity
from kiosk.service.store.schema import audit_chain
from tests.fakes.archive import cut, forge
from tests.fakes.asking import ADA
from tests.fakes.client import Client
from tests.fakes.service import Hospital


@dataclass
class Ward:
    """A workstation that reports locks, and the service's sealer; ``path``: the checkpoints that are kept."""

    hospital: Hospital
    station: Client
    session: str
    path: Path
    sealer: CheckpointSealer = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.sealer = CheckpointSealer(self.hospital.service, self.path)

    @property
    def chain(self) -> str:
        return self.station.client_id

    async def lock(self) -> None:
        report = {"id": str(uuid.uuid4()), "action": "lock", "at": int(self.hospital.clock.now), "reason": "button"}
        answer = await self.station.post("/v1/reports", {"reports": [{**report, "session": None, "detail": {}}]})
        assert answer.status == 204, answer.body

    def kept(self) -> list[Checkpoint]:
        return kept.of_one_service(self.path, self.hospital.folder.keys.checkpoint.public, whole=True)

    def covered(self, chain: str | None = None) -> int:
        """How far the checkpoints that are kept vouch for a chain."""
        heads = [head for checkpoint in self.kept() for head in json.loads(checkpoint.body)["heads"]]
        return max((head["seq"] for head in heads if head["chain"] == (chain or self.chain)), default=0)

    async def head(self, chain: str | None = None) -> int:
        row = await self.hospital.db.read(reading.head, chain or self.chain)
        assert row is not None
        return int(row.head_seq)

    async def told(self) -> list[str]:
        """What the service said in its own chain."""
        return [row["detail"]["why"] for row in await self.hospital.trail("checkpoint_refused")]

    async def report(self) -> VerificationReport:
        return await self.hospital.db.read(verify, self.hospital.folder.keys.checkpoint.public, self.kept())

    async def sql(self, statement: str, **words: Any) -> None:
        def act(conn: Connection) -> None:
            assert conn.execute(text(statement), {"chain": self.chain, **words}).rowcount != 0

        await self.hospital.db.write(act)

    async def change_head(self, **values: int) -> None:
        """With a right code."""
        await self.hospital.db.write(integrity.change, audit_chain, audit_chain.c.chain == self.chain, values)

    async def cut(self, after: int) -> None:
        row = await self.hospital.db.read(reading.row, self.chain, after)
        assert row is not None
        await self.hospital.db.write(cut, self.chain, after, row.hash)


@pytest.fixture
async def ward(either: Hospital, tmp_path: Path) -> Ward:
    await either.badge(await either.person("ada"), ADA)
    station = await either.station()
    made = Ward(either, station, await station.open(ADA), tmp_path / "checkpoints.jsonl")
    await made.sealer.once()
    return made


async def test_an_honest_trail_is_signed_to_its_end_time_after_time(ward: Ward) -> None:
    for _ in range(3):
        await ward.lock()
        await ward.lock()
        await ward.sealer.once()
        assert ward.covered() == await ward.head()
    ward.restart()
    await ward.lock()
    await ward.sealer.once()
    assert ward.covered() == await ward.head()
    assert await ward.told() == []
    report = await ward.report()
    assert (report.finding, report.uncovered, report.checkpoints) == (None, {}, 5)
    await ward.sealer.once()
    assert len(ward.kept()) == 5, "nothing moved"


async def test_a_row_that_the_workstation_did_not_sign_for_is_not_signed_and_stops_no_other_chain(ward: Ward) -> None:
    before = ward.covered()
    now = int(ward.hospital.clock.now)
    await ward.hospital.db.write(forge, ward.chain, (Event("stepup", "success", now, acr="phr"),))
    other = await ward.hospital.station("ward-4")
    await ward.sealer.once()
    assert ward.covered() == before
    assert ward.covered(other.client_id) == await ward.head(other.client_id)
    assert await ward.told() == ["its workstation did not sign for it"]
    await ward.sealer.once()
    assert len(await ward.told()) == 1, "once a run"
    ward.hospital.clock.pass_by(601)
    await ward.hospital.station("ward-5")
    await ward.sealer.once()
    finding = (await ward.report()).finding
    assert finding is not None
    assert finding.chain == ward.chain


@pytest.mark.parametrize("value", [10**15, 2, 0, -5])
async def test_what_the_database_says_is_sealed_is_not_believed(ward: Ward, value: int) -> None:
    """Even with a right code, as whoever got at the key of codes has it."""
    await ward.lock()
    await ward.change_head(sealed_seq=value)
    await ward.sealer.once()
    assert ward.covered() == await ward.head()
    assert (await ward.report()).finding is None


@pytest.mark.parametrize("chain", ["station", "service"])
async def test_a_chain_whose_head_the_service_did_not_write_is_not_signed(ward: Ward, chain: str) -> None:
    await ward.lock()
    before = ward.covered(), ward.covered(SERVICE)
    this = ward.chain if chain == "station" else SERVICE
    await ward.hospital.db.write(forge, this, (Event("admin", "success", int(ward.hospital.clock.now)),))
    ward.hospital.tampered = True
    await ward.sql("UPDATE audit_chain SET mac=:mac WHERE chain=:this", this=this, mac=bytes(40))
    await ward.sealer.once()
    after = ward.covered(), ward.covered(SERVICE)
    if chain == "station":
        assert after[0] == before[0]
        assert await ward.told() == ["its chain's head was not written by the service"]
    else:
        assert after == (await ward.head(), before[1]), "the others are signed all the same"


async def test_rows_that_are_said_to_be_sealed_already_are_read(ward: Ward) -> None:
    await ward.hospital.db.write(forge, ward.chain, (Event("stepup", "success", int(ward.hospital.clock.now)),))
    await ward.change_head(sealed_seq=await ward.head())
    await ward.sealer.once()
    assert await ward.told() == ["its workstation did not sign for it"]


async def test_a_chain_that_was_cut_is_told_of(ward: Ward) -> None:
    await ward.cut(2)
    await ward.change_head(sealed_seq=10**15)
    await ward.sealer.once()
    assert await ward.told() == ["it is not the row that a checkpoint names"]


async def test_a_chain_that_was_taken_away_is_told_of(ward: Ward) -> None:
    for table in ("station_request", "audit_row", "audit_chain"):
        await ward.sql(f"DELETE FROM {table} WHERE chain=:chain")  # noqa: S608  (names of this test)
    await ward.sealer.once()
    assert [why.split(",")[0] for why in await ward.told()] == ["it is missing"]


async def test_a_row_of_the_service_dated_back_is_not_signed(ward: Ward) -> None:
    before = ward.covered(SERVICE)
    now = int(ward.hospital.clock.now)
    await ward.hospital.db.write(
        forge, SERVICE, (Event("admin", "success", now), Event("admin", "success", now - 90_000))
    )
    await ward.sealer.once()
    assert ward.covered(SERVICE) == before
    assert len(await ward.told()) == 1


async def test_a_checkpoint_that_was_removed_from_the_database_is_missed(ward: Ward) -> None:
    await ward.lock()
    await ward.sealer.once()
    await ward.sql("DELETE FROM checkpoint WHERE id=2")
    await ward.lock()
    await ward.sealer.once()
    assert await ward.told() == ["it is missing in the database, but was kept"]
    assert len(ward.kept()) == 2


async def test_a_checkpoint_that_was_changed_in_the_database_is_not_followed(ward: Ward) -> None:
    await ward.sql("UPDATE checkpoint SET body=replace(body, 'sealed', 'Sealed')")
    await ward.lock()
    await ward.sealer.once()
    assert await ward.told() == ["its signature is wrong"]


async def test_the_file_is_brought_up_to_date_after_a_crash_and_after_its_loss(ward: Ward) -> None:
    whole = ward.path.read_bytes()
    ward.path.write_bytes(whole + whole[:200])
    await ward.lock()
    await ward.sealer.once()
    assert [checkpoint.id for checkpoint in ward.kept()] == [1, 2]
    ward.path.unlink()
    await ward.sealer.once()
    assert [checkpoint.id for checkpoint in ward.kept()] == [1, 2]
    assert checkpoint.last_in(ward.path) == 2
    ward.path.write_bytes(b"rubbish\n")
    await ward.lock()
    await ward.sealer.once()
    assert ward.path.read_bytes() == b"rubbish\n", "nothing is appended to what is no list of checkpoints"


async def test_checkpoints_of_before_that_say_less_are_read_one_by_one(ward: Ward) -> None:
    """Those of an earlier version do not say how far all chains had come."""
    keys = ward.hospital.folder.keys.checkpoint

    def older(conn: Connection) -> None:
        one = checkpoint.newest(conn)
        assert one is not None
        body = json.loads(one.body)
        del body["sealed"]
        said = canonical({**body, "v": 1})
        signature = b64u(keys.signer.sign(checkpoint.LABEL + said))
        conn.execute(text("UPDATE checkpoint SET body=:body, signature=:s"), {"body": said.decode(), "s": signature})

    await ward.hospital.db.write(older)
    ward.path.unlink()
    await ward.lock()
    await ward.sealer.once()
    assert await ward.told() == []
    assert ward.covered() == await ward.head()
    assert (await ward.report()).finding is None
