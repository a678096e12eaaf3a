"""``make soak-outages``: the service goes and comes back every 20 s, for an hour. Nothing lost, nothing doubled, nobody
stuck.

A real service over TLS on SQLite, killed or ended in turn; stations with all that they are but their screens, each with
its own folder, key, outbox and journal, on which somebody taps all the time and things happen that are to be told.
``SOAK_MINUTES`` for another length. Exit status 1 if a row is missing or there twice, or a tap was never answered.
"""

from __future__ import annotations

import collections
import itertools
import json
import os
import queue
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.agent.link import Link
from kiosk.agent.net import Net
from kiosk.client.enrol import enrol
from kiosk.model.proof import Method, UidPresented
from kiosk.model.secret import Secret
from kiosk.session.facts.ceremony_orders import BeginCeremony, SendSecret
from kiosk.session.facts.events import Event
from kiosk.session.facts.service_answers import CeremonyUpdated, ServiceRefused, Unreachable
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.settings import AgentSettings, load
from tests.fakes.central import PIN, ServiceProcess
from tests.fakes.commands import kiosk

STATIONS = 4
UP = DOWN = 20.0
TELL_EVERY, TAP_EVERY = 0.25, 2.0
ANSWER_WITHIN = 60.0
"""Seconds after which a tap counts as never answered; a station's own limits are far below."""
CALM = 180.0
LIMITS = "\n[limits]\nsign_in_rows = 10000000\nother_rows = 10000000\n"
Answer = CeremonyUpdated | ServiceRefused | Unreachable


@dataclass
class Station:
    """One that somebody uses. ``told``: how many things happened on it; ``stuck``: taps without any answer."""

    name: str
    uid: str
    link: Link
    net: Net
    heard: queue.Queue[Event]
    told: int = 0
    taps: collections.Counter[str] = field(default_factory=collections.Counter)
    stuck: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def tell(self) -> None:
        """Something happens, again and again, each time with its number."""
        while not self.ended.wait(TELL_EVERY):
            self.told += 1
            self.link.tell(ReportEvent("tap_failed", reason="mute", detail={"number": str(self.told)}))

    def tap(self) -> None:
        """Somebody taps, again and again, and types their PIN where it is asked for."""
        for turn in itertools.count(1):
            if self.ended.wait(TAP_EVERY):
                return
            self.net.begin(BeginCeremony(2 * turn, turn, UidPresented(self.uid)))
            answer = self._answer(2 * turn)
            if isinstance(answer, CeremonyUpdated) and answer.view.state == "prove":
                secret = SendSecret(2 * turn + 1, answer.view.id, Method.PIN, Secret(PIN))
                self.net.send_secret(secret)
                answer = self._answer(2 * turn + 1)
            self.stuck += answer is None
            self.taps[answer.view.state if isinstance(answer, CeremonyUpdated) else type(answer).__name__] += 1

    def _answer(self, turn: int) -> Answer | None:
        until = time.monotonic() + ANSWER_WITHIN
        while (left := until - time.monotonic()) > 0:
            try:
                event = self.heard.get(timeout=left)
            except queue.Empty:
                return None
            if isinstance(event, Answer) and event.turn == turn:
                return event
        return None


def main() -> int:
    minutes = float(os.environ.get("SOAK_MINUTES") or 60)
    with tempfile.TemporaryDirectory(prefix="kiosk-outages-") as work:
        service = ServiceProcess(Path(work))
        with (service.data / "service.toml").open("a") as settings:
            settings.write(LIMITS)
        service.start()
        stations = [_station(service, Path(work), number) for number in range(STATIONS)]
        threads = [threading.Thread(target=act) for place in stations for act in (place.tell, place.tap)]
        for thread in threads:
            thread.start()
        try:
            outages = _up_and_down(service, stations, minutes * 60)
            for place in stations:
                place.ended.set()
            for thread in threads:
                thread.join()
            calm = _calm(stations)
        finally:
            for place in stations:
                place.ended.set()
                place.net.stop()
                place.link.stop()
        try:
            return _judge(service, stations, outages, calm)
        finally:
            service.close()


def _station(service: ServiceProcess, work: Path, number: int) -> Station:
    name, uid = f"ward-{number}", f"04C0FFEE00{number:02X}"
    service.person(f"nurse{number}", f"Nurse {number}", uid)
    home = work / name
    enrol(home, service.url, service.code(name))
    heard: queue.Queue[Event] = queue.Queue()
    link = Link(home, load(AgentSettings, home / "agent.toml"), heard.put)
    net = Net(link, heard.put)
    link.start()
    net.start()
    return Station(name, uid, link, net, heard)


def _up_and_down(service: ServiceProcess, stations: list[Station], seconds: float) -> int:
    """How many outages there were. The service runs when this returns."""
    begun = time.monotonic()
    for number in itertools.count(1):
        time.sleep(UP)  # that long it runs: the length of an outage is what is soaked
        service.stop(signal.SIGKILL if number % 2 else signal.SIGTERM)
        time.sleep(DOWN)  # and that long it is away
        service.start()
        passed = time.monotonic() - begun
        told, stuck = sum(place.told for place in stations), sum(place.stuck for place in stations)
        taps = sum((place.taps for place in stations), collections.Counter[str]())
        print(f"{passed / 60:5.1f} min  outage {number}, {told} told, taps {dict(taps)}, {stuck} stuck", flush=True)
        if passed > seconds:
            return number
    raise AssertionError


def _calm(stations: list[Station]) -> bool:
    """Whether all that was written down has been told, soon after the last outage."""
    until = time.monotonic() + CALM
    while time.monotonic() < until:
        journals = [place.link.downtime.opened().journal for place in stations]
        waiting = any(place.link.outage.behind for place in stations) or any(len(journal) for journal in journals)
        if not waiting:
            time.sleep(2)  # what was on its way to the outbox
            return True
        time.sleep(0.5)  # four stations are looked at, none is waited for
    return False


def _judge(service: ServiceProcess, stations: list[Station], outages: int, calm: bool) -> int:
    wrong = 0
    numbers: dict[str, collections.Counter[int]] = collections.defaultdict(collections.Counter)
    for row in _rows(service):
        detail = row.get("detail")
        number = detail.get("number") if isinstance(detail, dict) else None
        if row.get("action") == "tap_failed" and number is not None:
            numbers[str(row["station"])][int(str(number))] += 1
    for place in stations:
        found = numbers[place.name]
        lost = sorted(set(range(1, place.told + 1)) - set(found))
        doubled = sorted(number for number, times in found.items() if times > 1)
        wrong += bool(lost) + bool(doubled) + bool(place.stuck)
        said = f"{place.told} told, {len(lost)} lost {lost[:5]}, {len(doubled)} doubled {doubled[:5]}"
        print(f"{place.name}: {said}; taps {dict(place.taps)}, {place.stuck} never answered")
    print(service.verified().strip().splitlines()[-1])
    print(f"{outages} outages; everything told within {CALM:.0f} s of the last: {'yes' if calm else 'NO'}")
    return 1 if wrong or not calm else 0


def _rows(service: ServiceProcess) -> list[dict[str, object]]:
    return [json.loads(line) for line in kiosk("audit", "export", "--data", str(service.data), typed="").splitlines()]


if __name__ == "__main__":
    sys.exit(main())
