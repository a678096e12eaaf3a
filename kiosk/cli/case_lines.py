"""A case for review, line by line on a terminal. Nothing that somebody else wrote moves the cursor."""

from __future__ import annotations

from kiosk.cli import moments
from kiosk.model.review import CaseView


def print_line(case: CaseView) -> None:
    """One line of a list."""
    _print(case.id, case.state, moments.shown(case.due), case.kind, case.station, case.login or "-", case.why)


def print_case(case: CaseView) -> None:
    """All of it."""
    who = f"{case.name} ({case.login})" if case.login else "nobody known"
    until = f" to {moments.shown(case.until)}" if case.until is not None else ""
    _print(case.id, case.kind, f"{case.state}, due {moments.shown(case.due)}")
    _print("who", who)
    _print("where", f"{case.station}, {case.place}")
    _print("when", moments.shown(case.happened) + until)
    _print("why", case.why)
    if case.account is not None:
        _print("text", f"{moments.shown(case.account_at or 0)} by {case.account_by}: {case.account}")
    elif case.account_due is not None:
        _print("text", f"owed until {moments.shown(case.account_due)}, by {case.login or 'a reviewer'}")
    if case.step_ups:
        _print("approved", f"step-ups in it: {case.step_ups}; records altogether: {case.records}")
    if case.more:
        _print("more", f"{case.more} further ones like it")
    if case.reopens:
        _print("again", f"{case.reopens} was closed before")
    if case.closed is not None:
        _print("closed", f"{moments.shown(case.closed)} by {case.closed_by}: {case.finding}: {case.text}")
    for row in case.rows:
        _print(moments.shown(row.at), f"row {row.row}", row.action, row.result, row.login or "-", row.what)
    if case.cut:
        _print("more", f"All rows: kiosk audit find --station {case.station}")
    if case.closed is None:
        _print("findings", " | ".join(case.findings))


def _print(*cells: str) -> None:
    plain = ("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cell) for cell in cells)
    print("\t".join(plain))
