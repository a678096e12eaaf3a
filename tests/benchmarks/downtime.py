"""An outage: how soon it is said, how long a reopening takes besides the key's own work, how fast its story is told.

A service process over TLS on SQLite, each row durable; a station's own program without its screen.
"""

from __future__ import annotations

import asyncio
import queue
import signal
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from kiosk.agent.link import Link
from kiosk.agent.net import Net
from kiosk.agent.outage import replay
from kiosk.agent.own_decisions import OwnDecisions
from kiosk.client.api import Api
from kiosk.client.enrol import enrol
from kiosk.client.errors import ClientError
from kiosk.client.keystore import open_keystore
from kiosk.client.trust import Trust
from kiosk.demo.processes import until
from kiosk.downtime.happening import Happening
from kiosk.model.proof import Fido2Proof, Method, UidPresented
from kiosk.session.facts.ceremony_orders import BeginCeremony
from kiosk.session.facts.events import Event
from kiosk.session.facts.service_answers import CeremonyUpdated
from kiosk.session.facts.station_news import Offline, Online
from kiosk.settings import AgentSettings, load
from tests.benchmarks.table import Row, at_least, at_most
from tests.fakes.apart import KEY, Apart, apart
from tests.fakes.central import UID, ServiceProcess
from tests.fakes.service import hospital

REOPENINGS = 100
ROWS = 5000
OUTAGES = 5
MANY, MANY_ROWS = 50, 400


def measure(work: Path) -> Iterator[Row]:
    yield at_most("an outage is said, the service killed, the longest of 5", said(work / "said"), "s", 2)
    (work / "reopened").mkdir()
    taken = asyncio.run(reopened(work / "reopened"))
    yield at_most("an offline reopening besides the key's own work, p95", taken, "ms", 200)
    yield at_least(f"rows of a downtime told by one station, of {ROWS}", told(work / "told"), "/s", 1000)
    rate, slowest = told_by_many(work / "many")
    yield at_least(f"the same by {MANY} stations at once, {MANY_ROWS} each, altogether", rate, "/s", 1000)
    yield at_most(f"until the last of {MANY} stations had told everything", slowest, "s", MANY * MANY_ROWS / 1000)
    yield at_most(
        f"back online: the service says ready until a tap is answered, longest of {OUTAGES}",
        back(work / "back"),
        "s",
        2,
    )


def said(work: Path) -> float:
    """Seconds from the death of the service until the session hears of it, somebody having just tapped."""
    work.mkdir()
    service = ServiceProcess(work)
    service.start()
    home = work / "home"
    enrol(home, service.url, service.code("bench"))
    heard: queue.Queue[tuple[float, Event]] = queue.Queue()
    link = Link(home, load(AgentSettings, home / "agent.toml"), lambda event: heard.put((time.monotonic(), event)))
    net = Net(link, lambda event: heard.put((time.monotonic(), event)))
    longest = 0.0
    try:
        link.start()
        net.start()
        for _ in range(OUTAGES):
            _until(heard, Online)
            begun = time.monotonic()
            service.stop(signal.SIGKILL)
            net.warm()
            longest = max(longest, _until(heard, Offline) - begun)
            service.start()
    finally:
        net.stop()
        link.stop()
        service.close()
    return longest


def _until(heard: queue.Queue[tuple[float, Event]], kind: type[Event]) -> float:
    while True:
        at, event = heard.get(timeout=30)
        if isinstance(event, kind):
            return at


async def reopened(work: Path) -> float:
    """Milliseconds of all that the station does: two challenges, two verifications, a row on the disk."""
    async with hospital(work / "data") as running:
        ward = await apart(running, work / "home")
        return statistics.quantiles([_once(ward) for _ in range(REOPENINGS)], n=20)[-1]


