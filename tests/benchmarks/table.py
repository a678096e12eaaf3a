"""One measured figure, and the table of them."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """``value`` in ``unit``; ``baseline`` what it is held against, measured in the same run, None where there is none.

    ``target`` says in words what must hold, ``ok`` whether it did. ``busy``: others took much of the machine meanwhile.
    """

    name: str
    value: float
    unit: str
    baseline: float | None
    target: str
    ok: bool
    busy: bool = False

    @property
    def ratio(self) -> float | None:
        return self.value / self.baseline if self.baseline else None


def at_most(
    name: str, value: float, unit: str, limit: float, baseline: float | None = None, target: str | None = None
) -> Row:
    """A row that is in order while ``value`` is not above ``limit``."""
    return Row(name, value, unit, baseline, target or f"≤ {limit:g} {unit}", value <= limit)


def at_least(name: str, value: float, unit: str, limit: float, baseline: float | None = None) -> Row:
    """A row that is in order while ``value`` is not below ``limit``; 0: nothing is expected of it."""
    return Row(name, value, unit, baseline, f"≥ {limit:g} {unit}" if limit else "none", value >= limit)


def load_now(of: str) -> Row:
    """The machine's load average of the last minute, to judge the rows above by; nothing is expected of it."""
    return Row(f"load average of the last minute, {of}", os.getloadavg()[0], "", None, "none: what else ran here", True)


def p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def p99(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[-1]


def show(row: Row) -> str:
    baseline = f"{row.baseline:10.2f}" if row.baseline is not None else " " * 10
    ratio = f"{row.ratio:6.2f}×" if row.ratio is not None else " " * 7
    verdict = "ok" if row.ok else "MISSED"
    return f"{row.name:66} {row.value:10.2f} {row.unit:8} {baseline} {ratio}  {row.target:28} {verdict}"


def write(rows: Sequence[Row], path: Path) -> None:
    """All rows as JSON: a list of {name, value, unit, baseline, ratio, target, ok, busy}."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([{**asdict(row), "ratio": row.ratio} for row in rows], indent=1, ensure_ascii=False))
