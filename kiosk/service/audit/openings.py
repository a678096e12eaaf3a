"""The identifiers behind commitments: each opening that is still kept must open one, and say what was signed.

An opening may be erased, which takes the identifier away for good; it can never be exchanged for another. Whoever
erases by ``kiosk audit erase`` leaves an act that names the rows: what is gone without one is counted apart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from kiosk.model.binding import commitment, unb64u
from kiosk.service.audit.finding import Openings
from kiosk.service.audit.lines import TrailLine
from kiosk.service.audit.signatures import EvidenceBrokenError
from kiosk.service.platform.json_fields import items, members, text

ERASED = "audit.erase"
ASKED = frozenset({"audit.find", "audit.export", "audit.hold"})
"""Acts whose row says by a commitment which patient was looked for, or is held: to ask leaves no name behind either."""


def check(line: TrailLine, body: Mapping[str, object], evidence: Mapping[str, object] | None, count: Openings) -> None:
    """Open what is kept beside ``line``, whose ``body`` and ``evidence`` are right. Raises ``EvidenceBrokenError``."""
    committed = set(of_row(body, evidence))
    _acts(body, count)
    if line.openings is None:
        count.left_out += len(committed)
        return
    for opening in line.openings:
        if opening.commitment not in committed:
            raise EvidenceBrokenError("an opening is kept for it that opens nothing of what was signed")
        try:
            right = commitment(unb64u(opening.salt), opening.value) == opening.commitment
        except ValueError:
            right = False
        if not right:
            raise EvidenceBrokenError("an identifier was exchanged: its opening does not open what was signed")
    count.opened += len(line.openings)
    count.miss((line.chain, line.seq), len(committed) - len({opening.commitment for opening in line.openings}))


def _acts(body: Mapping[str, object], count: Openings) -> None:
    """The rows that an act of erasing names; it stands in the service's chain, which is read first."""
    detail = body.get("detail")
    if body.get("action") != "admin" or not isinstance(detail, dict) or detail.get("act") != ERASED:
        return
    count.more = count.more or detail.get("more") is not False
    rows = detail.get("rows")
    for pair in rows if isinstance(rows, list) else ():
        if isinstance(pair, list) and [type(part) for part in pair] == [str, int]:
            count.name((pair[0], pair[1]))


def of_row(body: Mapping[str, object], evidence: Mapping[str, object] | None) -> list[str]:
    """Those of a row and its evidence. Raises ``EvidenceBrokenError``."""
    detail = body.get("detail")
    act, patient = (detail.get("act"), detail.get("patient")) if isinstance(detail, dict) else (None, None)
    asked = [patient] if act in ASKED and isinstance(patient, str) else []
    return asked + (commitments(evidence) if evidence is not None else [])


def commitments(evidence: Mapping[str, object]) -> list[str]:
    """Those in the statement of a step-up (``kiosk.model.statement``). Raises ``EvidenceBrokenError``."""
    try:
        said = members(json.loads(text(evidence, "statement")))
        if said.get("kind") != "step_up":
            return []
        return [str(text) for text in (said["resource"], *items(said["patients"]))]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise EvidenceBrokenError("its evidence holds no statement") from None
