"""When a directory is to stop and ask: too many would lose their access in an hour, have another login or a role less,
or get power over others."""

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
    """How many persons may lose their access, how many have another login or a role less, and how many privileged roles
    be given, all within an hour."""

    leave: int
    privileged: int
    altered: int


@dataclass(frozen=True, slots=True)
class Braked:
    """What is about to happen: how many persons lose their access, how many have another login or a role less, and how
    many privileged roles are given."""

    leaving: int = 0
    raising: int = 0
    altering: int = 0


def allowance(conn: Connection, source: str, rules: DirectoryRules, now: int) -> Allowance:
    """By the settings, or by an administrator's word while that holds. Raises ``TamperedError``."""
    managed = directory.count(conn, source, now - DAY, now - HOUR)
    leave = max(rules.leave_least, managed * rules.leave_percent // 100)
    altered = max(rules.altered_least, managed * rules.altered_percent // 100)
    state = directory_sources.state_of(conn, source)
    if state.let_until > now:
        privileged = max(rules.privileged_most, state.let_privileged)
        return Allowance(max(leave, state.let_leave), privileged, max(altered, state.let_altered))
    return Allowance(leave, rules.privileged_most, altered)


def check(conn: Connection, source: str, more: Braked, rules: DirectoryRules, now: int) -> None:
    """Raises ``BrakeError`` where ``more`` is too much, with what was within the last hour."""
    if more == Braked():
        return
    may = allowance(conn, source, rules, now)
    left = more.leaving + directory.stopped_lately(conn, source, now - HOUR) if more.leaving else 0
    if left > may.leave:
        raise BrakeError(
            f"The directory “{source}” would take their access from {counted(left, 'person')} within an hour;"
            f" {may.leave} are let."
            f" If it is meant: directory let {source} --leave {left}"
        )
    altered = more.altering + directory.altered_lately(conn, source, now - HOUR) if more.altering else 0
    if altered > may.altered:
        raise BrakeError(
            f"The directory “{source}” would give {counted(altered, 'person')} another login"
            " or a role less within an hour;"
            f" {may.altered} are let. If it is meant: directory let {source} --altered {altered}"
        )
    lately = directory.raised_lately(conn, source, now - HOUR, rules.privileged) if more.raising else 0
    raised = more.raising + lately
    if raised > may.privileged:
        raise BrakeError(
            f"The directory “{source}” would give {counted(raised, 'role')} with power over others within an hour;"
            f" {may.privileged} are let. If it is meant: directory let {source} --privileged {raised}"
        )
