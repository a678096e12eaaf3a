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


class _Given(dict[str, list[str]]):
    """The values of each name, in their order."""

    def last(self, name: str, default: str = "") -> str:
        return self[name][-1] if name in self else default

    def number(self, name: str, default: int) -> int:
        return int(self[name][-1]) if name in self else default

    def words(self, name: str) -> tuple[str, ...]:
        said = self.last(name)
        return tuple(said.split(SEPARATOR)) if said else ()

    def each(self, name: str) -> tuple[str, ...]:
        return tuple(self.get(name, ()))


def read(arguments: list[str]) -> StagePlan:
    """``agent``, ``folder``; those of ``PROGRAMS`` (its name, its icon, then its words; may repeat), ``readable``
    (may repeat), ``network``, ``reach`` (words of ``Allowed``; may repeat), ``proxy``, ``asks`` (two texts),
    ``notices`` (words), ``printer`` (a queue; may repeat), ``print_server`` (a path), ``kerberos`` (words),
    ``krb5_conf`` (a path), and numbers by name.

    Raises ``FolderNotPrivateError``, ``NoUsersError``, ``OSError``.
    """
    given = _Given()
    for argument in arguments:
        name, _, value = argument.partition("=")
        given.setdefault(name, []).append(value)
    return StagePlan(
        agent=given["agent"][-1].split(SEPARATOR),
        folder=private.begin(given["folder"][-1]),
        tenancy=_workspaces(given),
        limits=_limits(given),
        bar=given.number("bar", 56),
        patience=given.number("patience_ms", int(FIRST_WINDOW * 1000)) / 1000,
        idle_limit=given.number("idle_limit", 0),
        bus=os.environ.get("DBUS_SYSTEM_BUS_ADDRESS", ""),
    )


def _workspaces(given: _Given) -> WorkspacePolicy:
    network = bool(given.number("network", 0))
    sound, microphone = bool(given.number("sound", 0)), bool(given.number("microphone", 0))
    reach = tuple(Allowed(*value.split(SEPARATOR)) for value in given.each("reach"))
    return WorkspacePolicy(
        programs=tuple(
            _program(value, again="_again" in name, awake="_awake" in name)
            for name in PROGRAMS
            for value in given.each(name)
        ),
        policy=Policy(
            network, given.each("readable"), given.number("home_mib", 512), given.number("namespaces", BROWSERS)
        ),
        data_mib=given.number("data_mib", 0),
        processes=given.number("processes", 0),
        users=Users() if given.number("users", 0) else None,
        rest=given.number("rest", 60),
        titles=bool(given.number("titles", 1)),
        scale=given.number("scale", 0),
        asks=_asks(given.last("asks")) if "asks" in given else ASKS,
        sound=SoundSettings(sound, microphone),
        printing=Printing(given.each("printer"), given.last("print_server")),
        network=NetworkPolicy(reach, given.number("door", 0), given.last("proxy")),
        kerberos=KerberosPlan(given.words("kerberos"), given.last("krb5_conf")),
        notices=given.words("notices"),
    )


def _limits(given: _Given) -> Limits:
    usual = Limits()
    return Limits(
        given.number("most", usual.most),
        given.number("hidden_seconds", usual.hidden_seconds),
        given.number("free_mib", usual.free_mib),
        given.number("each_mib", usual.each_mib),
    )


def _program(value: str, *, again: bool, awake: bool) -> ProgramCommand:
    name, icon, *words = value.split(SEPARATOR)
    return ProgramCommand(name, tuple(words), again, awake, icon)


def _asks(value: str) -> tuple[str, str]:
    close, _, keep = value.partition(SEPARATOR)
    return close, keep
