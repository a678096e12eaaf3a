"""What a chain tells of step-up tokens: what was collected or redeemed was granted before, in the same chain, once.

A token is good for minutes (``tokens.STEP_UP_MAX_SECONDS``), and its number (``jti``) stands in the row of its grant.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from kiosk.service.audit import clocks
from kiosk.service.audit.lines import Body, TrailLine
from kiosk.service.audit.signatures import EvidenceBrokenError
from kiosk.service.jose.tokens import BATCH_MAX_SECONDS, STEP_UP_MAX_SECONDS

USED = {"token_collected": "collected", "token_redeemed": "redeemed"}
MANY = 1 << 53
MAX_TOKENS = 20_000
"""Of one chain that are remembered; far more than a workstation has in the minutes that one is good for."""


@dataclass(slots=True)
class _Token:
    at: int
    used: set[str] = field(default_factory=set)
    left: int | None = None
    """Records of a standing batch that have not gone; None for any other token."""
    until: int = 0


def _check_signed(body: Body, detail: Body, earlier: Callable[[int], Body | None]) -> None:
    """A step-up that waited for a second person was signed by its own before: in an earlier row of this chain."""
    signed = detail.get("signed")
    if not isinstance(signed, dict):
        if detail.get("second") is not None and body.get("evidence") is None:
            raise EvidenceBrokenError("it was granted with a second person, and its own signed nothing")
        return
    seq = signed.get("seq")
    found = (earlier(seq) if type(seq) is int else None) or {}
    said = (found.get("action"), found.get("result"), found.get("ceremony"), found.get("person"))
    if said != ("proof", "success", body.get("ceremony"), body.get("person")):
        raise EvidenceBrokenError("the row that it names as signed by its person is another one")
    if found.get("evidence") is None or found.get("evidence") != signed.get("evidence"):
        raise EvidenceBrokenError("what its person signed before was exchanged")


def _token(at: int, told: object) -> _Token:
    """As its grant's row tells."""
    batch = told.get("batch") if isinstance(told, dict) else None
    records = batch.get("records") if isinstance(batch, dict) else None
    until = batch.get("until") if isinstance(batch, dict) else None
    if type(records) is not int or type(until) is not int or until > at + BATCH_MAX_SECONDS:
        return _Token(at)
    return _Token(at, left=records, until=until)


@dataclass(slots=True)
class SpentTokens:
    """One chain, row by row. ``whole``: from its first row on; else grants of before are looked up."""

    whole: bool = True
    _granted: OrderedDict[str, _Token] = field(default_factory=OrderedDict)

    def check(self, line: TrailLine, body: Body, earlier: Callable[[int], Body | None]) -> None:
        """One row. ``earlier``: an earlier row of this chain. Raises ``EvidenceBrokenError``."""
        if body.get("result") != "success":
            return
        action, detail = body.get("action"), body.get("detail")
        jti = detail.get("jti") if isinstance(detail, dict) else None
        if action == "stepup" and isinstance(detail, dict):
            _check_signed(body, detail, earlier)
        if action == "stepup" and isinstance(jti, str):
            self._grant(jti, _token(line.at, detail))
        elif action in USED:
            self._use(str(action), jti, line, detail if isinstance(detail, dict) else {}, earlier)

    def _grant(self, jti: str, token: _Token) -> None:
        if jti in self._granted:
            raise EvidenceBrokenError("it grants a token under a number that was granted before")
        self._granted[jti] = token
        if len(self._granted) > MAX_TOKENS:
            self._granted.popitem(last=False)

    def _use(
        self, action: str, jti: object, line: TrailLine, detail: Body, earlier: Callable[[int], Body | None]
    ) -> None:
        granted = detail.get("grant")
        token = self._granted.get(jti) if isinstance(jti, str) else None
        if token is None and not self.whole:
            if type(granted) is not int:
                return  # of an earlier version; verification of the whole chain looks for it
            found = earlier(granted) or {}
            if (found.get("action"), found.get("result")) == ("stepup", "success") and isinstance(jti, str):
                told, at = found.get("detail"), found.get("at")
                if isinstance(told, dict) and told.get("jti") == jti and isinstance(at, int):
                    token = self._granted.setdefault(jti, _token(at, told))
                    token.left = None if token.left is None else MANY  # what went before is not looked at here
        if token is None:
            raise EvidenceBrokenError(f"a token was {USED[action]} that was not granted in this chain before")
        if token.left is not None and action == "token_redeemed":
            part = detail.get("records")
            if type(part) is not int or not 0 < part <= token.left:
                raise EvidenceBrokenError("more records of a standing batch went than were granted")
            token.left -= part
        elif action in token.used:
            raise EvidenceBrokenError(f"a token was {USED[action]} a second time")
        if line.at > max(token.at + STEP_UP_MAX_SECONDS, token.until) + clocks.TOLERANCE:
            raise EvidenceBrokenError(f"a token was {USED[action]} after it had expired")
        token.used.add(action)
