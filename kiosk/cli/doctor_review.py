"""``kiosk doctor --data``: whether cases wait longer than they may, and whether anybody can be told of them."""

from __future__ import annotations

import time

from kiosk.cli.doctor_check import Check
from kiosk.model.counted import counted
from kiosk.service.folder import ServiceFolder
from kiosk.service.policy.review_rules import review_from
from kiosk.service.records.review_report import state_of
from kiosk.service.store import emergencies, people, review_cases
from kiosk.service.store.errors import StoreError


def checks(folder: ServiceFolder) -> list[Check]:
    """Nothing where there are no cases, or the store cannot be read."""
    rules, now, db = review_from(folder.settings.review), int(time.time()), folder.database()
    try:
        waiting, gone = db.read_now(review_cases.waiting), db.read_now(review_cases.missing)
        unsaid = db.read_now(emergencies.missing)
        held = db.read_now(people.roles_held)
    except StoreError:
        return []
    finally:
        db.close_now()
    found = []
    if gone:
        said = f"Taken out of the database: {counted(len(gone), 'case')} for review: {', '.join(gone[:5])}."
        found.append(Check("review", False, said, "Find out who can change the database. See docs/review.md."))
    if unsaid:
        what = counted(len(unsaid), "emergency access", "emergency accesses")
        said = f"Taken out of the database: {what}, or what was written about them: {', '.join(unsaid[:5])}."
        found.append(Check("review", False, said, "The trail still has them. See docs/emergency-access.md."))
    late = [case.id for case in waiting if state_of(case, now) == "overdue"]
    if late:
        said = f"Overdue: {len(late)} of {counted(len(waiting), 'open case')}, {late[0]} first."
        found.append(Check("review", False, said, "See: kiosk admin report reviews"))
    elif waiting:
        wait = counted(len(waiting), "case waits", "cases wait")
        found.append(Check("review", True, f"{wait} for review, none is overdue."))
    if waiting and not held & set(rules.roles):
        said = f"Nobody has a role that reviews cases ({', '.join(rules.roles)})."
        found.append(Check("review", False, said, "Give it: kiosk admin role add LOGIN ROLE, or set [review] roles."))
    return found
