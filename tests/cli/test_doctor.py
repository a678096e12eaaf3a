"""``kiosk doctor``: each trouble is found, and says what to do."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from pathlib import Path

import pytest

from kiosk import reader
from kiosk.__main__ import main
from kiosk.cli import doctor_folder, doctor_machine, doctor_stage, doctor_station
from kiosk.cli.doctor_check import Check
from kiosk.client.keystore import open_keystore
from kiosk.model.card import CardService, ReaderHealth, ReaderRole, ReadersChanged, ReaderState
from kiosk.service.audit.event import Event
from kiosk.service.audit.writer import append
from kiosk.service.folder import open_folder
from kiosk.service.store import disk
from kiosk.settings import AgentSettings, save
from kiosk.stage import users
from tests.fakes.admin import AdminDesk, desk
from tests.fakes.certificates import authority

__all__ = ["desk"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    open_keystore("file", tmp_path).create()
    (tmp_path / "trust.pem").write_text(authority("somebody"))
    save(AgentSettings("https://localhost:1", "ws-1"), tmp_path / "agent.toml")
    return tmp_path


def seen(monkeypatch: pytest.MonkeyPatch, service: CardService, *states: ReaderState) -> None:
    readers = tuple(ReaderHealth(f"Reader {n}", ReaderRole.TAP, state) for n, state in enumerate(states))
    monkeypatch.setattr(reader, "health", lambda: ReadersChanged(service, readers))


def test_the_list_has_every_name_and_the_exit_status_follows_it(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen(monkeypatch, CardService.OK, ReaderState.READY)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.delenv("DISPLAY", raising=False)
    assert main(["doctor", "--json"]) == 0
    checks = json.loads(capsys.readouterr().out)
    assert [c["name"] for c in checks] == [
        "card service",
        "readers",
        "key access",
        "display",
        "key store",
        "service",
        "clock",
    ]
    assert all(set(c) == {"name", "ok", "detail", "do"} for c in checks)
    assert main(["doctor", "--home", str(home)]) == 1
    assert "Check the network" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("service", "states", "named"),
    [
        (CardService.STOPPED, (), "systemctl start"),
        (CardService.DENIED, (), "Access denied, 0x8010006A"),
        (CardService.NO_READER, (), "Plug a reader in"),
        (CardService.OK, (ReaderState.READY, ReaderState.MUTE), "does not answer"),
        (CardService.OK, (ReaderState.EXCLUSIVE,), "another program"),
    ],
)
def test_a_card_service_or_reader_in_trouble_is_named(
    monkeypatch: pytest.MonkeyPatch, service: CardService, states: tuple[ReaderState, ...], named: str
) -> None:
    seen(monkeypatch, service, *states)
    bad = [check for check in doctor_machine.cards() if not check.ok]
    assert any(named in check.detail + check.do for check in bad)
    assert all(check.do for check in bad)


def test_a_key_that_may_not_be_opened_is_named(tmp_path: Path) -> None:
    for name, page in (("hidraw0", "05010906"), ("hidraw1", "06d0f10901")):
        folder = tmp_path / "sys" / name / "device"
        folder.mkdir(parents=True)
        (folder / "report_descriptor").write_bytes(bytes.fromhex(page))
    check = doctor_machine.key_access(tmp_path / "sys", tmp_path / "dev")
    assert not check.ok
    assert "hidraw1" in check.detail
    assert "hidraw0" not in check.detail
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "hidraw1").touch()
    assert doctor_machine.key_access(tmp_path / "sys", tmp_path / "dev").ok


def test_no_key_plugged_in_is_said_and_not_called_tried(tmp_path: Path) -> None:
    check = doctor_machine.key_access(tmp_path / "none", tmp_path)
    assert check.ok
    assert "not tried" in check.detail


def test_a_display_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":4711")
    assert not doctor_machine.display().ok
    monkeypatch.delenv("DISPLAY")
    assert not doctor_machine.display().ok


def test_a_private_file_as_key_store_is_ok_with_a_warning(home: Path) -> None:
    check = doctor_station.checks(home, central=False)[0]
    assert (check.name, check.ok) == ("key store", True)
    assert "systemd" in check.do


def test_a_key_that_others_may_read_is_not_ok(home: Path) -> None:
    (home / "keys" / "workstation.pem").chmod(0o644)
    assert not doctor_station.checks(home, central=False)[0].ok


@pytest.mark.parametrize(("off", "ok"), [(0.0, True), (-20.0, True), (40.0, False), (-4000.0, False)])
def test_a_clock_far_from_the_services_is_named(off: float, ok: bool) -> None:
    found = doctor_station._clock(off)
    assert found.ok is ok
    assert found.ok or ("behind" if off > 0 else "1 h ahead") in found.detail


def test_a_folder_that_is_no_service_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--data", str(tmp_path), "--json"]) == 1
    checks = {c["name"]: c for c in json.loads(capsys.readouterr().out)}
    assert "kiosk service init" in checks["service"]["detail"]


def test_a_services_machine_needs_neither_reader_nor_display(desk: AdminDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    seen(monkeypatch, CardService.STOPPED)
    monkeypatch.delenv("DISPLAY", raising=False)
    desk.run("doctor", "--data", str(desk.data), "--json")
    assert [check["name"] for check in json.loads(desk.out)] == [
        "clock",
        "service",
        "database",
        "rows",
        "audit trail",
        "policy",
    ]


def test_a_mistake_in_the_settings_is_to_be_mended_not_enrolled_away(home: Path) -> None:
    with (home / "agent.toml").open("a") as file:
        file.write("themes = 1\n")
    store, service, _ = doctor_station.checks(home, central=False)
    assert "there is no setting called “themes”" in store.detail
    assert store.do == service.do == f"Mend {home / 'agent.toml'}, then run this again."
    (home / "agent.toml").unlink()
    assert "kiosk agent enroll" in doctor_station.checks(home, central=False)[0].do


def test_the_formats_of_a_keyboard_reader_are_named_and_an_impossible_one_refused(home: Path) -> None:
    file = home / "agent.toml"
    settings = file.read_text()
    file.write_text(settings + '[[wedge]]\ncard = "H10301"\ntyped = "decimal"\n[[wedge]]\ntyped = "8H10D"\n')
    (check,) = [check for check in doctor_station.checks(home, central=False) if check.name == "keyboard reader"]
    assert check.ok
    assert "H10301, typed as decimal; uid, typed as 8H10D" in check.detail
    assert check.do == f"Try a badge: kiosk badge decode --home {home}"
    file.write_text(settings + '[[wedge]]\ntyped = "6H8D"\n')
    store = doctor_station.checks(home, central=False)[0]
    assert not store.ok
    assert "[[wedge]]: A badge's number has 4 to 16 bytes; 3 are typed" in store.detail


def test_a_language_that_is_not_there_is_named(home: Path) -> None:
    toml = home / "agent.toml"
    toml.write_text(toml.read_text().replace('language = "en"', "") + '\nlanguage = "tlh"\n')
    (check,) = [check for check in doctor_station.checks(home, central=False) if check.name == "language"]
    assert not check.ok and "“tlh”" in check.detail


def workspaces(**settings: object) -> list[Check]:
    return doctor_stage.workspaces(AgentSettings("https://localhost:1", "ws-1", **settings))  # type: ignore[arg-type]


def test_a_station_without_workspaces_is_not_asked_for_them() -> None:
    assert workspaces() == []


@pytest.mark.parametrize(
    ("uids", "gids", "ok", "named"),
    [
        ((300_000, 64), (300_000, 64), True, "64 are set aside"),
        ((300_000, 64), (300_000, 6), False, "set 6 numbers aside"),
        (None, (300_000, 64), False, "subuid sets no numbers aside"),
        ((300_000, 64), None, False, "subgid sets no numbers aside"),
    ],
)
def test_numbers_that_are_not_set_aside_for_workspaces_are_missed_before_the_first_tap(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    uids: tuple[int, int] | None,
    gids: tuple[int, int] | None,
    ok: bool,
    named: str,
) -> None:
    for name, numbers in (("subuid", uids), ("subgid", gids)):
        line = f"{os.getuid()}:{numbers[0]}:{numbers[1]}\n" if numbers else "somebody:1:65536\n"
        (tmp_path / name).write_text(line)
    monkeypatch.setattr(users, "NEEDED", ())
    monkeypatch.setattr(doctor_stage, "Users", lambda: users.Users(str(tmp_path)))
    monkeypatch.setattr(doctor_stage, "missing_packages", lambda settings: [])
    (check,) = workspaces(stage="nested", workspace_users=True)
    assert (check.name, check.ok) == ("workspaces", ok) and named in check.detail
    assert ok or "usermod" in check.do


def test_a_program_that_workspaces_need_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    (check,) = workspaces(stage="nested")
    assert not check.ok and check.do.startswith("apt install xserver-xephyr")
    assert "passt" not in check.do


def test_a_way_out_that_is_wanted_and_not_there_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda program, path: None if program == "pasta" else program)
    (check,) = workspaces(stage="nested", workspace_reach=("10.0.0.0/8:443",))
    assert not check.ok and check.do == "apt install passt"


@pytest.mark.parametrize(
    ("flag", "blocks", "nodes", "named"),
    [(os.ST_RDONLY, 1 << 20, 9, "read-only"), (0, 100, 9, "is full"), (0, 1 << 20, 0, "is full"), (0, 1 << 20, 9, "")],
)
def test_a_folder_that_cannot_be_written_to_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flag: int, blocks: int, nodes: int, named: str
) -> None:
    disk = os.statvfs_result((4096, 4096, 1 << 21, blocks, blocks, 99, nodes, nodes, flag, 255))
    monkeypatch.setattr(os, "statvfs", lambda _: disk)
    check = doctor_folder.folder(tmp_path)
    assert check.ok is (not named) and named in check.detail
    assert bool(check.do) is bool(named)


@pytest.mark.parametrize(("free", "warned"), [(10_000, False), (500, True), (200, True)])
def test_a_services_disk_is_named_as_early_as_on_the_lock_screens(
    desk: AdminDesk, monkeypatch: pytest.MonkeyPatch, free: int, warned: bool
) -> None:
    monkeypatch.setattr(disk, "size", lambda _folder: 100 * 1024 * disk.MIB)
    monkeypatch.setattr(disk, "free", lambda _folder: free * disk.MIB)
    desk.run("doctor", "--data", str(desk.data), "--json")
    [check] = [check for check in json.loads(desk.out) if check["name"] == "database"]
    assert check["ok"]
    assert check["detail"].startswith(f"It can be written; {'only ' if warned else ''}{free} MiB are free")
    assert bool(check["do"]) is warned


def test_a_trail_that_was_changed_is_named(desk: AdminDesk) -> None:
    desk.admin("person", "add", "ada", "--name", "Ada")
    with sqlite3.connect(desk.data / "kiosk.db") as raw:
        raw.execute("UPDATE audit_row SET body=replace(body, 'Ada', 'Eve') WHERE seq=2")
    raw.close()
    desk.run("doctor", "--data", str(desk.data), "--json")
    [check] = [check for check in json.loads(desk.out) if check["name"] == "audit trail"]
    assert not check["ok"]
    assert "Row 2 of chain service: it was changed" in check["detail"]
    assert "kiosk audit verify" in check["do"]


def audiences_told(desk: AdminDesk) -> tuple[bool, str]:
    """Whether that line is all right, and what it says."""
    desk.run("doctor", "--data", str(desk.data), "--json")
    told = [
        (check["ok"], f"{check['detail']} {check['do']}")
        for check in json.loads(desk.out)
        if check["name"] == "audiences"
    ]
    return told[0] if told else (True, "")


def test_an_older_installation_is_told_which_audiences_it_has_to_register(desk: AdminDesk) -> None:
    assert audiences_told(desk) == (True, ""), "a new one has them closed"
    settings = desk.data / "service.toml"
    settings.write_text(settings.read_text().replace("open_audiences = false\n", ""))
    ok, said = audiences_told(desk)
    assert ok
    assert "none was granted that would be refused" in said
    assert f"write open_audiences = false in {settings} (before the first [table])" in said
    db = open_folder(desk.data).database()
    statement = json.dumps({"kind": "step_up", "audience": "urn:old"})
    event = Event("stepup", "success", int(time.time()), evidence={"statement": statement})
    db.write_now(append, "station-1", event)
    db.close_now()
    ok, said = audiences_told(desk)
    assert ok
    assert "tokens were granted for urn:old (1), which no application has" in said
    assert "app add NAME --audience URI --action ACTION" in said
    with settings.open("a") as file:
        file.write("[policy]\nopen_audiences = true\n")
    assert "(in [policy])" in audiences_told(desk)[1]
