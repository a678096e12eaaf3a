"""Roles of a list that nobody has yet, judged by the one rule of ``admin.people``, once a role and not once a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from kiosk.service.admin.people import asked_back
from kiosk.service.records.line_problem import LineProblem
from kiosk.service.records.people_csv import PersonEntry


def odd(entries: Collection[PersonEntry], known: Collection[str]) -> Iterator[LineProblem]:
    """A problem for each role that looks like one of ``known``, or like one that more of the list have, mistyped.

    A warning for each other one that is none of ``known``.
    """
    lines: dict[str, int] = {}
    often: Counter[str] = Counter()
    for entry in entries:
        for role in entry.roles:
            if role not in known:
                lines.setdefault(role, entry.line)
                often[role] += 1
    for role, line in lines.items():
        more = {other for other, count in often.items() if count > often[role]}
        back = asked_back(role, {*known, *more})
        others = often[role] - 1
        also = f" It is in {others} more line{'s' if others > 1 else ''}." if others else ""
        if back is not None:
            yield LineProblem(line, f"{back}{also} If all new roles are meant as written: --new-role", "roles")
        else:
            sentence = f"Nobody had the role “{role}” before, and no rule names it.{also}"
            yield LineProblem(line, sentence, "roles", warning=True)
