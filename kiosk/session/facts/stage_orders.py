"""What the stage is told: to show, cover or end a workspace, and to watch whether somebody is there."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.model.people import Person
from kiosk.session.facts.program_bar import BringProgram, LeaveBar


@dataclass(frozen=True, slots=True)
class ShowWorkspace:
    """Stage: show ``person``'s workspace, started if it is not there. → WorkspaceShown | StageFailed"""

    person: Person


@dataclass(frozen=True, slots=True)
class Cover:
    """Stage: cover everything, at once. Issued before anything else whenever the screen must not be seen."""


@dataclass(frozen=True, slots=True)
class EndWorkspace:
    """Stage: end ``login``'s programs for good."""

    login: str


@dataclass(frozen=True, slots=True)
class WatchIdle:
    """Stage: post ``IdleExpired`` after ``seconds`` without input, once."""

    seconds: int


@dataclass(frozen=True, slots=True)
class StopWatchingIdle:
    """Stage: no ``IdleExpired`` until asked again."""


StageOrder = ShowWorkspace | Cover | EndWorkspace | WatchIdle | StopWatchingIdle | BringProgram | LeaveBar
