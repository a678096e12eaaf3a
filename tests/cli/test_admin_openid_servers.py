"""``kiosk admin app ciba`` and ``app token``: whose server may ask, and for whom people's own programs get tokens."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.admin import AdminDesk, desk

__all__ = ["desk"]

NOTIFY = "https://records.hospital.example/ciba"


@pytest.fixture
def records(desk: AdminDesk, tmp_path: Path) -> AdminDesk:
    desk.admin("app", "add", "records", "--audience", "urn:records", "--new-key", str(tmp_path / "k"))
    desk.admin("app", "openid", "set", "records", "--title", "Clinical records")
    return desk


def test_a_server_is_allowed_listed_and_forbidden(records: AdminDesk) -> None:
    records.admin("app", "ciba", "set", "records")
    assert records.admin("app", "ciba", "list").splitlines() == ["records\tpoll\t-\t-"]
    ping = ("--delivery", "ping", "--notify-uri", NOTIFY, "--action", "record.export")
    records.admin("app", "ciba", "set", "records", *ping)
    assert records.admin("app", "ciba", "list").splitlines() == [f"records\tping\t{NOTIFY}\trecord.export"]
    records.admin("app", "ciba", "set", "records", "--phones")
    assert records.admin("app", "ciba", "list").splitlines() == ["records\tpoll\t-\t-\tphones"]
    records.admin("person", "add", "svc-night", "--name", "Night export")
    assert "agent of records" in records.admin("app", "ciba", "set", "records", "--agent", "--account", "svc-night")
    assert records.admin("app", "ciba", "list").splitlines() == ["records\tpoll\t-\t-\tagent"]
    unknown = ("app", "ciba", "set", "records", "--account", "nobody")
    assert "Nobody has the login “nobody”" in records.admin(*unknown, status=1)
    records.admin("app", "ciba", "remove", "records")
    assert records.admin("app", "ciba", "list") == ""
    assert records.acts()[-3:] == ["person.add", "app.ciba.set", "app.ciba.remove"]
    assert "asks nobody" in records.admin("app", "ciba", "remove", "records", status=1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--delivery", "ping"), "--notify-uri"),
        (("--notify-uri", NOTIFY), "a poll has none"),
        (("--delivery", "ping", "--notify-uri", "http://records.example/"), "https://"),
        (("--delivery", "ping", "--notify-uri", "https://me@records.example/"), "user"),
        (("--action", "Not an action"), "cannot be asked for"),
        (("--action", "factor.reset"), "cannot be asked for"),
        (("--action", "app.sign_in"), "cannot be asked for"),
        (("--phones", "--agent"), "shown to nobody"),
    ],
)
def test_rules_that_make_no_sense_are_refused(records: AdminDesk, words: tuple[str, ...], said: str) -> None:
    assert said in records.admin("app", "ciba", "set", "records", *words, status=1)


def test_a_server_has_a_key_and_a_title(desk: AdminDesk, tmp_path: Path) -> None:
    assert "There is no application" in desk.admin("app", "ciba", "set", "records", status=1)
    desk.admin("app", "add", "records", "--audience", "urn:records", "--new-key", str(tmp_path / "k"))
    assert "app openid set" in desk.admin("app", "ciba", "set", "records", status=1)
    web = ("--redirect-uri", "https://records.hospital.example/cb", "--auth", "client_secret_basic")
    desk.admin("app", "openid", "set", "records", "--title", "Records", *web)
    assert "a key of its own" in desk.admin("app", "ciba", "set", "records", status=1)


def test_who_has_neither_key_nor_secret_needs_an_address(desk: AdminDesk) -> None:
    desk.admin("app", "add", "portal", "--audience", "urn:portal", "--no-key")
    words = ("app", "openid", "set", "portal", "--title", "Portal", "--auth")
    assert "--redirect-uri" in desk.admin(*words, "none", status=1)
    assert len(desk.admin(*words, "client_secret_basic").strip()) > 30, (
        "a server that knows only passwords has a secret"
    )


def test_an_audience_is_opened_listed_and_closed(records: AdminDesk) -> None:
    assert "is no assurance" in records.admin("app", "token", "open", "records", "--acr", "much", status=1)
    for acr in ("urn:kiosk:identified", "phr"):
        records.admin("app", "token", "open", "records", "--acr", acr)
    assert records.admin("app", "token", "list").splitlines() == ["records\tphr"]
    records.admin("app", "token", "close", "records")
    assert records.admin("app", "token", "list") == ""
    assert "no token" in records.admin("app", "token", "close", "records", status=1)
    assert records.acts()[-3:] == ["app.token.open", "app.token.open", "app.token.close"]
