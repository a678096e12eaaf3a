"""Reports of prompts and risk: how often people are asked, what they answer, which signals fired, what came of it.

Read from the trail by the time of its rows; columns in ``docs/reports.md``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from kiosk.service.admin.act import ActRefusedError
from kiosk.service.audit.lines import told_by
from kiosk.service.platform.json_fields import JsonObject, member, number
from kiosk.service.records.table import Cell, ReportTable, day, percent
from kiosk.service.store.schema import audit_row

MAX_READ = 200_000
"""Rows of the trail that one report reads."""
GIVEN_UP = {"refused_by_person": "refused", "timeout": "timed_out"}
ENDS = ("granted", "refused", "timed_out", "other", "open")
PHONE = ("phone_asked", "phone_answered")
ON_PHONE = {"approved": "granted", "refused": "refused", "reported": "refused", "policy": "other"}
"""How a server's question on a phone ended, by the reason of its row. Any other row is a try."""
SECONDS = ("second_asked", "second")
"""Rows of second persons: asked to agree to somebody's step-up, and what they said."""
AS_SECOND, WITH_SECOND = " (second person)", " with a second person"
KINDS = (
    *("all", "day", "person_day", "action", "station", "action_reason", "end", "strength", "on_phone"),
    *("step_up", "sign_in"),
)
"""What a line of ``prompts`` is counted by, in the order of its lines."""
DAY_LENGTH = len("2026-11-30")


@dataclass(slots=True)
class _Asked:
    """One ceremony: who was asked what, where and when, which signals fired, and how it ended. ``phone``: for which
    application the person's phone was asked; empty where it was not. ``until``: of a server's question on it, when its
    time is over."""

    login: str
    action: str
    at: int
    reasons: set[str] = field(default_factory=set)
    end: str = "open"
    reason: str = ""
    acr: str = ""
    seconded: bool = False
    station: str = ""
    phone: str = ""
    until: int = 0


def prompts(conn: Connection, since: int, until: int) -> ReportTable:
    """How often people were asked by programs, and what came of it, counted by each of ``KINDS``; on phones by person,
    station, application.

    The last two: how many requests came to a person at all, and how many sign-ins took more than a tap.
    """
    rows = list(_bodies(conn, since, until, ("stepup_asked", "stepup", "sign_in", *PHONE, *SECONDS)))
    began = {row.get("ceremony") for row in rows if _asks(row)}
    asked = {name: prompt for name, prompt in _ceremonies(_of_step_ups(rows)).items() if name in began}
    for prompt in asked.values():
        if prompt.end == "open" and 0 < prompt.until <= until:
            prompt.end = "timed_out"
    groups: dict[tuple[str, str], list[_Asked]] = {("all", ""): []}
    for prompt in asked.values():
        end, date = prompt.reason or prompt.end, (day(prompt.at) or "")[:DAY_LENGTH]
        names = [
            ("all", ""),
            ("day", date),
            ("person_day", f"{date} {prompt.login}"),
            ("action", prompt.action),
            ("station", prompt.station),
            *_on_phone(prompt),
            ("action_reason", f"{prompt.action} {end}"),
            ("end", end),
        ]
        if prompt.acr:
            names.append(("strength", f"{prompt.acr}{WITH_SECOND}" if prompt.seconded else prompt.acr))
        for name in names:
            groups.setdefault(name, []).append(prompt)
    lines: list[tuple[Cell, ...]] = [
        (*name, len(found), percent(len(found), len(asked)), *_ends(found)) for name, found in groups.items()
    ]
    columns = ("by", "group", "prompts", "percent", *ENDS)
    lines.sort(key=lambda line: (KINDS.index(str(line[0])), str(line[1])))
    return ReportTable(columns, (*lines, *_challenged(rows, asked), *_sign_ins(rows)))


def _on_phone(prompt: _Asked) -> list[tuple[str, str]]:
    """Groups of what somebody's phone was asked: whom, where and for what it tires."""
    named = {"person": prompt.login, "station": prompt.station, "application": prompt.phone}
    return [("on_phone", f"{by} {name}") for by, name in named.items()] if prompt.phone else []


def risk(conn: Connection, since: int, until: int) -> ReportTable:
    """Which signals fired, for how many people, and how often what was asked then was refused or never answered."""
    rows = _bodies(conn, since, until, ("tap", "sign_in", "proof", "stepup_asked", "stepup", *SECONDS))
    found: dict[str, list[_Asked]] = defaultdict(list)
    for prompt in _ceremonies(rows).values():
        for reason in prompt.reasons:
            found[reason].append(prompt)
    lines: list[tuple[Cell, ...]] = []
    for reason, each in found.items():
        ends, people = _ends(each), len({prompt.login for prompt in each})
        turned = len(each) - ends[0]
        lines.append((reason, len(each), people, *ends, percent(turned, len(each))))
    lines.sort(key=lambda line: (-number({"n": line[1]}, "n"), str(line[0])))
    return ReportTable(("signal", "fired", "persons", *ENDS, "not_granted_percent"), tuple(lines))


