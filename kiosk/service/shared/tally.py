"""What this process has counted since it started: plain numbers. ``metrics`` writes them out.

Labels are words of this program's own, never what somebody sent and never a person, so their number is bounded.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from kiosk.model.proof import Method
from kiosk.model.refusal import RefusalCode
from kiosk.service.audit.event import Event

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper ends of the classes of durations, in seconds; the last class has none."""
OTHER = "other"
_METHODS = frozenset(str(item) for item in Method)
_GIVEN_UP = ("refused_by_person", "timeout", "lifted", "locked", "withdrawn")
_REASONS = frozenset([*(str(item) for item in RefusalCode), *_GIVEN_UP])


class CountedRow(NamedTuple):
    """A kind of rows of the trail. ``method`` and ``reason``: empty where the row has none."""

    action: str
    result: str
    method: str
    reason: str


class CountedAnswer(NamedTuple):
    """A kind of answers. ``door``: the path as the program has it, with its places (``/v1/ceremonies/{ceremony}``)."""

    door: str
    verb: str
    status: int


@dataclass(slots=True)
class Durations:
    """How many took how long: one number a class of ``BOUNDS`` and one beyond; their sum in seconds."""

    classes: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0

    def add(self, seconds: float) -> None:
        """One more."""
        self.classes[next((i for i, bound in enumerate(BOUNDS) if seconds <= bound), len(BOUNDS))] += 1
        self.total += seconds


@dataclass(slots=True)
class Tally:
    """``acts``: rows that were committed by workstations' requests. ``troubles``: requests that the store kept
    from being answered, by kind (see ``store.errors.kind_of``)."""

    acts: Counter[CountedRow] = field(default_factory=Counter)
    answers: Counter[CountedAnswer] = field(default_factory=Counter)
    durations: dict[str, Durations] = field(default_factory=dict)
    troubles: Counter[str] = field(default_factory=Counter)

    def act(self, event: Event) -> None:
        """A row of the trail was committed."""
        self.acts[
            CountedRow(event.action, event.result, _known(event.method, _METHODS), _known(event.reason, _REASONS))
        ] += 1

    def answered(self, answer: CountedAnswer, seconds: float) -> None:
        """A request was answered, so many seconds after its head was here."""
        self.answers[answer] += 1
        self.durations.setdefault(answer.door, Durations()).add(seconds)


def _known(word: str | None, words: frozenset[str]) -> str:
    return "" if word is None else str(word) if word in words else OTHER
