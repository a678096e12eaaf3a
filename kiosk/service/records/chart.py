"""A report as a chart: which of its lines become bars, what stands beside them, and what is left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.service.records.chart_texts import REASONS, SIGNALS, STRENGTHS, text
from kiosk.service.records.prompt_reports import ENDS, KINDS
from kiosk.service.records.table import Cell, ReportTable, visible

MAX_BARS = 40
MAX_LABEL = 64
CHALLENGED = "challenged"
CHALLENGES = ("step_up", "sign_in")
DRAWN = ("prompts", "refused", "risk")
"""Reports that there is a chart of."""
BY = (*(kind for kind in KINDS[1:] if kind not in CHALLENGES), CHALLENGED)
"""What the lines of ``prompts`` can be chosen by."""
DEFAULT_BY = "action"


@dataclass(frozen=True, slots=True)
class ChartBar:
    """``label`` to its left, one of ``parts`` for each name of the legend, ``note`` to its right."""

    label: str
    parts: tuple[int, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Chart:
    """``lines`` stand below the title. Without bars the last of them says that nothing happened."""

    title: str
    lines: tuple[str, ...]
    legend: tuple[str, ...]
    bars: tuple[ChartBar, ...]


def lines_by(table: ReportTable, by: str) -> ReportTable:
    """The lines of the report ``prompts`` that are counted by ``by``, one of ``BY``."""
    kinds = CHALLENGES if by == CHALLENGED else (by,)
    return ReportTable(table.columns, tuple(row for row in table.rows if row[0] in kinds))


def chart_of(name: str, table: ReportTable, by: str, language: str, span: tuple[str, str]) -> Chart:
    """``name``: one of ``DRAWN``. ``by``: of ``prompts``, whose table has such lines alone. ``span``: since and until.

    What happened most comes first, days in their order. At most ``MAX_BARS`` bars; how many there are is said.
    """
    kind = by if name == "prompts" else name
    bars, legend = _BARS.get(kind, _prompts_by)(table, kind, language)
    kept = bars[-MAX_BARS:] if kind == "day" else bars[:MAX_BARS]
    lines = [text("span", language).format(since=span[0], until=span[1])]
    if not bars:
        lines.append(text("nothing", language))
    elif len(legend) > 1:
        lines.append(text("sum", language))
    if len(kept) < len(bars):
        lines.append(text("left_out", language).format(shown=len(kept), all=len(bars)))
    names = tuple(text(name, language) for name in legend)
    return Chart(text(f"title.{kind}", language), tuple(lines), names, tuple(kept))


def _prompts_by(table: ReportTable, by: str, language: str) -> tuple[list[ChartBar], tuple[str, ...]]:
    rows = table.rows if by == "day" else sorted(table.rows, key=lambda row: -_number(row[2]))
    found = []
    for row in rows:
        parts = _ends(row, table)
        found.append(ChartBar(_label(_group(by, str(row[1]), language)), parts, sum_of(parts)))
    return found, ENDS


def _challenged(table: ReportTable, by: str, language: str) -> tuple[list[ChartBar], tuple[str, ...]]:
    found = []
    for kind, group, count, share, *_ in table.rows:
        found.append(ChartBar(text(f"{kind} {group}", language), (_number(count),), f"{count} · {share} %"))
    return found, ("times",)


def _refused(table: ReportTable, _: str, language: str) -> tuple[list[ChartBar], tuple[str, ...]]:
    found = []
    for login, what, reason, _why, times, *_when in table.rows:
        said = text(str(reason or ""), language, REASONS)
        words = (str(login) if login else text("nobody", language), str(what or ""), said)
        found.append(ChartBar(_label(" · ".join(word for word in words if word)), (_number(times),), str(times)))
    return found, ("times",)


def _risk(table: ReportTable, _: str, language: str) -> tuple[list[ChartBar], tuple[str, ...]]:
    found = []
    for row in table.rows:
        parts = _ends(row, table)
        rate = text("not_granted", language).format(percent=row[table.columns.index("not_granted_percent")])
        found.append(ChartBar(_label(text(str(row[0]), language, SIGNALS)), parts, f"{sum_of(parts)} · {rate}"))
    return found, ENDS


_BARS: dict[str, Callable[[ReportTable, str, str], tuple[list[ChartBar], tuple[str, ...]]]] = {
    CHALLENGED: _challenged,
    "refused": _refused,
    "risk": _risk,
}


def sum_of(parts: tuple[int, ...]) -> str:
    """``37 = 30 + 3 + 4 + 0 + 0``: no number needs the colour of its part to be understood."""
    return f"{sum(parts)} = {' + '.join(map(str, parts))}"


def _group(by: str, group: str, language: str) -> str:
    if by == "end":
        return text(group, language, REASONS)
    if by == "strength":
        return text(group, language, STRENGTHS)
    if by == "action_reason":
        action, _, reason = group.rpartition(" ")
        return f"{action} · {text(reason, language, REASONS)}"
    return group


def _ends(row: tuple[Cell, ...], table: ReportTable) -> tuple[int, ...]:
    return tuple(_number(row[table.columns.index(end)]) for end in ENDS)


def _number(cell: Cell) -> int:
    return cell if isinstance(cell, int) else 0


def _label(words: str) -> str:
    """Names come from outside: nothing invisible, nothing that takes the room of the bars."""
    seen = visible(words)
    return seen if len(seen) <= MAX_LABEL else f"{seen[: MAX_LABEL - 1]}…"
