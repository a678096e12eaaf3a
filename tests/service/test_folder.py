"""The data folder: made whole or not at all, opened only in order."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from kiosk.service.folder import (
    DataFolderError,
    finish,
    host_of,
    listen_address,
    make_folder,
    open_folder,
    upgraded_folder,
)
from kiosk.service.platform.keys import KeyFileError
from kiosk.service.store.errors import StoreDownError
from kiosk.settings import SettingsError
from kiosk.settings.service import ServiceSettings

SETTINGS = ServiceSettings(origin="https://auth.hospital.example:8443", hosts=("10.1.2.3",))
NOW = 1_795_000_000


def test_what_was_made_opens_again(tmp_path: Path) -> None:
    finish(make_folder(tmp_path / "data", SETTINGS, NOW))
    folder = open_folder(tmp_path / "data")
    assert folder.settings == SETTINGS
    assert folder.rp_id == "auth.hospital.example"
    assert set(folder.hosts) == {"auth.hospital.example", "10.1.2.3", "127.0.0.1", "localhost"}


def test_a_folder_of_before_has_its_rsa_key_from_the_first_start_on(tmp_path: Path) -> None:
    finish(make_folder(tmp_path / "data", SETTINGS, NOW))
    made = tmp_path / "data" / "keys" / "rsa-1.pem"
    made.unlink()
    with pytest.raises(KeyFileError, match="start the service once"):
        open_folder(tmp_path / "data")
    assert upgraded_folder(tmp_path / "data").keys.rsa[0].kid == open_folder(tmp_path / "data").keys.rsa[0].kid
    assert made.stat().st_mode & 0o777 == 0o600


def test_an_empty_folder_may_be_there_already_and_becomes_private(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    finish(make_folder(tmp_path / "data", SETTINGS, NOW))
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "letter").write_text("mine")
    with pytest.raises(DataFolderError, match="not empty"):
        make_folder(tmp_path / "data", SETTINGS, NOW)
    assert [p.name for p in (tmp_path / "data").iterdir()] == ["letter"]


def test_a_failed_init_leaves_nothing_behind(tmp_path: Path) -> None:
    broken = ServiceSettings(origin=SETTINGS.origin, database="postgresql://kiosk@127.0.0.1:1/none")
    with pytest.raises(StoreDownError):
        make_folder(tmp_path / "data", broken, NOW)
    assert not (tmp_path / "data").exists()


def test_an_unfinished_folder_does_not_open(tmp_path: Path) -> None:
    make_folder(tmp_path / "data", SETTINGS, NOW)
    with pytest.raises(DataFolderError, match="service init"):
        open_folder(tmp_path / "data")


def test_a_folder_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    finish(make_folder(tmp_path / "data", SETTINGS, NOW))
    (tmp_path / "data").chmod(0o755)
    with pytest.raises(KeyFileError, match="chmod 700"):
        open_folder(tmp_path / "data")


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        ("http://auth.hospital.example", "https://"),
        ("auth.hospital.example", "https://"),
        ("https://auth.hospital.example/", "nothing after"),
        ("https://auth.hospital.example/path", "nothing after"),
        ("https://auth.hospital.example?x", "nothing after"),
        ("https://user@auth.hospital.example", "nothing after"),
        ("https://Auth.hospital.example", "lower-case"),
        ("https://auth.hospital.example:443", "unusual port"),
        ("https://auth.hospital.example:99999", "not an address"),
        ("https://10.1.2.3", "not an IP address"),
        ("https://[::1]:8443", "nothing after|not an IP address"),
        ("https://auth hospital", "host name"),
        ("https://-x.example", "host name"),
        ("https://", "host name"),
    ],
)
def test_an_origin_that_cannot_work_is_explained(origin: str, said: str) -> None:
    with pytest.raises(DataFolderError, match=said):
        host_of(origin)


@pytest.mark.parametrize(
    ("origin", "host"),
    [("https://localhost:8443", "localhost"), ("https://auth.hospital.example", "auth.hospital.example")],
)
def test_the_rp_id_is_the_origins_host(origin: str, host: str) -> None:
    assert host_of(origin) == host


@pytest.mark.parametrize("listen", ["", "8443", "host:", "host:port", "host:70000", ":8443"])
def test_a_listen_address_that_cannot_work_is_explained(listen: str) -> None:
    with pytest.raises(DataFolderError, match=r"127\.0\.0\.1:8443"):
        listen_address(listen)


def test_an_ipv6_listen_address_is_understood() -> None:
    assert listen_address("[::1]:8443") == ("::1", 8443)


@pytest.mark.parametrize(
    "name", ["a b", "", "-a.example", "a..example", "https://a.example", "*.example", "10.0.0.256.1 "]
)
def test_a_further_name_that_no_certificate_can_hold_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        make_folder(tmp_path / "data", replace(SETTINGS, hosts=("ok.example", name)), NOW)
    assert str(caught.value) == f"“hosts” must be host names or IP addresses, not “{name}”."


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///kiosk.db",
        "mysql://kiosk:hunter2@db/kiosk",
        "postgresql://kiosk:hunter2@db",
        "postgresql://kiosk:hunter2@db:port/kiosk",
        "kiosk.db",
    ],
)
def test_a_database_that_would_be_anothers_or_nowhere_is_refused_without_its_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match=r"“database”( must be|: A port)") as caught:
        make_folder(tmp_path / "data", replace(SETTINGS, database=url), NOW)
    assert "hunter2" not in str(caught.value)


def test_what_is_wrong_in_the_file_is_said_with_the_file(tmp_path: Path) -> None:
    finish(make_folder(tmp_path / "data", SETTINGS, NOW))
    toml = tmp_path / "data" / "service.toml"
    toml.write_text(toml.read_text().replace("10.1.2.3", "10.1.2.3 10.1.2.4"))
    with pytest.raises(SettingsError) as caught:
        open_folder(tmp_path / "data")
    assert str(caught.value) == f"{toml}: “hosts” must be host names or IP addresses, not “10.1.2.3 10.1.2.4”."


@pytest.mark.parametrize("probes", ["0.0.0.0:8443", "127.0.0.1:8443", "[::]:8443"])
def test_probes_at_the_services_own_port_are_refused_before_it_starts(tmp_path: Path, probes: str) -> None:
    settings = replace(SETTINGS, listen="127.0.0.1:8443", operations={"listen": probes})
    with pytest.raises(SettingsError, match=r"another port than the service.s own, 127\.0\.0\.1:8443"):
        make_folder(tmp_path / "data", settings, NOW)


TABLES = [field.name for field in fields(ServiceSettings) if field.default_factory is dict]


@pytest.mark.parametrize("table", TABLES)
def test_no_table_is_left_for_the_service_to_refuse(tmp_path: Path, table: str) -> None:
    """Every command opens the folder by the reader that the service starts with."""
    made = tmp_path / "data"
    finish(make_folder(made, SETTINGS, NOW))
    with (made / "service.toml").open("a") as file:
        file.write(f"\n[{table}]\nnonsense = 1\n")
    with pytest.raises(SettingsError, match="nonsense"):
        open_folder(made)


def test_there_are_such_tables() -> None:
    assert {"policy", "messages", "limits", "openid", "risk"} <= set(TABLES)