def _once(ward: Apart) -> float:
    desk, spent = ward.own.desk, 0.0
    begun = time.perf_counter()
    view = desk.begin(KEY, [ward.person])
    for method in (Method.FIDO2_TAP, Method.FIDO2):
        asked = desk.challenge(view.id, method)
        stopped = time.perf_counter()
        proof = Fido2Proof(**ward.key.sign(asdict(asked)))
        spent += time.perf_counter() - stopped
        view = desk.prove(view.id, proof)
    assert view.state == "done"
    return (time.perf_counter() - begun - spent) * 1000


def told(work: Path) -> float:
    """Rows a second: from the first batch's sending until the last one's answer, each row in the trail."""
    work.mkdir()
    service = ServiceProcess(work)
    service.start()
    try:
        home = work / "home"
        enrol(home, service.url, service.code("bench"))
        settings = load(AgentSettings, home / "agent.toml")
        key = open_keystore(settings.keystore, home).load()
        own = OwnDecisions(home, key, settings.client_id, lambda: None)
        for number in range(ROWS):
            own.write(Happening("tap_failed", reason="mute", detail={"number": str(number)}))
        api = Api(settings.service, settings.client_id, key, Trust(home / "trust.pem"))
        api.warm()
        begun = time.perf_counter()
        replay(api, own, lambda verdict: None)
        taken = time.perf_counter() - begun
        api.close()
        return ROWS / taken
    finally:
        service.close()


def told_by_many(work: Path) -> tuple[float, float]:
    """Rows a second that the service takes from all of them, and seconds until the last was done. Each has its own
    folder, key, connection and journal; they begin together, which the spread of real stations avoids."""
    work.mkdir()
    service = ServiceProcess(work)
    service.start()
    try:
        places = [_with_a_journal(service, work / f"home-{number}", f"bench-{number}") for number in range(MANY)]
        begun = time.perf_counter()
        with ThreadPoolExecutor(MANY) as together:
            ends = list(together.map(_tells, places))
        slowest = max(ends) - begun
        return MANY * MANY_ROWS / slowest, slowest
    finally:
        service.close()


def _with_a_journal(service: ServiceProcess, home: Path, name: str) -> tuple[Api, OwnDecisions]:
    enrol(home, service.url, service.code(name))
    settings = load(AgentSettings, home / "agent.toml")
    key = open_keystore(settings.keystore, home).load()
    own = OwnDecisions(home, key, settings.client_id, lambda: None)
    for number in range(MANY_ROWS):
        own.write(Happening("tap_failed", reason="mute", detail={"number": str(number)}))
    api = Api(settings.service, settings.client_id, key, Trust(home / "trust.pem"))
    api.warm()
    return api, own


def _tells(place: tuple[Api, OwnDecisions]) -> float:
    """When it had told everything; asked again where the service had no room, as a station does."""
    api, own = place
    while True:
        try:
            replay(api, own, lambda verdict: None)
        except ClientError:
            time.sleep(0.5)  # it had no room: a station waits, too
            continue
        api.close()
        return time.perf_counter()


def back(work: Path) -> float:
    """Seconds from when the service says that it is ready until a badge that somebody then holds there is answered:
    the longest. The station finds out by that tap at the latest."""
    work.mkdir()
    service = ServiceProcess(work)
    service.person("bench", "Bea Bench")
    service.start()
    home = work / "home"
    enrol(home, service.url, service.code("bench"))
    heard: queue.Queue[tuple[float, Event]] = queue.Queue()
    link = Link(home, load(AgentSettings, home / "agent.toml"), lambda event: heard.put((time.monotonic(), event)))
    net = Net(link, lambda event: heard.put((time.monotonic(), event)))
    longest = 0.0
    try:
        link.start()
        net.start()
        _until(heard, Online)
        for turn in range(1, OUTAGES + 1):
            service.stop(signal.SIGKILL)
            net.warm()
            _until(heard, Offline)
            service.start()
            begun = time.monotonic()
            net.begin(BeginCeremony(turn, turn, UidPresented(UID)))
            longest = max(longest, _until(heard, CeremonyUpdated) - begun)
            until("the station to be in touch again", lambda: not link.outage.away)
    finally:
        net.stop()
        link.stop()
        service.close()
    return longest
