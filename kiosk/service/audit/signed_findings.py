"""What a chain tells of reviews: whoever closed or reopened a case had signed those very words just before, there.

The step-up's own row, whose evidence is verified apart (``signatures``), stands earlier in the same chain. What it says
was signed as its purpose is what the case was closed with; each approval counts once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from kiosk.service.audit import clocks
from kiosk.service.audit.lines import Body, TrailLine
from kiosk.service.audit.signatures import EvidenceBrokenError

ACTS = {"review_closed": "review.close", "review_reopened": "review.reopen"}
"""Rows, and the action of the step-up that each rests on."""
FRESH = 120
"""Seconds for which an approval may be used, as where it is taken."""
MAX_TOKENS = 20_000


@dataclass(slots=True)
class SignedFindings:
    """One chain, row by row."""

    _used: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def check(self, line: TrailLine, body: Body, earlier: Callable[[int], Body | None]) -> None:
        """One row. ``earlier``: an earlier row of this chain. Raises ``EvidenceBrokenError``."""
        action, detail = str(body.get("action")), body.get("detail")
        if action not in ACTS or body.get("result") != "success":
            return
        said = detail if isinstance(detail, dict) else {}
        granted, jti = said.get("grant"), said.get("jti")
        found = (earlier(granted) if type(granted) is int else None) or {}
        told, at = found.get("detail"), found.get("at")
        signed = told if isinstance(told, dict) else {}
        wanted = ("stepup", "success", said.get("by"), ACTS[action], jti)
        if (*(found.get(name) for name in ("action", "result", "person")), *_of(signed)) != wanted or not jti:
            raise EvidenceBrokenError("a case was closed or reopened that nobody had approved by a signature of theirs")
        if signed.get("purpose") != _words(action, said):
            raise EvidenceBrokenError("a case was closed or reopened with other words than were signed")
        if not isinstance(at, int) or not at - clocks.TOLERANCE <= line.at <= at + FRESH + clocks.TOLERANCE:
            raise EvidenceBrokenError("a case was closed or reopened by an approval of another time")
        if jti in self._used:
            raise EvidenceBrokenError("a case was closed or reopened by an approval that was used before")
        self._used[str(jti)] = None
        if len(self._used) > MAX_TOKENS:
            self._used.popitem(last=False)


def _of(signed: Body) -> tuple[object, object]:
    return signed.get("action"), signed.get("jti")


def _words(action: str, said: Body) -> str:
    text = str(said.get("text"))
    return f"{said.get('finding')}: {text}" if action == "review_closed" else text
