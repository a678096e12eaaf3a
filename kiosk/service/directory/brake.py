"""When a directory is to stop and ask: too many would lose their access in an hour, or get power over others."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.model.counted import counted
from kiosk.service.admin.act import ActRefusedError
from kiosk.service.platform.directory_settings import DirectoryRules
from kiosk.service.store import directory, directory_sources

HOUR = 3600
DAY = 86_400
"""For which somebody is managed before they count among all: else whoever adds persons may let more of them leave."""


class BrakeError(ActRefusedError):
    """Nothing was done: an administrator is to look at it first. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many persons may lose their access, and how many privileged roles be given, all within an hour."""

    leave: int
    privileged: int


def allowance(conn: Connection, source: str, rules: DirectoryRules, now: int) -> Allowance:
    """By the settings, or by an administrator's word while that holds. Raises ``TamperedError``."""
    managed = directory.count(conn, source, now - DAY, now - HOUR)
    leave = max(rules.leave_least, managed * rules.leave_percent // 100)
    state = directory_sources.state_of(conn, source)
    if state.let_until > now:
        return Allowance(max(leave, state.let_leave), max(rules.privileged_most, state.let_privileged))
    return Allowance(leave, rules.privileged_most)


def check(conn: Connection, source: str, leaving: int, raising: int, rules: DirectoryRules, now: int) -> None:
    """Raises ``BrakeError`` where ``leaving`` persons more, or ``raising`` privileged roles more, are too many."""
    if not leaving and not raising:
        return
    may = allowance(conn, source, rules, now)
    left = leaving + directory.stopped_lately(conn, source, now - HOUR) if leaving else 0
    if left > may.leave:
        raise BrakeError(
            f"The directory “{source}” would take their access from {counted(left, 'person')} within an hour;"
            f" {may.leave} are let."
            f" If it is meant: directory let {source} --leave {left}"
        )
    raised = raising + directory.raised_lately(conn, source, now - HOUR, rules.privileged) if raising else 0
    if raised > may.privileged:
        raise BrakeError(
            f"The directory “{source}” would give {counted(raised, 'role')} with power over others within an hour;"
            f" {may.privileged} are let. If it is meant: directory let {source} --privileged {raised}"
        )
