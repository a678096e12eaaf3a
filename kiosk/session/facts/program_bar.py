"""The programs of whoever works here, on the session bar: what is told of them, and what is ordered."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.model.programs import Running


@dataclass(frozen=True, slots=True)
class ProgramsChanged:
    """The stage: how the programs in the workspace of ``login`` stand, which is shown, or about to be."""

    login: str
    programs: tuple[Running, ...]


@dataclass(frozen=True, slots=True)
class BarReached:
    """The stage: the key that leads to the bar was pressed, and the bar has the keyboard."""


@dataclass(frozen=True, slots=True)
class BarLeft:
    """The stage: somebody touched the workspace while the bar had the keyboard; it is the workspace's again."""


@dataclass(frozen=True, slots=True)
class ProgramPicked:
    """A program's button on the bar was pressed: ``number``, its place among them."""

    number: int


@dataclass(frozen=True, slots=True)
class BringProgram:
    """Stage: that program of theirs to the front, with the keyboard; started again if it has ended."""

    login: str
    program: int


@dataclass(frozen=True, slots=True)
class LeaveBar:
    """Stage: the bar has done with the keyboard."""


@dataclass(frozen=True, slots=True)
class ProgramsShown:
    """What was last told, and of whom."""

    login: str = ""
    programs: tuple[Running, ...] = ()

    def of(self, login: str) -> tuple[Running, ...]:
        """Theirs, or none."""
        return self.programs if login == self.login else ()
