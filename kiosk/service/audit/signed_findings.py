"""What a chain tells of reviews: whoever closed or reopened a case had signed those very words just before, there.

The step-up's own row, whose evidence is verified apart (``signatures``), stands earlier in the same chain. What it says
was signed as its purpose is what the case was closed with; which case that was stands in the signed statement by a
commitment, which the later row opens. Each approval counts once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from kiosk.model.binding import commitment, unb64u
from kiosk.service.audit import clocks, openings
from kiosk.service.audit.lines import Body, TrailLine
from kiosk.service.audit.signatures import EvidenceBrokenError

ACTS = {"review_closed": "review.close", "review_reopened": "review.reopen", "review_text": "review.text"}
"""Rows, and the action of the step-up that each rests on."""
FRESH = 120
"""Seconds for which an approval may be used, as where it is taken."""
MAX_TOKENS = 20_000
KIND = "Case/"
"""Begins the resource of such a step-up."""


@dataclass(slots=True)
class SignedFindings:
    """One chain, row by row."""

    _used: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _about: OrderedDict[int, str] = field(default_factory=OrderedDict)

    def check(
        self, line: TrailLine, body: Body, earlier: Callable[[int], Body | None], evidence: Body | None = None
    ) -> None:
        """One row, whose ``evidence`` is right. ``earlier``: an earlier row of this chain. Raises
        ``EvidenceBrokenError``."""
        action, detail = str(body.get("action")), body.get("detail")
        if action == "stepup" and evidence is not None:
            self._remember(line.seq, detail, evidence)
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
        self._same_case(granted, said)
        if not isinstance(at, int) or not at - clocks.TOLERANCE <= line.at <= at + FRESH + clocks.TOLERANCE:
            raise EvidenceBrokenError("a case was closed or reopened by an approval of another time")
        if jti in self._used:
            raise EvidenceBrokenError("a case was closed or reopened by an approval that was used before")
        self._used[str(jti)] = None
        if len(self._used) > MAX_TOKENS:
            self._used.popitem(last=False)

    def _remember(self, seq: int, detail: object, evidence: Body) -> None:
        """Which case a step-up was for, as its statement has it: by a commitment."""
        if isinstance(detail, dict) and detail.get("action") in ACTS.values():
            for resource in openings.commitments(evidence)[:1]:
                self._about[seq] = resource
            if len(self._about) > MAX_TOKENS:
                self._about.popitem(last=False)

    def _same_case(self, granted: object, said: Body) -> None:
        """Raises ``EvidenceBrokenError`` where the row names another case than was signed. One of an earlier version
        opens nothing, and one whose step-up is not in what is read cannot be compared."""
        signed = self._about.get(granted) if isinstance(granted, int) else None
        salt, resource = said.get("salt"), said.get("resource")
        if signed is None or (salt is None and resource is None):
            return
        try:
            opened = commitment(unb64u(str(salt)), str(resource)) == signed
        except ValueError:
            opened = False
        if not opened or str(resource).upper() != f"{KIND}{said.get('case')}".upper():
            raise EvidenceBrokenError("a case was closed or reopened by an approval for another case")


def _of(signed: Body) -> tuple[object, object]:
    return signed.get("action"), signed.get("jti")


def _words(action: str, said: Body) -> str:
    text = str(said.get("text"))
    return f"{said.get('finding')}: {text}" if action == "review_closed" else text
