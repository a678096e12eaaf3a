"""Our watcher's event against a bare SCardGetStatusChange loop in a process of its own, on the same taps."""

from __future__ import annotations

import os
import queue
import statistics
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.hospital import reader_name
from kiosk.demo.processes import ChildProgram, until
from kiosk.model.card import Tap
from kiosk.reader import open_readers
from kiosk.reader.taps import CardEvent
from tests.benchmarks.table import Row, at_most
from tests.fakes.cardservice import lay_card

TAPS = 20


def measure(work: Path) -> Iterator[Row]:
    events: queue.Queue[CardEvent] = queue.Queue()
    with VirtualCardService() as service:
        os.environ.update(service.environment)
        watcher = open_readers(events.put)
        watcher.start()
        raw = ChildProgram([sys.executable, "-m", "tests.benchmarks.raw_watch", reader_name(0)], work / "raw.log")
        time.sleep(1.5)  # both are waiting now
        later = []
        for count in range(1, TAPS + 1):
            with lay_card(service, slot=0, answer=lambda apdu: b"\x6d\x00"):
                ours = next_tap(events).at
                theirs = until("the bare loop", partial(line_of, raw, count))
                later.append((ours - float(theirs)) * 1000)
            time.sleep(0.6)  # pcscd looks for a lift every 0.4 s
        raw.stop()
        watcher.stop()
    yield at_most("watcher's event after a bare SCardGetStatusChange, median", statistics.median(later), "ms", 1.0)


def line_of(raw: ChildProgram, number: int) -> str:
    """Line ``number`` from 1, or nothing yet."""
    return "".join(raw.lines[number - 1 : number])


def next_tap(events: queue.Queue[CardEvent]) -> Tap:
    while True:
        event = events.get(timeout=10)
        if isinstance(event, Tap):
            return event
