"""Whatever a workstation can report, the service takes. Read from the program, so that no new act is forgotten."""

from __future__ import annotations

import ast
import importlib
import uuid
from pathlib import Path

from kiosk.model.binding import Json
from kiosk.model.reported import OUTBOX_DAMAGED, OUTBOX_FULL, TROUBLES, VITAL_REPORTS
from kiosk.service.ceremonies import replay, station_reports
from kiosk.service.store import request_budget, review_cases
from tests.fakes.client import NOW
from tests.fakes.service import Hospital

KIOSK = Path(__file__).parents[3] / "kiosk"
ROOMS = ("agent", "client", "downtime", "session")
SAYS = {"ReportEvent": 0, "Happening": 0, "Report": 1}
"""What makes something that is told, and the place of the act among its arguments."""
HANDED_ON = {"order.action", "report.action", "action"}
"""Made elsewhere, out of one of the same."""


def _acts(made: ast.expr, module: str) -> set[str]:
    if isinstance(made, ast.IfExp):
        return _acts(made.body, module) | _acts(made.orelse, module)
    if isinstance(made, ast.Constant) and isinstance(made.value, str):
        return {made.value}
    if ast.unparse(made) in HANDED_ON:
        return set()
    assert isinstance(made, ast.Name), f"{module}: {ast.unparse(made)}"
    return {str(getattr(importlib.import_module(module), made.id))}


def said_by(kinds: set[str]) -> set[str]:
    """Every act that a workstation's rooms make one of ``kinds`` of."""
    found: set[str] = set()
    for room in ROOMS:
        for path in sorted((KIOSK / room).rglob("*.py")):
            module = ".".join(path.relative_to(KIOSK.parent).with_suffix("").parts)
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds:
                    found |= _acts(node.args[SAYS[node.func.id]], module)
    return found


def test_the_acts_are_found_in_the_program() -> None:
    assert {"lock", "agent_start", "journal_torn", "emergency_ended", OUTBOX_FULL} <= said_by(set(SAYS))


def test_whatever_a_journal_can_hold_is_taken() -> None:
    assert said_by(set(SAYS)) <= station_reports.ACTIONS | replay.OWN | set(replay.JUDGED)


def test_both_ends_mean_the_same_by_what_is_always_taken() -> None:
    assert request_budget.VITAL & station_reports.ACTIONS >= VITAL_REPORTS >= TROUBLES


async def test_whatever_a_workstation_sends_is_taken(service: Hospital) -> None:
    station = await service.station()
    acts = sorted((said_by({"ReportEvent", "Report"}) - replay.OWN) | TROUBLES)
    reports: list[dict[str, Json]] = [
        {"id": str(uuid.uuid4()), "action": act, "at": NOW, "session": None, "reason": None, "detail": {}}
        for act in acts
    ]
    answer = await station.post("/v1/reports", {"reports": reports})
    assert answer.status == 204, answer.body
    assert {row["action"] for row in await service.trail()} >= set(acts)


async def test_what_was_lost_or_damaged_is_a_failure_in_the_trail(service: Hospital) -> None:
    station = await service.station()
    reports = [
        {"id": str(uuid.uuid4()), "action": act, "at": NOW, "session": None, "reason": None, "detail": {"lost": "17"}}
        for act in (OUTBOX_FULL, OUTBOX_DAMAGED)
    ]
    assert (await station.post("/v1/reports", {"reports": reports})).status == 204
    (full,), (damaged,) = await service.trail(OUTBOX_FULL), await service.trail(OUTBOX_DAMAGED)
    assert (full["result"], full["detail"]["lost"]) == ("failure", "17")
    (case,) = await service.db.read(review_cases.every)
    assert (damaged["result"], damaged["detail"]["case"], case.why) == ("failure", case.id, OUTBOX_DAMAGED)
