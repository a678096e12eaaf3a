"""The CA for Kerberos is made and exchanged by commands; a station without what it needs is told so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509

from kiosk.cli import doctor_kerberos
from kiosk.service.folder import open_folder
from kiosk.settings import AgentSettings, SettingsError
from tests.fakes.commands import kiosk

STATION = AgentSettings(service="https://auth.hospital.example", client_id="c", stage="nested", workspace_kerberos=True)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    kiosk("service", "init", "--data", str(tmp_path / "data"), "--origin", "https://auth.hospital.example")
    return tmp_path / "data"


def certificates(text: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(text[text.index("-----BEGIN") :].encode())


def test_made_announced_exchanged_and_the_old_one_forgotten(data: Path) -> None:
    def act(name: str) -> str:
        return kiosk("service", "kerberos", name, "--data", str(data))

    assert open_folder(data).keys.kerberos == ()
    [first] = certificates(act("make"))
    assert [authority.certificate for authority in open_folder(data).keys.kerberos] == [first]
    [second] = certificates(act("next"))
    assert certificates(act("show")) == [first, second]
    assert open_folder(data).keys.kerberos[0].certificate == first, "the next one signs nothing yet"
    act("switch")
    assert [authority.certificate for authority in open_folder(data).keys.kerberos] == [second, first]
    act("retire")
    assert [authority.certificate for authority in open_folder(data).keys.kerberos] == [second]
    assert (data / "keys" / "kerberos-2.pem").stat().st_mode & 0o777 == 0o600
    found = kiosk("audit", "find", "--data", str(data), "--action", "admin")
    acts = [word for word in found.split() if word.startswith("keys.")]
    assert sorted(acts) == ["keys.prepare", "keys.retire", "keys.rotate", "keys.rotate"]


def test_a_damaged_file_is_named(data: Path) -> None:
    kiosk("service", "kerberos", "make", "--data", str(data))
    (data / "keys" / "kerberos-1.pem").write_text("nothing")
    with pytest.raises(Exception, match=r"kerberos-1\.pem is damaged"):
        open_folder(data)


def test_doctor_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "krb5.conf"
    station = replace(STATION, workspace_krb5_conf=str(config))

    def said(settings: AgentSettings) -> tuple[bool, str]:
        [check] = doctor_kerberos.workspaces(settings)
        return check.ok, f"{check.detail} {check.do}"

    assert doctor_kerberos.workspaces(replace(station, workspace_kerberos=False)) == []
    assert said(replace(station, stage="single")) == (
        False,
        '“workspace_kerberos” needs workspaces of their own. Set stage = "nested".',
    )
    assert said(station)[1].startswith(f"There is no {config}.")
    config.write_text("[libdefaults]\n")
    assert "pkinit_anchors" in said(station)[1]
    config.write_text("[realms]\n R = {\n pkinit_anchors = FILE:/x\n }\n")
    assert "reach no KDC" in said(station)[1]
    assert said(replace(station, workspace_network="host"))[0]
    assert said(replace(station, workspace_reach=("10.20.0.5:88",)))[0]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert said(station)[1].endswith("apt install krb5-user")


def test_a_path_that_is_none() -> None:
    with pytest.raises(SettingsError, match="workspace_krb5_conf"):
        replace(STATION, workspace_krb5_conf="krb5.conf")
