"""Programs that act by themselves (an AI agent, a nightly job): they ask, and a person answers; never they themselves.

An agent is an application with a key of its own. It cannot begin a ceremony at all: those are begun by workstations.
What is left is an account that a program holds as if it were a person. Such an account is named with the agent, or has
the role ``program``, and answers no question and agrees to nothing: here, below every policy.
"""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.store import backchannel_clients, backchannel_requests
from kiosk.service.store.ceremonies import CeremonyRow
from kiosk.service.store.lookups import StoredPerson

PROGRAM_ROLE = "program"
"""Of a record that is no human's."""


def bars(rules: backchannel_clients.BackchannelRules | None, known: StoredPerson) -> bool:
    """Whether the account ``known`` may not answer a server of these ``rules``, because a program holds it."""
    if rules is None or rules.agent is None:
        return False
    return known.person.id in rules.agent or PROGRAM_ROLE in known.person.roles


def is_account(conn: Connection, first: CeremonyRow, known: StoredPerson) -> bool:
    """Whether ``known`` is a program's account, and so never anybody's second person."""
    if PROGRAM_ROLE in known.person.roles:
        return True
    asked = first.request.asked if first.request is not None else ""
    request = backchannel_requests.by_id(conn, asked) if asked else None
    return request is not None and bars(backchannel_clients.find(conn, request.application), known)


def act_claim(application: str, name: str) -> dict[str, Json]:
    """Who acts for the person (RFC 8693 section 4.1)."""
    return {"act": {"sub": application, "name": name}}
