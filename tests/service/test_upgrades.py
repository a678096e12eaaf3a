"""Two replicas under workstations that tap: each gets a newer program in turn; their database fails over; and whoever
does not fit to the others is refused in a sentence."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from kiosk.demo.processes import until
from tests.fakes import postgres, service_process
from tests.fakes.commands import kiosk
from tests.fakes.replicas import Replica, later_version, two
from tests.fakes.service_process import Running
from tests.fakes.tapping import Tapping, be_patient

pytestmark = pytest.mark.postgres
STATIONS = 12
FIVE_MINUTES_OFF = "import time\nreal = time.time\ntime.time = lambda: real() + 300\n"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    be_patient(monkeypatch)


@pytest.fixture
def pair(hospital_cluster: postgres.Cluster, tmp_path: Path) -> Iterator[tuple[Replica, Replica]]:
    with two(tmp_path / "replicas", hospital_cluster.fresh()) as both:
        yield both


def holds(replica: Replica) -> None:
    """Every chain is whole, and signed to its end."""
    kiosk("audit", "checkpoint", "--data", str(replica.folder.path))
    kiosk("audit", "verify", "--data", str(replica.folder.path))


def refused(replica: Replica, said: str, **how: object) -> None:
    """It does not start, and says why without a traceback."""
    with pytest.raises(AssertionError, match=said) as caught:
        Running(replica.folder, **how)  # type: ignore[arg-type]
    assert "Traceback" not in str(caught.value)


def test_each_replica_gets_a_later_version_in_turn_and_nobody_at_a_workstation_is_told(
    pair: tuple[Replica, Replica], tmp_path: Path
) -> None:
    tapping, later = Tapping(pair[0], STATIONS, tmp_path), later_version(tmp_path / "later")
    with tapping.at((pair[0].base, pair[1].base)):
        pair[0].again(signal.SIGTERM, later)
        between = tapping.taps
        until("all have tapped at both versions", lambda: tapping.taps >= between + 2 * STATIONS)
        pair[1].again(signal.SIGTERM, later)
    assert pair[1].process is not None
    pair[1].process.stop()
    refused(pair[1], "made by a newer version of kiosk")


def test_the_database_fails_over_to_its_standby_and_no_tap_is_lost_or_doubled(tmp_path: Path) -> None:
    with postgres.cluster() as primary:
        name = primary.fresh().rpartition("/")[2]
        standby = primary.standby()
        hosts = f"127.0.0.1:{primary.port},127.0.0.1:{standby.port}"
        try:
            with two(tmp_path / "replicas", f"postgresql://kiosk@{hosts}/{name}") as pair:
                tapping = Tapping(pair[0], STATIONS, tmp_path)
                with tapping.at((pair[0].base, pair[1].base), outage=True):
                    primary.stop("fast")  # which waits until its standby has all
                    until("it is said", lambda: pair[0].probe("readyz").status_code == 503)
                    standby.promote()
                    until("both write again", lambda: all(each.probe("readyz").status_code == 200 for each in pair))
                    healed = tapping.taps
                    until("everybody taps again", lambda: tapping.taps >= healed + 2 * STATIONS)
                assert tapping.away
                holds(pair[0])
        finally:
            with suppress(RuntimeError):
                standby.stop()


def test_a_replica_that_does_not_fit_to_the_others_is_refused_in_a_sentence(
    pair: tuple[Replica, Replica], tmp_path: Path
) -> None:
    one, other = pair
    assert other.process is not None
    other.process.stop()
    (tmp_path / "sitecustomize.py").write_text(FIVE_MINUTES_OFF)
    refused(other, "clock is 300 seconds ahead of the database's", env={"PYTHONPATH": str(tmp_path)})
    strange = service_process.make(tmp_path / "strange", int(time.time()))
    shutil.copy(strange.path / "keys" / "badge-1.key", other.folder.path / "keys" / "badge-1.key")
    refused(other, "The key badge-1 of this machine is another one")
    assert one.probe("readyz").status_code == 200
