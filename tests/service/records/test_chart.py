"""Charts of reports: what becomes a bar, what is said beside it, in which language."""

from __future__ import annotations

import string
from typing import get_args, get_type_hints

import pytest

from kiosk.model.ceremony import CancelIn
from kiosk.model.proof import ACR_RANK
from kiosk.model.refusal import RefusalCode
from kiosk.service.records import chart, chart_texts
from kiosk.service.records.chart import BY, DRAWN, ChartBar, chart_of, lines_by
from kiosk.service.records.prompt_reports import ENDS, KINDS
from kiosk.service.records.table import Cell, ReportTable
from kiosk.service.risk import SIGNALS

SPAN = ("2026-11-01T00:00:00Z", "2026-11-30T23:59:59Z")
PROMPTS = ReportTable(
    ("by", "group", "prompts", "percent", *ENDS),
    (
        ("all", "", 9, 100.0, 4, 2, 1, 1, 1),
        ("day", "2026-11-02", 2, 22.2, 2, 0, 0, 0, 0),
        ("day", "2026-11-03", 7, 77.8, 2, 2, 1, 1, 1),
        ("person_day", "2026-11-02 ada", 2, 22.2, 2, 0, 0, 0, 0),
        ("person_day", "2026-11-03 ada", 7, 77.8, 2, 2, 1, 1, 1),
        ("action_reason", "record.export refused_by_person", 2, 22.2, 0, 2, 0, 0, 0),
        ("end", "policy", 1, 11.1, 0, 0, 0, 1, 0),
        ("strength", "phr", 4, 44.4, 4, 0, 0, 0, 0),
        ("step_up", "asked", 9, 81.8, 4, 2, 1, 1, 1),
        ("step_up", "refused_at_once", 2, 18.2, 0, 0, 0, 2, 0),
        ("sign_in", "more_than_a_tap", 1, 33.3, 1, 0, 0, 0, 0),
        ("sign_in", "tap_alone", 2, 66.7, 2, 0, 0, 0, 0),
    ),
)


def drawn(by: str, language: str = "en") -> chart.Chart:
    return chart_of("prompts", lines_by(PROMPTS, by), by, language, SPAN)


def labels(found: chart.Chart) -> list[str]:
    return [bar.label for bar in found.bars]


def test_days_stand_in_their_order_and_all_else_by_how_often() -> None:
    assert labels(drawn("day")) == ["2026-11-02", "2026-11-03"]
    assert labels(drawn("person_day")) == ["2026-11-03 ada", "2026-11-02 ada"]


def test_each_number_stands_beside_its_bar_in_the_order_of_the_legend() -> None:
    found = drawn("day")
    assert found.legend == ("granted", "refused by the person", "out of time", "ended otherwise", "never answered")
    assert found.bars[1] == ChartBar("2026-11-03", (2, 2, 1, 1, 1), "7 = 2 + 2 + 1 + 1 + 1")
    assert found.lines[0] == "2026-11-01T00:00:00Z to 2026-11-30T23:59:59Z (UTC)"


def test_how_many_had_to_prove_more_is_said_with_its_share() -> None:
    found = drawn("challenged", "fr")
    assert [(bar.label, bar.note) for bar in found.bars] == [
        ("demande d’un programme : la personne a été sollicitée", "9 · 81.8 %"),
        ("demande d’un programme : refusée d’emblée", "2 · 18.2 %"),
        ("connexion : plus que le badge", "1 · 33.3 %"),
        ("connexion : le badge seul", "2 · 66.7 %"),
    ]


def test_reasons_and_strengths_are_in_words_and_actions_as_policies_name_them() -> None:
    assert labels(drawn("action_reason", "es")) == ["record.export · rechazada por la persona"]
    assert labels(drawn("end", "fr")) == ["par la politique"]
    assert labels(drawn("strength")) == ["resists phishing"]


def test_who_was_refused_what_and_why() -> None:
    rows: tuple[tuple[Cell, ...], ...] = (
        ("ada", "record.export", "policy", "researchers", 7, "a", "b"),
        (None, "sign_in", "unknown_badge", None, 3, "a", "b"),
    )
    table = ReportTable(("login", "what", "reason", "why", "times", "first", "last"), rows)
    found = chart_of("refused", table, "", "en", SPAN)
    assert labels(found) == ["ada · record.export · by policy", "nobody known · sign_in · unknown badge"]
    assert [bar.note for bar in found.bars] == ["7", "3"]


def test_signals_say_how_often_nothing_was_granted() -> None:
    columns = ("signal", "fired", "persons", *ENDS, "not_granted_percent")
    table = ReportTable(columns, (("too_far", 3, 2, 1, 1, 0, 0, 1, 66.7),))
    (bar,) = chart_of("risk", table, "", "en", SPAN).bars
    assert bar == ChartBar("too far to walk", (1, 1, 0, 0, 1), "3 = 1 + 1 + 0 + 0 + 1 · 66.7 % not granted")


def test_of_many_lines_the_largest_are_drawn_of_days_the_last_and_the_rest_is_said() -> None:
    def many(by: str) -> ReportTable:
        rows = tuple((by, f"{n:03}", n, 0.0, n, 0, 0, 0, 0) for n in range(chart.MAX_BARS + 5))
        return ReportTable(PROMPTS.columns, rows)

    for by, first in (("action", "044"), ("day", "005")):
        found = chart_of("prompts", many(by), by, "en", SPAN)
        assert (len(found.bars), found.bars[0].label) == (chart.MAX_BARS, first)
        assert found.lines[-1] == "40 of 45 lines are drawn. The table has all."


def test_a_name_from_outside_neither_hides_anything_nor_takes_the_bars_room() -> None:
    rows: tuple[tuple[Cell, ...], ...] = (("a\x1b\u202e" + "x" * 90, "y", "policy", None, 1, "a", "b"),)
    table = ReportTable(("login", "what", "reason", "why", "times", "first", "last"), rows)
    (bar,) = chart_of("refused", table, "", "en", SPAN).bars
    assert len(bar.label) == chart.MAX_LABEL and bar.label.isprintable() and bar.label.endswith("…")


def test_nothing_is_said_to_be_nothing() -> None:
    found = chart_of("prompts", ReportTable(PROMPTS.columns, ()), "day", "es", SPAN)
    assert (found.bars, found.lines[-1]) == ((), "En este tiempo no ocurrió nada.")


def test_there_is_a_title_for_whatever_is_drawn() -> None:
    assert {f"title.{kind}" for kind in (*BY, *DRAWN[1:])} <= set(chart_texts.TEXTS)
    assert set(ENDS) <= set(chart_texts.TEXTS)
    assert {*KINDS, "challenged"} == {"all", "step_up", "sign_in", *BY}


def test_every_reason_signal_and_strength_has_words_in_every_language() -> None:
    given_up = get_args(get_type_hints(CancelIn)["reason"])
    assert {*RefusalCode, *given_up, "granted", "open"} <= set(chart_texts.REASONS)
    assert set(SIGNALS) == set(chart_texts.SIGNALS)
    assert set(ACR_RANK) == set(chart_texts.STRENGTHS)


@pytest.mark.parametrize("texts", [chart_texts.TEXTS, chart_texts.REASONS, chart_texts.SIGNALS])
def test_texts_have_the_same_holes_in_every_language(texts: dict[str, chart_texts.Said]) -> None:
    for name, said in texts.items():
        holes = [sorted(hole for _, hole, _, _ in string.Formatter().parse(words) if hole) for words in said]
        assert len(said) == len(chart_texts.LANGUAGES) and all(said), name
        assert holes[0] == holes[1] == holes[2], name
