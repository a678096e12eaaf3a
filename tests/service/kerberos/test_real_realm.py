"""A real MIT KDC, and what takes its tickets: OpenSSH by GSSAPI, Apache by mod_auth_gssapi."""

from __future__ import annotations

import asyncio
import datetime
import os
import re
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kiosk.cli import kerberos as workspace
from kiosk.service.kerberos import certificate, issuing
from tests.fakes import apache, login_server
from tests.fakes.kdc import HOST, REALM, Kdc, kdc
from tests.fakes.kerberos import Workspace, working
from tests.fakes.process_table import until
from tests.fakes.service import Hospital, hospital
from tests.fakes.service_process import free_port, listens
from tests.fakes.unpacked import program

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Realm:
    """The domain, and Ada at their workspace."""

    kdc: Kdc
    hospital: Hospital
    ada: Workspace
    folder: Path

    async def ticket(self, monkeypatch: pytest.MonkeyPatch, name: str = "ada") -> Path:
        """Ada's, as their workspace gets it."""
        cache = self.folder / name
        self.as_client(monkeypatch, cache)
        granted = await self.ada.granted()
        await asyncio.to_thread(workspace.obtain, granted, self.ada.key, cache)
        return cache

    def as_client(self, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
        for name, value in self.kdc.client(cache).items():
            monkeypatch.setenv(name, value)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def realm(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Realm]:
    folder = tmp_path_factory.mktemp("realm")
    folder.chmod(0o755)
    async with hospital(folder / "data") as service:
        now = int(time.time())
        service.clock.now = float(now)
        ada = await working(service, now=now)
        authority = service.service.keys.kerberos[0]
        with kdc(folder / "kdc", [authority.pem()]) as made:
            for login in ("ada", "ben"):
                made.add(login)
            yield Realm(made, service, ada, folder)


async def test_the_kdc_gives_a_ticket_for_our_certificate(realm: Realm, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = await realm.ticket(monkeypatch)
    told = realm.kdc.tickets(cache)
    assert f"Default principal: ada@{REALM}" in told
    assert "Flags: IA" in told, "neither renewable nor forwardable, and with preauthentication"
    assert cache.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in cache.parent.glob("ada*")] == ["ada"], "no key and no half a ticket beside it"


async def test_a_program_that_asks_the_kdc_by_itself_gets_no_more(
    realm: Realm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is set at the principal bounds it, as the guide says; our own program's modesty would not."""
    granted, cache = await realm.ada.granted(), tmp_path / "its-own"
    realm.as_client(monkeypatch, cache)
    pem = realm.ada.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for name, text in (("cert", granted.certificate), ("key", pem), ("ca", granted.authority)):
        (tmp_path / name).write_text(text)
    (tmp_path / "more.conf").write_text(f"[realms]\n {REALM} = {{\n  pkinit_anchors = FILE:{tmp_path}/ca\n }}\n")
    monkeypatch.setenv("KRB5_CONFIG", f"{tmp_path}/more.conf:{realm.kdc.config}")
    identity = f"X509_user_identity=FILE:{tmp_path}/cert,{tmp_path}/key"
    words = ["kinit", "-l", "24h", "-r", "7d", "-f", "-X", identity, granted.principal]
    done = await asyncio.to_thread(subprocess.run, words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = realm.kdc.tickets(cache)
    assert "Flags: IA" in told and "renew until" not in told
    begun, ends = re.findall(r"\d\d/\d\d/\d{2,4} \d\d:\d\d:\d\d", told)[:2]
    form = "%m/%d/%y %H:%M:%S" if len(begun) == 17 else "%m/%d/%Y %H:%M:%S"
    life = datetime.datetime.strptime(ends, form) - datetime.datetime.strptime(begun, form)
    assert life <= datetime.timedelta(hours=1)


async def test_another_s_name_is_refused_by_the_kdc(realm: Realm, monkeypatch: pytest.MonkeyPatch) -> None:
    granted = await realm.ada.granted()
    cache = realm.folder / "stolen"
    realm.as_client(monkeypatch, cache)
    asked = workspace.Granted(granted.certificate, granted.authority, f"ben@{REALM}", 3600)
    with pytest.raises(workspace.NoTicketError, match="Client name mismatch"):
        await asyncio.to_thread(workspace.obtain, asked, realm.ada.key, cache)
    assert not cache.exists()


async def test_an_expired_certificate_gets_none(realm: Realm, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = realm.hospital.clock
    before, clock.now = clock.now, clock.now - 7200  # by a service two hours ago
    try:
        granted = await old(realm)
    finally:
        clock.now = before
    realm.as_client(monkeypatch, realm.folder / "late")
    with pytest.raises(workspace.NoTicketError, match="expired"):
        await asyncio.to_thread(workspace.obtain, granted, realm.ada.key, realm.folder / "late")


async def old(realm: Realm) -> workspace.Granted:
    """What the service gave two hours ago, made as it makes them."""
    service = realm.hospital.service
    subject = issuing.subject_of(service.kerberos, "ada")
    made = certificate.issue(service.keys.kerberos[0], realm.ada.key.public_key(), subject, service.now(), 300)
    pem = made.public_bytes(Encoding.PEM).decode()
    return workspace.Granted(pem, service.keys.kerberos[0].pem(), subject.principal, 3600)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a server with users")
async def test_ssh_by_gssapi(realm: Realm, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = realm.folder / "ssh"
    folder.mkdir()
    keytab, port = folder / "keytab", free_port()
    realm.kdc.add(f"host/{HOST}", keytab)
    etc = login_server.furnish(folder, {})
    login_server.new_key(folder / "host_key")
    conf, log = folder / "sshd_config", folder / "log"
    lines = (
        *(f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {folder}/host_key", f"PidFile {folder}/pid"),
        *("UsePAM no", "PasswordAuthentication no", "KbdInteractiveAuthentication no", "PubkeyAuthentication no"),
        *("GSSAPIAuthentication yes", "GSSAPIStrictAcceptorCheck no", "StrictModes no", "UseDNS no"),
    )
    conf.write_text("\n".join(lines) + "\n")
    words = login_server.apart(etc, [program("/usr/sbin/sshd"), "-D", "-E", str(log), "-f", str(conf)])
    env = {**os.environ, "KRB5_KTNAME": str(keytab), "KRB5_CONFIG": str(realm.kdc.config)}
    cache = await realm.ticket(monkeypatch)
    child = await asyncio.to_thread(subprocess.Popen, words, env=env)
    try:
        until("sshd listens", lambda: listens(port) or child.poll() is not None)
        assert child.poll() is None, log.read_text()
        options = (
            "UserKnownHostsFile=/dev/null",
            "StrictHostKeyChecking=no",
            "PreferredAuthentications=gssapi-with-mic",
        )
        ssh = ["ssh", "-F", "none", "-p", str(port), "-oGSSAPIAuthentication=yes", *(f"-o{each}" for each in options)]
        signed = await asyncio.to_thread(_run, [*ssh, f"ada@{HOST}", "id -un"], realm.kdc.client(cache))
        assert (signed.returncode, signed.stdout) == (0, "ada\n"), signed.stderr + log.read_text()
        none = await asyncio.to_thread(_run, [*ssh, f"ada@{HOST}", "id"], realm.kdc.client(folder / "no-ticket"))
        assert (none.returncode, "Permission denied" in none.stderr) == (255, True), none.stderr
        other = await asyncio.to_thread(_run, [*ssh, f"root@{HOST}", "id"], realm.kdc.client(cache))
        assert other.returncode == 255
    finally:
        child.terminate()
        child.wait(20)


@pytest.fixture
def anybodys() -> Iterator[Path]:
    """A folder that Apache's own user may reach."""
    with tempfile.TemporaryDirectory(prefix="kiosk-apache-") as made:
        yield Path(made)


async def test_apache_by_mod_auth_gssapi(realm: Realm, anybodys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = anybodys
    (folder / "www").mkdir(parents=True)
    (folder / "www" / "chart").write_text("the chart\n")
    for path in (folder, folder / "www", folder / "www" / "chart"):
        path.chmod(0o755)
    folder.chmod(0o755)
    keytab, port = folder / "keytab", free_port()
    realm.kdc.add(f"HTTP/{HOST}", keytab)
    keytab.chmod(0o644)
    modules = ("mpm_event", "authn_core", "authz_core", "authz_user", "auth_gssapi", "headers")
    loaded = "\n".join(f"LoadModule {name}_module {apache.MODULES}/mod_{name}.so" for name in modules)
    text = f"""{loaded}
ServerRoot {folder}
PidFile {folder}/apache.pid
Mutex file:{folder} default
ServerName {HOST}
Listen 127.0.0.1:{port}
User www-data
Group www-data
ErrorLog {folder}/apache.log
StartServers 1
DocumentRoot {folder}/www
<Location />
  AuthType GSSAPI
  AuthName "Hospital"
  GssapiCredStore keytab:{keytab}
  GssapiLocalName On
  Require user ada
  Header set X-User "expr=%{{REMOTE_USER}}"
</Location>
"""
    cache = await realm.ticket(monkeypatch)
    (folder / "krb5.conf").write_text(realm.kdc.config.read_text())
    monkeypatch.setenv("KRB5_CONFIG", str(folder / "krb5.conf"))
    with apache.running(folder, text, port):
        curl = ["curl", "-s", "-i", "--negotiate", "-u", ":", f"http://{HOST}:{port}/chart"]
        signed = await asyncio.to_thread(_run, curl, realm.kdc.client(cache))
        assert "200 OK" in signed.stdout, signed.stdout + (folder / "apache.log").read_text()
        assert "X-User: ada" in signed.stdout
        assert signed.stdout.endswith("the chart\n")
        none = await asyncio.to_thread(_run, curl, realm.kdc.client(folder / "no-ticket"))
        assert "401 Unauthorized" in none.stdout
        assert "the chart" not in none.stdout


def _run(words: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
