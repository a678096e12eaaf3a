"""A rehearsal of a downtime as it goes on, and the report that an auditor keeps."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from kiosk.model.binding import Json

ACTION = "rehearsal"


@dataclass(frozen=True, slots=True)
class RehearsedStation:
    """``version``: of its program, as it last said; None where it never did."""

    id: str
    name: str
    place: str
    version: str | None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """One that goes on. ``begun``: epoch seconds. ``told``: id of whoever a marked message goes to."""

    id: str
    begun: int
    stations: tuple[RehearsedStation, ...]
    told: str | None


@dataclass(frozen=True, slots=True)
class StationOutcome:
    """What came of it at one station. ``outbox``, ``journal``: the row that arrived that way. ``tickets``: how many
    people's it holds by its own word, ``tickets_given``: by ours. ``clock_off``: seconds. ``trouble``: sentences.
    ``emergency``: until when its policy of emergency access counts, by its own word, epoch seconds; 0 for none."""

    station: str
    place: str
    outbox: int | None
    journal: int | None
    tickets: int | None
    tickets_given: int
    clock_off: int | None
    trouble: tuple[str, ...]
    emergency: int = 0


@dataclass(frozen=True, slots=True)
class ContinuityReport:
    """What an auditor keeps. ``message``: how the marked message fared. Times: epoch seconds."""

    rehearsal: str
    begun: int
    ended: int
    by: str
    version: str
    stations: tuple[StationOutcome, ...]
    message: str
    passed: bool

    def as_json(self) -> dict[str, Json]:
        """Of which the trail keeps the digest, as RFC 8785 JSON."""
        found: dict[str, Json] = json.loads(json.dumps(asdict(self)))
        return found
