"""The probes of a real process: alive, ready, and how it is, on a port of their own."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import time
import uuid
from pathlib import Path

import httpx
import pytest

from kiosk.demo.processes import until
from kiosk.service.folder import ServiceFolder, open_folder
from kiosk.service.operations.readiness import keys_there, looks
from kiosk.service.platform import keys
from kiosk.service.platform.key_folder import KeyFolder
from kiosk.service.platform.operations_settings import Operations, operations_from
from kiosk.service.store import workstations
from kiosk.settings import SettingsError
from tests.fakes import service_process
from tests.fakes.client import Client, Clock
from tests.fakes.postgres import cluster
from tests.fakes.service import Hospital
from tests.fakes.service_process import Running


@pytest.fixture
def folder(tmp_path: Path) -> ServiceFolder:
    return probed(tmp_path / "data")


def probed(path: Path, database: str = "") -> ServiceFolder:
    service_process.make(path, int(time.time()), database)
    with (path / "service.toml").open("a", encoding="utf-8") as toml:
        toml.write(f'\n[operations]\nlisten = "127.0.0.1:{service_process.free_port()}"\nlog = "json"\n')
    return open_folder(path)


def ask(process: Running, path: str) -> httpx.Response:
    return httpx.get(f"http://{process.folder.settings.operations['listen']}/{path}", timeout=10)


def test_a_service_says_that_it_lives_is_ready_and_how_it_is(folder: ServiceFolder) -> None:
    with service_process.running(folder) as process:
        assert (ask(process, "livez").status_code, ask(process, "livez").text) == (200, "ok\n")
        ready = ask(process, "readyz")
        assert ready.status_code == 200, ready.text
        assert [line.split()[:2] for line in ready.text.splitlines()] == [
            ["ok", "database:"],
            ["ok", "storage:"],
            ["ok", "keys:"],
            ["ok", "leader:"],
        ]
        metrics = ask(process, "metrics")
        assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert "kiosk_certificate_days_left 36" in metrics.text
        assert 'kiosk_ready{what="database"} 1.0' in metrics.text
        assert "process_resident_memory_bytes" in metrics.text
        assert ask(process, "v1/events").status_code == 404, "nothing else is behind this port"
        assert process.stop()[0] == 0


def test_a_service_whose_keys_are_gone_is_not_ready(folder: ServiceFolder) -> None:
    with service_process.running(folder) as process:
        key = next(item for item in sorted((folder.path / "keys").iterdir()) if item.is_file())
        key.rename(folder.path / "away")
        until("no readiness", lambda: ask(process, "readyz").status_code == 503)
        assert "FAILS  keys: Key files are gone" in ask(process, "readyz").text
        (folder.path / "away").rename(key)
        until("readiness", lambda: ask(process, "readyz").status_code == 200)


@pytest.mark.postgres
def test_a_service_whose_database_is_away_lives_and_is_not_ready(tmp_path: Path) -> None:
    with cluster() as own, service_process.running(probed(tmp_path / "data", own.fresh())) as process:
        until("readiness", lambda: ask(process, "readyz").status_code == 200)
        own.stop()
        until("no readiness", lambda: ask(process, "readyz").status_code == 503)
        assert "FAILS  database:" in ask(process, "readyz").text
        assert ask(process, "livez").status_code == 200, "it need not be started again"
        assert 'kiosk_ready{what="database"} 0.0' in ask(process, "metrics").text
        own.start()
        until("readiness", lambda: ask(process, "readyz").status_code == 200)


def test_a_service_that_may_not_listen_there_says_where(folder: ServiceFolder) -> None:
    host, _, port = str(folder.settings.operations["listen"]).rpartition(":")
    with socket.socket() as taken:
        taken.bind((host, int(port)))
        taken.listen()
        with pytest.raises(AssertionError, match=rf"cannot listen on {host}:{port}\. Is it running already\?"):
            Running(folder)


async def test_a_service_stops_by_itself_while_stations_listen(folder: ServiceFolder) -> None:
    code, now = uuid.uuid4().hex, int(time.time())
    db = folder.database()
    await db.write(workstations.announce, "w", "Ward", code, now, exempt=False)
    await db.close()
    process = await asyncio.to_thread(Running, folder)
    async with httpx.AsyncClient(verify=process.trust(), base_url=process.base) as http:
        client = Client(http, Clock(now), base=process.base)
        enrolled = await client.post("/v1/workstations/enroll", {"code": code, "jwk": client.jwk}, {})
        client.client_id = enrolled.body["client_id"]
        await client.get("/v1/workstation")
        async with http.stream("GET", "/v1/events", headers=client.signed("GET", "/v1/events")) as stream:
            assert stream.status_code == 200
            status, errors = await asyncio.to_thread(process.stop, signal.SIGTERM)
    assert (status, errors) == (0, ""), "nothing had to be cut off, of which uvicorn would complain"


def test_keys_that_were_exchanged_are_not_missed(tmp_path: Path) -> None:
    keys.make(tmp_path / "keys")
    keys.add_new_kinds(tmp_path / "keys")
    exchanged = KeyFolder(tmp_path / "keys")
    exchanged.prepare("badge")
    there = keys_there(tmp_path / "keys")
    exchanged.make("badge")
    assert there(), "what was prepared has another name now"
    exchanged.remove("badge", 1)
    assert there(), "nothing needs a key that was retired"
    (tmp_path / "keys" / "badge-2.key").write_bytes(b"half of i")
    assert not there()


async def test_a_clock_that_differs_from_the_trail_s_is_told(either: Hospital) -> None:
    await either.badge(await either.person("ada"), "04A1B2C3")
    there = keys_there(either.folder.path / "keys")
    either.clock.pass_by(time.time() - either.clock())
    await (await either.station()).open("04A1B2C3")
    assert all(look.ok for look in await looks(either.service, there))
    either.clock.pass_by(-120)
    (wrong,) = [look for look in await looks(either.service, there) if not look.ok]
    assert wrong.name == "clock"
    assert "seconds behind the database's last word" in wrong.said


def test_a_line_of_the_log_is_json_where_that_is_wanted(folder: ServiceFolder) -> None:
    folder.checkpoints.write_text("no checkpoint\n")
    with service_process.running(folder) as process:
        status, errors = process.stop()
    assert status == 0
    (line,) = [json.loads(splitline) for splitline in errors.splitlines()]
    assert sorted(line) == ["level", "logger", "message", "time"]
    assert (line["level"], line["logger"]) == ("error", "kiosk.service.jobs.checkpoint_signing")


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({"listen": "9464"}, "“listen” must be HOST:PORT"),
        ({"listen": 9464}, "“listen” must be HOST:PORT"),
        ({"listen": "::1:9464"}, "“listen” must be HOST:PORT"),
        ({"log": "xml"}, "“log” must be text or json"),
        ({"logs": "text"}, "there is no setting called “logs”"),
    ],
)
def test_settings_that_make_no_sense_are_refused_in_a_sentence(table: dict[str, object], sentence: str) -> None:
    with pytest.raises(SettingsError, match=r"^\[operations\]: .*" + sentence[:20]):
        operations_from(table)


def test_nothing_is_served_unless_it_is_set() -> None:
    assert operations_from({}) == Operations(None, "text")
    assert operations_from({"listen": "[::1]:9464"}).listen == ("::1", 9464)
