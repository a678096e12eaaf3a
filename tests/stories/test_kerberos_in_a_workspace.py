"""A tap gives a person's programs their Kerberos ticket: theirs alone, as long as they work, and no longer."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.processes import until
from tests.fakes.colleague import Colleague
from tests.fakes.hospital import SETTLED, Ward
from tests.fakes.kdc import REALM, Kdc, kdc
from tests.fakes.process_table import family
from tests.fakes.staged import stage_of
from tests.fakes.workplace import Workplace

SLOT = 2
SETTINGS = f'[kerberos]\nrealm = "{REALM}"\nacr = "urn:kiosk:pin"\n'
START = """
exec 3<>"PIPES/$KIOSK_LOGIN.ask"
(while read -r asked <&3; do sh -c "$asked" >"PIPES/$KIOSK_LOGIN.answer" 2>&1; done) &
exec xterm
"""
"""Its end of the pipe stays open: a reader that comes again before the writer has closed would find an end."""
REFRESH = f"{sys.executable} -m kiosk kerberos"
EVERY = "find / -name 'krb5cc*' 2>/dev/null; ls -d /proc/[0-9]*/root/run/user/*/krb5cc* 2>/dev/null"


@dataclass
class Place:
    """A station whose workspaces get tickets, and the realm."""

    at: Workplace
    realm: Kdc
    pipes: Path

    def hire(self, name: str) -> Colleague:
        who = self.at.ward.hire(name)
        self.realm.add(who.login)
        for kind in ("ask", "answer"):
            os.mkfifo(self.pipes / f"{who.login}.{kind}")
        return who

    def runs(self, who: Colleague, command: str) -> str:
        """What a command says in their workspace."""
        answer = os.open(self.pipes / f"{who.login}.answer", os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(answer, True)
        (self.pipes / f"{who.login}.ask").write_text(f"{command}; echo\n")
        with os.fdopen(answer, "rb") as told:
            return until("an answer", lambda: told.read()).decode()

    def caches(self, who: Colleague) -> list[Path]:
        """Files with their tickets in every workspace of the station, as root sees them from outside."""
        found = {
            path.stat().st_ino: path
            for pid in family(stage_of(self.at))
            for path in Path(f"/proc/{pid}/root/run/user").glob("*/krb5cc*")
            if who.login.encode() in path.read_bytes()
        }
        return list(found.values())

    def has_ticket(self, who: Colleague) -> Path:
        """Once it is there, the file."""
        return until(f"{who.login}'s ticket", lambda: next(iter(self.caches(who)), None), 60)


@pytest.fixture(scope="module")
def place(one_card_service: VirtualCardService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder, pipes = tmp_path_factory.mktemp("hospital"), tmp_path_factory.mktemp("pipes")
    ward = Ward(folder, cards=one_card_service, settings=SETTINGS)
    try:
        ward.start()
        authority = ward.command("service", "kerberos", "make", "--data", str(ward.data))
        ward.take_service_away()
        ward.bring_service_back()
        with kdc(folder / "kdc", [authority[authority.index("-----BEGIN") :]]) as realm:
            shutil.copy(realm.folder / "kdc-ca.pem", pipes)
            shown = pipes / "krb5.conf"
            shown.write_text(realm.config.read_text().replace(str(realm.folder), str(pipes)))
            lines = 'workspace_network = "host"\nworkspace_kerberos = true\ntap_out = "sign_out"\n'
            lines += f"workspace_krb5_conf = {json.dumps(str(shown))}\n"
            program = ["/bin/sh", "-c", START.replace("PIPES", str(pipes))]
            made = ward.workplace("ward-9", "Ward 9", SLOT, settings=lines, nested=program, readable=[pipes])
            made.station.start()
            made.wait("locked", service="online")
            yield Place(made, realm, pipes)
    finally:
        ward.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root sees into every workspace")
def test_from_the_tap_to_the_sign_out(place: Place) -> None:
    here, ward = place.at, place.at.ward
    ada, ben = place.hire("Ada Byron"), place.hire("Ben Macdui")
    here.sign_in(ada)
    place.has_ticket(ada)
    told = place.runs(ada, "klist; stat -c %a $XDG_RUNTIME_DIR/krb5cc; echo $KRB5CCNAME")
    assert f"Default principal: {ada.login}@{REALM}" in told
    assert "krbtgt/" in told
    assert told.split()[-2] == "600"
    row = ward.trail(action="kerberos_certificate", login=ada.login)[-1]
    assert (row["result"], row["acr"], row["detail"]["principal"]) == (
        "success",
        "urn:kiosk:pin",
        f"{ada.login}@{REALM}",
    )
    # It is renewed by a new certificate.
    assert int(place.runs(ada, REFRESH)) == 1800
    assert len(ward.trail(action="kerberos_certificate", login=ada.login, result="success")) >= 2

    # Ben takes over: their programs see their own ticket, and nothing of Ada's, which stays where it is.
    here.tap(ben.badge, "second_factor")
    here.enter(ben.pin)
    here.wait("active", login=ben.login)
    place.has_ticket(ben)
    assert len(place.caches(ada)) == 1
    assert f"Default principal: {ben.login}@{REALM}" in place.runs(ben, "klist")
    seen = place.runs(ben, EVERY).split()
    own = [path for path in seen if not path.startswith("/proc/")]
    assert [Path(path).name for path in own] == ["krb5cc"], seen
    other = place.caches(ada)[0].stat().st_ino
    assert str(other) not in place.runs(ben, f"stat -c %i {' '.join(seen)}").split()

    # Ada taps back: the tap alone renews nothing, and takes away what was there.
    assert here.tap(ada.badge, "active", login=ada.login)["assurance"] == "urn:kiosk:identified"
    assert int(place.runs(ada, f"{REFRESH} 2>/dev/null")) == 30
    assert place.caches(ada) == []
    assert ward.trail(action="kerberos_certificate", login=ada.login)[-1]["reason"] == "proved_too_little"

    # Ben comes back, and signs out: the ticket is gone with the workspace.
    assert here.tap(ben.badge, "active", login=ben.login)
    place.has_ticket(ben)
    time.sleep(SETTLED)  # the rule itself, as in a morning
    here.tap(ben.badge, "locked")
    until("the end of their workspace", lambda: not place.caches(ben))
    assert ward.verify()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root sees into every workspace")
def test_who_leaves_the_hospital_has_none_any_more(place: Place) -> None:
    here, ward = place.at, place.at.ward
    eva = place.hire("Eva Curie")
    here.lock()
    here.sign_in(eva)
    place.has_ticket(eva)
    ward.admin("person", "leave", eva.login)
    until("the end of their workspace", lambda: not place.caches(eva))
    before = len(ward.trail(action="kerberos_certificate", login=eva.login, result="success"))
    here.wait("locked")
    assert len(ward.trail(action="kerberos_certificate", login=eva.login, result="success")) == before