def _of_step_ups(rows: Iterable[JsonObject]) -> Iterator[JsonObject]:
    return (row for row in rows if row.get("action") != "sign_in")


def _challenged(rows: list[JsonObject], asked: dict[str, _Asked]) -> Iterator[tuple[Cell, ...]]:
    """How many requests a person was asked for, and how many were refused before anybody was."""
    refused = [row for row in rows if (row.get("action"), row.get("result")) == ("stepup", "refused")]
    # Only such a row tells the wish once more: of a prompt its first row did, which may be older than this report.
    wishes = {str(row.get("ceremony") or "") for row in refused if "action" in member(row, "detail")}
    at_once = len(wishes - asked.keys())
    whole = len(asked) + at_once
    yield ("step_up", "asked", len(asked), percent(len(asked), whole), *_ends(list(asked.values())))
    yield ("step_up", "refused_at_once", at_once, percent(at_once, whole), 0, 0, 0, at_once, 0)


def _sign_ins(rows: list[JsonObject]) -> Iterator[tuple[Cell, ...]]:
    done = [member(row, "detail") for row in rows if (row.get("action"), row.get("result")) == ("sign_in", "success")]
    alone = sum(detail.get("grace") is True for detail in done)
    for group, count in (("more_than_a_tap", len(done) - alone), ("tap_alone", alone)):
        yield ("sign_in", group, count, percent(count, len(done)), count, 0, 0, 0, 0)


def _ceremonies(rows: Iterable[JsonObject]) -> dict[str, _Asked]:
    """By id, those that somebody was asked in. What was refused at once counts where a signal fired.

    Rows of one second stand by chain: a phone's no, which is the service's row, may come before the station's question.
    """
    found: dict[str, _Asked] = {}
    every = list(rows)
    for row in every:
        _begin(found, row)
    for row in every:
        detail, prompt = member(row, "detail"), found.get(str(row.get("ceremony") or ""))
        if prompt is None:
            continue
        prompt.reasons |= _reasons(detail)
        if row.get("action") == "phone_asked":
            prompt.phone = str(detail.get("application") or "")
            prompt.until = number(detail, "until") if _for_server(row) else 0
        if row.get("action") == "phone_answered" and _for_server(row) and row.get("reason") in ON_PHONE:
            prompt.reason, prompt.acr = str(row.get("reason")), str(row.get("acr") or "")
            prompt.end = ON_PHONE[prompt.reason]
        if row.get("action") in ("stepup", "sign_in", "second"):
            prompt.reason = str(row.get("reason") or "")
            good = row.get("result") == "success"
            prompt.end = "granted" if good else GIVEN_UP.get(prompt.reason, "other")
            prompt.acr = str(row.get("acr") or "") if good else ""
            prompt.seconded = good and "second" in detail
    return found


def _begin(found: dict[str, _Asked], row: JsonObject) -> None:
    """Note the prompt of ``row``, if it is the first of one."""
    detail, name = member(row, "detail"), str(row.get("ceremony") or "")
    second = row.get("action") == "second_asked"
    on_phone = _for_server(row)
    begins = row.get("action") == "stepup_asked" or _reasons(detail) or (second and "second" in detail)
    if name in found or not (_asks(row) if on_phone else begins):
        return
    asked = str(detail.get("asks" if on_phone else "action") or row.get("action"))
    asked = f"{asked}{AS_SECOND}" if second else asked
    found[name] = _Asked(str(row.get("login") or ""), asked, number(row, "at"))
    found[name].station = str(row.get("station") or "")


def _asks(row: JsonObject) -> bool:
    """Whether somebody is asked by what the row tells: at a workstation, or by a server on their phone."""
    on_phone = row.get("action") == "phone_asked" and row.get("result") == "seen" and _for_server(row)
    return row.get("action") in ("stepup_asked", "second_asked") or on_phone


def _for_server(row: JsonObject) -> bool:
    """Whether it tells of a server's question on a phone, of somebody at no workstation."""
    return row.get("action") in PHONE and member(row, "detail").get("purpose") == "server"


def _reasons(detail: JsonObject) -> set[str]:
    """The signals of a row, of a sign-in or a step-up."""
    said = member(detail, "risk").get("reasons") or member(member(detail, "policy"), "context").get("reasons")
    return {str(reason) for reason in said} if isinstance(said, list) else set()


def _ends(found: list[_Asked]) -> tuple[int, ...]:
    counts = Counter(prompt.end for prompt in found)
    return tuple(counts[end] for end in ENDS)


def _bodies(conn: Connection, since: int, until: int, actions: tuple[str, ...]) -> Iterator[JsonObject]:
    """Raises ``ActRefusedError`` for more than ``MAX_READ`` rows."""
    wanted = select(audit_row.c.body).where(audit_row.c.at.between(since, until), audit_row.c.action.in_(actions))
    order = (audit_row.c.at, audit_row.c.chain, audit_row.c.seq)
    found = conn.execute(wanted.order_by(*order).limit(MAX_READ + 1)).scalars().all()
    if len(found) > MAX_READ:
        raise ActRefusedError(f"That are more than {MAX_READ} rows. Ask for a shorter time with --since and --until.")
    return (told_by(body) for body in found)
