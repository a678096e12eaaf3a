"""``kiosk admin`` about workstations, applications and the CA, from the words on the command line to the store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from kiosk.model import enrolment_code
from kiosk.service.folder import open_folder
from kiosk.service.platform.tls import spki_pin
from kiosk.service.store import events, workstations
from kiosk.service.store.schema import application
from tests.fakes.admin import AdminDesk, desk

__all__ = ["desk"]


def test_a_workstations_code_stands_alone_on_the_last_line_and_pins_the_ca(desk: AdminDesk) -> None:
    code = desk.admin("workstation", "add", "ward-3", "--place", "Ward 3").splitlines()[-1]
    secret, pinned = enrolment_code.parse(code)
    folder = open_folder(desk.data)
    assert spki_pin(folder.tls.current().certificate).startswith(pinned)
    db = folder.database()
    now = int(folder.tls.current().certificate.not_valid_before_utc.timestamp())
    assert db.write_now(workstations.enrol, secret, "{}", "thumbprint", now) is not None
    db.close_now()
    assert "enrolled already" in desk.admin("workstation", "add", "ward-3", "--place", "Ward 3", status=1)
    assert " enrolled " in desk.admin("workstation", "list")


def test_a_second_code_voids_the_first(desk: AdminDesk) -> None:
    first, second = (
        enrolment_code.parse(desk.admin("workstation", "add", "w", "--place", "Ward").splitlines()[-1])[0]
        for _ in range(2)
    )
    db = open_folder(desk.data).database()
    assert db.write_now(workstations.enrol, first, "{}", "k", 1) is None
    assert db.write_now(workstations.enrol, second, "{}", "k", 1) is not None
    db.close_now()


def test_revoking_a_workstation_tells_its_stream(desk: AdminDesk) -> None:
    desk.admin("workstation", "add", "w", "--place", "Ward")
    desk.admin("workstation", "revoke", "w")
    db = open_folder(desk.data).database()
    assert [event.kind for _, event in db.read_now(events.after, 0)] == ["revoked"]
    db.close_now()


def test_an_application_is_added_with_a_key_of_its_own(desk: AdminDesk, tmp_path: Path) -> None:
    key = tmp_path / "app.jwk"
    client = desk.admin("app", "add", "records", "--audience", "https://r.example", "--new-key", str(key)).strip()
    assert key.stat().st_mode & 0o777 == 0o600
    db = open_folder(desk.data).database()
    row = db.read_now(lambda conn: conn.execute(select(application)).one())
    db.close_now()
    assert row.id == client
    assert '"d"' in key.read_text()
    assert '"d"' not in row.jwk
    again = ("app", "add", "other", "--audience", "https://r.example", "--jwk", str(key))
    assert "there already" in desk.admin(*again, status=1)


def test_a_failed_application_leaves_no_key_behind(desk: AdminDesk, tmp_path: Path) -> None:
    key = tmp_path / "app.jwk"
    desk.admin("app", "add", "a b", "--audience", "aud", "--new-key", str(key), status=1)
    assert not key.exists()


@pytest.mark.parametrize(
    "origin", ["http://records.example", "https://r.example/", "https://R.example", "ftp://r.example", "r.example"]
)
def test_an_origin_that_is_none_is_refused(desk: AdminDesk, tmp_path: Path, origin: str) -> None:
    desk.admin("app", "add", "rec", "--audience", "aud", "--new-key", str(tmp_path / "k"))
    said = desk.admin("app", "origin", "add", "rec", "--origin", origin, "--action", "record.export", status=1)
    assert "origin" in said.lower()


def test_an_origin_belongs_to_one_application(desk: AdminDesk, tmp_path: Path) -> None:
    for name in ("one", "two"):
        desk.admin("app", "add", name, "--audience", name, "--new-key", str(tmp_path / name))
    words = ("--origin", "http://localhost:3000", "--action", "record.export")
    desk.admin("app", "origin", "add", "one", *words)
    assert "belongs" in desk.admin("app", "origin", "add", "two", *words, status=1)
    desk.admin("app", "revoke", "one")
    row = desk.rows()[-1]["detail"]
    assert (row["act"], row["origins"]) == ("app.revoke", ["http://localhost:3000"])
    desk.admin("app", "origin", "add", "two", *words)


def test_a_workstation_that_waits_moves_with_its_new_code(desk: AdminDesk) -> None:
    desk.admin("workstation", "add", "w", "--place", "Ward 3")
    desk.admin("workstation", "add", "w", "--place", "Ward 4", "--exempt")
    (row,) = json.loads(desk.admin("workstation", "list", "--json"))
    assert (row["place"], row["state"], row["exempt"]) == ("Ward 4", "pending", True)
    row = desk.rows()[-1]["detail"]
    assert (row["act"], row["place"], row["exempt"]) == ("workstation.code", "Ward 4", True)


def test_the_ca_is_exchanged_step_by_step(desk: AdminDesk) -> None:
    for step in ("next", "switch", "retire"):
        desk.admin("ca", step)
    assert desk.acts()[-3:] == ["ca.next", "ca.switch", "ca.retire"]


def test_no_ca_is_exchanged_over_a_workstation_that_does_not_know_the_next_one(desk: AdminDesk) -> None:
    secret = enrolment_code.parse(desk.admin("workstation", "add", "ward-9", "--place", "Ward 9").splitlines()[-1])[0]
    desk.admin("ca", "next")
    folder = open_folder(desk.data)
    db = folder.database()
    now = int(folder.tls.current().certificate.not_valid_before_utc.timestamp())
    assert db.write_now(workstations.enrol, secret, "{}", "thumbprint", now) is not None
    db.close_now()
    assert "ward-9" in desk.admin("ca", "switch", status=1)
    assert desk.acts()[-1] == "ca.next"
    desk.admin("ca", "switch", "--anyway")
    assert "ward-9" in desk.admin("ca", "retire", status=1)
    desk.admin("ca", "retire", "--anyway")
    assert desk.acts()[-2:] == ["ca.switch", "ca.retire"]
