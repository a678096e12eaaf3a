"""A server with its own ``/etc``: whose users, PAM files and rules of ``sudo`` are the test's, and nobody else's.

In a mount namespace, so that the machine's own files are never touched. Only root can make one with users in it.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.fakes.process_table import until
from tests.fakes.service_process import listens
from tests.fakes.unpacked import program

INSTALLER = Path(__file__).parents[2] / "installer"
KIOSK = Path(sys.executable).with_name("kiosk")
LOGIN, UID = "ada", 4711


def pam_file(name: str, settings: Path) -> str:
    """A file of ``installer/pam`` as it is handed out, with this checkout's program."""
    text, ours = (INSTALLER / "pam" / name).read_text(encoding="utf-8"), "/usr/bin/kiosk server-login"
    assert ours in text
    words = text.replace(ours, f"{KIOSK} server-login")
    return "".join(
        f"{line} --settings {settings}\n" if "pam_exec" in line else f"{line}\n" for line in words.splitlines()
    )


def furnish(folder: Path, pam: Mapping[str, str]) -> Path:
    """An ``/etc`` of its own for ``apart``. ``pam``: files of ``/etc/pam.d`` by name."""
    etc, home = folder / "etc", folder / "home"
    (etc / "pam.d").mkdir(parents=True)
    home.mkdir()
    os.chown(home, UID, UID)
    for name, text in pam.items():
        (etc / "pam.d" / name).write_text(text)
    more = f"{LOGIN}:x:{UID}:{UID}:Ada:{home}:/bin/sh\n"
    shadow = "root:*:19000:0:99999:7:::\n" + f"{LOGIN}:*:19000:0:99999:7:::\n"
    sshd = "" if "sshd:" in Path("/etc/passwd").read_text() else "sshd:x:4712:65534::/run/sshd:/usr/sbin/nologin\n"
    (etc / "passwd").write_text(Path("/etc/passwd").read_text() + sshd + more)
    (etc / "group").write_text(Path("/etc/group").read_text() + f"{LOGIN}:x:{UID}:\n")
    (etc / "shadow").write_text(shadow)
    (etc / "sudoers").write_text(f"{LOGIN} ALL=(ALL:ALL) ALL\n")
    (etc / "sudoers").chmod(0o440)
    (etc / "shadow").chmod(0o600)
    return etc


def apart(etc: Path, words: list[str]) -> list[str]:
    """``words`` in a mount namespace where what ``etc`` has lies over ``/etc``."""
    over = [
        f"mount --bind {shlex.quote(str(etc / name))} /etc/{name}"
        for name in ("pam.d", "passwd", "group", "shadow", "sudoers")
        if Path("/etc", name).exists()
    ]
    script = "\n".join((*over, "mkdir -p /run/sshd", 'exec "$@"'))
    return ["unshare", "--mount", "--propagation", "private", "sh", "-ec", script, "sh", *words]


def new_key(path: Path) -> None:
    """For OpenSSH, without a passphrase."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)


@contextmanager
def sshd(folder: Path, etc: Path, port: int, authorized: str) -> Iterator[Path]:
    """OpenSSH's server as a jump host; the file of known hosts for its clients."""
    host, log = folder / "host_key", folder / "sshd.log"
    new_key(host)
    (folder / "authorized").write_text(authorized)
    conf = folder / "sshd_config"
    lines = (
        *(f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {host}", f"PidFile {folder}/sshd.pid"),
        *("UsePAM yes", "PasswordAuthentication no", "KbdInteractiveAuthentication yes", "UseDNS no"),
        *("AuthenticationMethods publickey,keyboard-interactive:pam", "PermitRootLogin no", "StrictModes no"),
        *(f"AuthorizedKeysFile {folder}/authorized", "PermitUserEnvironment yes", "LoginGraceTime 100"),
    )
    conf.write_text("\n".join(lines) + "\n")
    child = subprocess.Popen(apart(etc, [program("/usr/sbin/sshd"), "-D", "-E", str(log), "-f", str(conf)]))
    try:
        until("sshd listens", lambda: listens(port) or child.poll() is not None)
        assert child.poll() is None, log.read_text()
        known = folder / "known_hosts"
        kind, key = host.with_suffix(".pub").read_text().split()[:2]
        known.write_text(f"[127.0.0.1]:{port} {kind} {key}\n")
        yield known
    finally:
        child.terminate()
        child.wait(20)
