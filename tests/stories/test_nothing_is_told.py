"""Secrets are planted in one busy quarter of an hour; then everything that anybody could read is searched for them."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pyotp

from kiosk.demo.hospital import answer_of
from kiosk.demo.processes import until
from tests.fakes.colleague import KEY_PIN
from tests.fakes.hospital import Ward
from tests.fakes.workplace import Workplace

PATIENT = "Patient/planted-77120"
RESOURCE = "Bed/planted-31007"
ASK = {
    "action": "record.export", "resource": RESOURCE, "records": 400, "purpose": "transfer of care",
    "patients": [PATIENT],
}  # fmt: skip
NEVER_WRITTEN = re.compile(rb"eyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}")
"""A token: any compact JWS that is no proof of a request."""


def every_file(folder: Path) -> Iterator[Path]:
    """Those of the program, that is: in ``asked`` the stories keep what their own programs were answered."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return (path for path in files if path.parent.name != "asked")


def processes() -> bytes:
    """What ``ps`` shows of everybody's processes: words and environment."""
    return subprocess.run(["ps", "axeww"], capture_output=True, check=True).stdout


def test_no_secret_is_left_where_somebody_could_read_it(ward: Ward, here: Workplace) -> None:
    anna = ward.hire("Anna Planted", key=True)
    secret = parse_qs(urlsplit(ward.admin("totp", "add", anna.login).strip()).query)["secret"][0]
    code = pyotp.TOTP(secret).now()
    here.sign_in(anna)
    here.wait("active", service="online")
    program = here.ask(ASK)
    here.asked()
    here.enter(KEY_PIN)
    seen = processes()
    here.tap(anna.own_key, "active", login=anna.login)
    token = answer_of(program)[1]["token"]

    refused = here.ask({**ASK, "records": 3})
    here.asked()
    seen += processes()
    here.press("Escape")
    assert answer_of(refused)[0] == 1
    here.lock()
    until("the lock to be told", lambda: ward.trail(action="lock", login=anna.login))
    time.sleep(0.5)  # what is written after the lock is written by then

    # ``pytest`` itself holds the badge's and the key's numbers: it plays the plastic, on its own command line never.
    secrets = [anna.pin, KEY_PIN, secret, code, PATIENT, RESOURCE, token, anna.uid, anna.uid.lower()]
    planted = {secret: secret.encode() for secret in secrets}
    assert [name for name, raw in planted.items() if raw in seen] == []
    found = []
    for path in (*every_file(ward.data), *every_file(here.home)):
        content = path.read_bytes()
        found += [(path.name, name) for name, raw in planted.items() if raw in content and not apart(path, name)]
        found += [(path.name, "a token") for jws in NEVER_WRITTEN.findall(content) if not kept_proof(path, jws)]
    assert found == []
    assert {PATIENT, RESOURCE} <= set(in_openings(ward))
    words = ("audit", "export", "--data", str(ward.data), "--format", "jsonl")
    without = ward.command(*words, "--without-openings")
    assert [secret for secret in secrets if secret in without] == []
    rows = [json.loads(line) for line in ward.command(*words).splitlines()]
    opened = {opening["value"] for row in rows for opening in row.pop("openings")}
    assert {PATIENT, RESOURCE} <= opened
    assert [secret for secret in secrets if secret in json.dumps(rows)] == [], "nothing but openings names them"
    assert opened & set(secrets) == {PATIENT, RESOURCE}


def apart(path: Path, what: str) -> bool:
    """Patients stand in the store's table of openings, which may be deleted, and in what it still has to write."""
    return what in (PATIENT, RESOURCE) and path.name.startswith("kiosk.db")


def kept_proof(path: Path, jws: bytes) -> bool:
    """The store keeps each request's proof beside its rows as evidence: used up, and of no use without the key.

    A station keeps downtime tickets: of no use without its own key, and nobody's token (decision 40).
    """
    header = json.loads(base64.urlsafe_b64decode(jws.split(b".")[0] + b"=="))
    kept = ("tickets.json", "kiosk-downtime+jwt")
    return (path.name.startswith("kiosk.db") and header["typ"] == "dpop+jwt") or (path.name, header["typ"]) == kept


def in_openings(ward: Ward) -> list[str]:
    with closing(sqlite3.connect(f"file:{ward.data / 'kiosk.db'}?mode=ro", uri=True)) as store:
        return [value for (value,) in store.execute("SELECT value FROM opening")]
