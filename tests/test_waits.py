"""Tests wait for what they await. A wait of fixed length says on its line why nothing else would do."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from tests.house.source import nodes

TESTS = Path(__file__).parent
SLEEPS = {"sleep", "qWait", "qSleep"}
IN_A_PROGRAM = re.compile(r"\bsleep\((\d+(?:\.\d+)?)\)")
ENDED = 60
"""Seconds from which on a program in a text does not wait for anything: it stays until it is ended."""


def commented(text: str) -> set[int]:
    """Numbers of the lines that have a comment."""
    found = tokenize.generate_tokens(io.StringIO(text).readline)
    return {token.start[0] for token in found if token.type == tokenize.COMMENT}


def waits(node: ast.AST) -> bool:
    """Whether it is a call that only lets time pass. ``sleep(0)`` lets others have their turn, which takes none."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name | ast.Attribute):
        return False
    name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
    turn = len(node.args) == 1 and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0
    on_qtbot = name == "wait" and isinstance(node.func, ast.Attribute) and "qtbot" in ast.unparse(node.func.value)
    return (name in SLEEPS or on_qtbot) and not turn


def waits_in_a_program(node: ast.AST) -> bool:
    """Whether it is the text of a program that lets time pass, but for looking again and for what ends it."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    lines = [line.partition("#")[0] for line in node.value.splitlines() if "#" not in line]
    polls = ("while " in line or before.lstrip().startswith("while ") for before, line in pairwise(["", *lines]))
    return any(
        0 < float(seconds) < ENDED
        for line, again in zip(lines, polls, strict=True)
        if not again
        for seconds in IN_A_PROGRAM.findall(line)
    )


def without_a_reason(text: str) -> Iterator[int]:
    """Lines of a file on which time passes and nothing says why."""
    if not any(f"{name}(" in text for name in (*SLEEPS, "wait")):
        return
    reasons = commented(text)
    for node in nodes(ast.parse(text)):
        if waits(node) or waits_in_a_program(node):
            assert isinstance(node, ast.expr)
            lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            if not reasons & set(lines):
                yield node.lineno


def test_a_wait_of_fixed_length_says_why() -> None:
    found = [
        f"{path.relative_to(TESTS)}:{line}"
        for path in sorted(TESTS.rglob("*.py"))
        for line in without_a_reason(path.read_text(encoding="utf-8"))
    ]
    assert found == [], "wait for what is awaited (tests.fakes.process_table.until), or say on the line why not"


def test_the_search_finds_what_it_looks_for() -> None:
    text = """
time.sleep(1)
time.sleep(0)
time.sleep(1)  # a reason
await asyncio.sleep(0.1)
QTest.qWait(50)
qtbot.wait(50)
event.wait(50)
program = "time.sleep(0.5)"
program = "time.sleep(600)"
program = "while True: time.sleep(0.5)"
"""  # each line is one case
    assert sorted(without_a_reason(text)) == [2, 5, 6, 7, 9]
