"""What goes in and out of the session has another end: read from the unions and from the source, not from a list here.

That every order has a room is mypy's to say (``agent/carrying_out``), and that every event is looked at (``step``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TypeGuard, get_args

from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.events import AboutStation, Answer, Event, ForMode, TimerExpired
from kiosk.session.facts.orders import Order
from kiosk.session.facts.person_input import Key, Typed
from tests.house.source import files, nodes, parsed

SESSION = ("kiosk/session",)
ELSEWHERE = ("kiosk/agent", "kiosk/ui", "kiosk/reader")
EVENTS: tuple[type, ...] = get_args(Event)
ORDERS: tuple[type, ...] = get_args(Order)


def last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


@cache
def made(folders: tuple[str, ...]) -> frozenset[str]:
    """Names of what is called, or handed on to be called, in ``folders``."""
    found: set[str] = set()
    for path in files(*folders):
        for node in nodes(parsed(path)):
            if isinstance(node, ast.Call):
                found |= {last_name(node.func), *(last_name(arg) for arg in node.args)}
    return frozenset(found)


@cache
def looked_at() -> frozenset[str]:
    """Names of classes that a ``match`` or ``isinstance`` of the session asks for, where something follows from it."""
    found: set[str] = set()
    for path in files(*SESSION):
        for node in nodes(parsed(path)):
            if isinstance(node, ast.match_case):
                if [type(statement) for statement in node.body] == [ast.Return] and is_false(node.body[0]):
                    continue
                found |= {last_name(part.cls) for part in nodes(node.pattern) if isinstance(part, ast.MatchClass)}
            elif isinstance(node, ast.Call) and last_name(node.func) == "isinstance":
                found |= {last_name(part) for part in nodes(node.args[1]) if isinstance(part, ast.Name | ast.Attribute)}
    return frozenset(found)


def is_false(node: ast.stmt) -> bool:
    return isinstance(node, ast.Return) and isinstance(node.value, ast.Constant) and node.value.value is False


def names(kinds: Iterable[type]) -> set[str]:
    return {kind.__name__ for kind in kinds}


def test_something_follows_from_every_event() -> None:
    assert EVENTS
    assert names(EVENTS) - looked_at() - names(get_args(Key)) == set(), "looked at by nobody"


def test_somebody_sends_every_event() -> None:
    """``Typed`` alone is the session's own."""
    assert names(EVENTS) - made(ELSEWHERE) - {Typed.__name__} == set()


def test_the_session_gives_every_order() -> None:
    assert ORDERS
    assert names(ORDERS) - made(SESSION) == set()


def test_what_is_for_the_station_and_what_is_for_the_mode_are_two_things() -> None:
    assert not set(get_args(AboutStation)) & set(get_args(ForMode))
    assert {*get_args(AboutStation), *get_args(ForMode), *get_args(Answer)} < set(EVENTS)


# Alarms


@cache
def constants() -> dict[str, str]:
    """Names that the session has for members of ``AlarmName``."""
    found: dict[str, str] = {}
    for path in files(*SESSION):
        for node in parsed(path).body:
            if isinstance(node, ast.Assign):
                targets, values = parts(node.targets[0]), parts(node.value)
                pairs = zip(targets, values, strict=False)
                found |= {last_name(pair): value.attr for pair, value in pairs if is_member(value)}
    return found


def parts(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


def is_member(node: ast.AST) -> TypeGuard[ast.Attribute]:
    return isinstance(node, ast.Attribute) and last_name(node.value) == AlarmName.__name__


def members(node: ast.AST, known: dict[str, str]) -> Iterator[str]:
    """Members that are named anywhere in ``node``."""
    for part in nodes(node):
        if isinstance(part, ast.Attribute) and is_member(part):
            yield part.attr
        elif isinstance(part, ast.Name | ast.Attribute) and last_name(part) in known:
            yield known[last_name(part)]


@cache
def alarms() -> tuple[frozenset[str], frozenset[str]]:
    """Members that the session sets, and those that it hears."""
    known = constants()
    set_: set[str] = set()
    heard: set[str] = set()
    for path in files(*SESSION):
        for node in nodes(parsed(path)):
            if isinstance(node, ast.Call) and last_name(node.func) == "set_timer":
                set_ |= set(members(node.args[0], known))
            elif isinstance(node, ast.match_case):
                heard |= set(members(node.pattern, known)) | (set(members(node.guard, known)) if node.guard else set())
            elif isinstance(node, ast.Compare):
                heard |= set(members(node, known))
    return frozenset(set_), frozenset(heard)


def test_every_alarm_is_set_and_heard() -> None:
    set_, heard = alarms()
    known = {name.name for name in AlarmName}
    assert known - set_ == set(), "nobody sets it"
    assert known - heard == set(), "nobody hears it"


def test_no_alarm_is_a_bare_word() -> None:
    """Of a word that is none of ``AlarmName`` mypy says nothing in a pattern."""
    looked = 0
    for path in files(*SESSION):
        for node in nodes(parsed(path)):
            if isinstance(node, ast.MatchClass) and last_name(node.cls) == TimerExpired.__name__:
                looked += 1
                words = [part for part in nodes(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)]
                assert not words, f"{path}:{node.cls.lineno}"
    assert looked > 10, "there are such patterns"
