"""A hospital's own database: PostgreSQL under two replicas of the service, a station on each."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator

import pytest

from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.hospital import answer_of, free_port
from kiosk.demo.processes import ChildProgram, until
from kiosk.demo.token_check import check_token
from tests.fakes import postgres
from tests.fakes.colleague import KEY_PIN, Colleague
from tests.fakes.hospital import SETTLED, Ward
from tests.fakes.workplace import Workplace

pytestmark = pytest.mark.postgres
ASK = {
    "action": "record.export", "resource": "Ward/7", "records": 400, "purpose": "transfer of care",
    "audience": "urn:stories:pg",
}  # fmt: skip


@pytest.fixture(scope="module")
def hospital(one_card_service: VirtualCardService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    with postgres.cluster() as database:
        made = Ward(tmp_path_factory.mktemp("big"), cards=one_card_service, database=database.fresh())
        try:
            made.start()
            yield made
        finally:
            made.stop()


@pytest.fixture(scope="module")
def replica(hospital: Ward) -> Iterator[str]:
    """A second process on the same database and keys; its URL."""
    data, port = hospital.folder / "replica", free_port()
    shutil.copytree(hospital.data, data)
    settings = data / "service.toml"
    settings.write_text(settings.read_text().replace(f"127.0.0.1:{hospital.port}", f"127.0.0.1:{port}"))
    words = [sys.executable, "-m", "kiosk", "service", "run", "--data", str(data)]
    child = ChildProgram(words, hospital.folder / "replica.out")
    child.wait_for("ready")
    yield f"https://localhost:{port}"
    child.stop()


def test_a_shift_across_two_replicas(hospital: Ward, replica: str) -> None:
    anna = hospital.hire("Anna Berg", key=True)
    east = hospital.workplace("east", "Ward 7, east", slot=2)
    west = hospital.workplace("west", "Ward 7, west", slot=3, service=replica)
    for place in (east, west):
        place.station.start()
        place.wait("locked", service="online")

    assert east.sign_in(anna)["assurance"] == "urn:kiosk:pin"
    time.sleep(SETTLED)  # the rule itself, as in a morning
    east.tap(anna.badge, "locked")
    assert east.tap(anna.badge, "active")["assurance"] == "urn:kiosk:identified"
    export(hospital, east, anna)

    with west.lay(anna.badge):
        west.wait("active", login=anna.login)
        east.wait("locked")
    export(hospital, west, anna)
    hospital.admin("person", "suspend", anna.login)
    west.wait("locked")

    until("the lock to be told", lambda: hospital.trail(action="lock", reason="elsewhere"))
    assert {row["station"] for row in hospital.trail(action="stepup", result="success")} == {"east", "west"}
    assert "2 signatures verified" in hospital.verify()


def export(hospital: Ward, place: Workplace, who: Colleague) -> None:
    """An export, granted with their key; its token holds under the keys that the service publishes."""
    program = place.ask(ASK)
    place.asked()
    place.enter(KEY_PIN)
    place.tap(who.own_key, "active", login=who.login)
    status, answer = answer_of(program)
    assert status == 0, answer
    claims = check_token(answer["token"], hospital.url, place.home / "trust.pem", "urn:stories:pg", "record.export")
    assert (claims["sub"], claims["acr"]) == (who.login, "phr")
