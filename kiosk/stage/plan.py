"""All that the stage is told at its start, and how its command line says it: ``name=value``, a word each."""

from __future__ import annotations

import os
from typing import NamedTuple

from kiosk.stage import folder as private
from kiosk.stage.desktop import ProgramCommand
from kiosk.stage.kerberos import KerberosPlan
from kiosk.stage.limits import Limits
from kiosk.stage.network.own import NetworkPolicy
from kiosk.stage.network.rules import Allowed
from kiosk.stage.plan_words import SEPARATOR
from kiosk.stage.printing.door import Printing
from kiosk.stage.sandbox import Policy
from kiosk.stage.seccomp import BROWSERS
from kiosk.stage.sound import SoundSettings
from kiosk.stage.users import Users
from kiosk.stage.view import FIRST_WINDOW
from kiosk.stage.workspace_policy import ASKS, WorkspacePolicy

PROGRAMS = ("program", "program_again", "program_awake", "program_again_awake")
"""Names of values: its name, its icon, then its words; each may repeat."""


class StagePlan(NamedTuple):
    """``folder``: its own, private. ``idle_limit``: seconds, 0 for none.

    ``bus``: address of the system's message bus, empty for the usual one.
    """

    agent: list[str]
    folder: str
    tenancy: WorkspacePolicy
    limits: Limits
    bar: int = 56
    patience: float = FIRST_WINDOW
    idle_limit: int = 0
    bus: str = ""


def read(arguments: list[str]) -> StagePlan:
    """``agent``, ``folder``; those of ``PROGRAMS`` (its name, its icon, then its words; may repeat), ``readable``
    (may repeat), ``network``, ``reach`` (words of ``Allowed``; may repeat), ``proxy``, ``asks`` (two texts),
    ``notices`` (words), ``printer`` (a queue; may repeat), ``print_server`` (a path), ``kerberos`` (words),
    ``krb5_conf`` (a path), and numbers by name.

    Raises ``FolderNotPrivateError``, ``NoUsersError``, ``OSError``.
    """
    given: dict[str, list[str]] = {}
    for argument in arguments:
        name, _, value = argument.partition("=")
        given.setdefault(name, []).append(value)

    def number(name: str, default: int) -> int:
        return int(given[name][-1]) if name in given else default

    limits = Limits()
    folder = private.begin(given["folder"][-1])
    return StagePlan(
        agent=given["agent"][-1].split(SEPARATOR),
        folder=folder,
        tenancy=WorkspacePolicy(
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
            titles=bool(number("titles", 1)),
            scale=number("scale", 0),
            asks=_asks(given["asks"][-1]) if "asks" in given else ASKS,
            sound=SoundSettings(bool(number("sound", 0)), bool(number("microphone", 0))),
            printing=Printing(tuple(given.get("printer", ())), given.get("print_server", [""])[-1]),
            network=NetworkPolicy(
                tuple(Allowed(*value.split(SEPARATOR)) for value in given.get("reach", ())),
                number("door", 0),
                given.get("proxy", [""])[-1],
            ),
            kerberos=_kerberos(given),
            notices=tuple(given["notices"][-1].split(SEPARATOR)) if given.get("notices", [""])[-1] else (),
        ),
        limits=Limits(
            number("most", limits.most),
            number("hidden_seconds", limits.hidden_seconds),
            number("free_mib", limits.free_mib),
            number("each_mib", limits.each_mib),
        ),
        bar=number("bar", 56),
        patience=number("patience_ms", int(FIRST_WINDOW * 1000)) / 1000,
        idle_limit=number("idle_limit", 0),
        bus=os.environ.get("DBUS_SYSTEM_BUS_ADDRESS", ""),
    )


def _kerberos(given: dict[str, list[str]]) -> KerberosPlan:
    words, config = given.get("kerberos", [""])[-1], given.get("krb5_conf", [""])[-1]
    return KerberosPlan(tuple(words.split(SEPARATOR)) if words else (), config)


def _program(value: str, *, again: bool, awake: bool) -> ProgramCommand:
    name, icon, *words = value.split(SEPARATOR)
    return ProgramCommand(name, tuple(words), again, awake, icon)


def _asks(value: str) -> tuple[str, str]:
    close, _, keep = value.partition(SEPARATOR)
    return close, keep
