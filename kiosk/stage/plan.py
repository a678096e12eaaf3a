"""All that the stage is told at its start, and how its command line says it: ``name=value``, a word each."""

from __future__ import annotations

import os
from typing import NamedTuple

from kiosk.stage import folder as private
from kiosk.stage.calls import BROWSERS
from kiosk.stage.desk import Program
from kiosk.stage.limits import Limits
from kiosk.stage.room import Tenancy
from kiosk.stage.sandbox import Policy
from kiosk.stage.users import Users

SEPARATOR = "\x1f"
"""Between the words of one value."""
PROGRAMS = ("program", "program_again", "program_awake", "program_again_awake")
"""Names of values: its name, then its words; each may repeat."""


class Plan(NamedTuple):
    """``folder``: its own, private. ``idle_limit``: seconds, 0 for none.

    ``bus``: address of the system's message bus, empty for the usual one.
    """

    agent: list[str]
    folder: str
    tenancy: Tenancy
    limits: Limits
    bar: int = 56
    idle_limit: int = 0
    bus: str = ""


def read(arguments: list[str]) -> Plan:
    """``agent``, ``folder``; those of ``PROGRAMS``, ``readable``
    (may repeat), ``network``, and numbers by name. Raises ``NotPrivate``, ``NoUsers``, ``OSError``."""
    given: dict[str, list[str]] = {}
    for argument in arguments:
        name, _, value = argument.partition("=")
        given.setdefault(name, []).append(value)

    def number(name: str, default: int) -> int:
        return int(given[name][-1]) if name in given else default

    limits = Limits()
    folder = private.begin(given["folder"][-1])
    return Plan(
        agent=given["agent"][-1].split(SEPARATOR),
        folder=folder,
        tenancy=Tenancy(
            programs=tuple(
                _program(value, again="_again" in name, awake="_awake" in name)
                for name in PROGRAMS
                for value in given.get(name, [])
            ),
            policy=Policy(
                bool(number("network", 0)),
                tuple(given.get("readable", ())),
                number("home_mib", 512),
                number("namespaces", BROWSERS),
            ),
            data_mib=number("data_mib", 0),
            processes=number("processes", 0),
            users=Users() if number("users", 0) else None,
            rest=number("rest", 60),
        ),
        limits=Limits(
            number("most", limits.most),
            number("hidden_seconds", limits.hidden_seconds),
            number("free_mib", limits.free_mib),
            number("each_mib", limits.each_mib),
        ),
        bar=number("bar", 56),
        idle_limit=number("idle_limit", 0),
        bus=os.environ.get("DBUS_SYSTEM_BUS_ADDRESS", ""),
    )


def _program(value: str, *, again: bool, awake: bool) -> Program:
    name, *words = value.split(SEPARATOR)
    return Program(name, tuple(words), again, awake)
