"""What the stage tells: what became of a workspace, and whether somebody is there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IdleExpired:
    """Nobody touched anything for the time that was asked for last (``WatchIdle``)."""


@dataclass(frozen=True, slots=True)
class UserActivity:
    """Somebody touched something while the screen was fading, or showed who is signed in (``WatchTouch``)."""


@dataclass(frozen=True, slots=True)
class WorkspaceShown:
    """The stage painted the workspace of ``login``."""

    login: str


@dataclass(frozen=True, slots=True)
class StageFailed:
    """The workspace could not be shown or died; ``detail`` is a short code for the help desk."""

    detail: str


@dataclass(frozen=True, slots=True)
class StageLocked:
    """The stage covered everything by its own will. ``reason``: ``monitors`` changed, ``idle`` beyond its own limit;
    ``suspend``, ``ordered``: the machine goes to sleep, or the system was told to lock; ``key``: the person pressed
    Super+L; or nothing is left to be shown,
    because its ``programs`` ended or a ``limit_…`` ended them."""

    reason: str


@dataclass(frozen=True, slots=True)
class WorkspaceGone:
    """Nothing of ``login``'s runs here any more."""

    login: str


@dataclass(frozen=True, slots=True)
class WorkspaceEnded:
    """``login`` opens a new workspace, because a limit of this station ended the one they had. ``limit``: which."""

    login: str
    limit: str


WorkspaceFate = StageLocked | WorkspaceGone | WorkspaceEnded
