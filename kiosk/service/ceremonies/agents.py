"""Programs that act by themselves (an AI agent, a nightly job): they ask, and a person answers; never they themselves.

An agent is an application with a key of its own. It cannot begin a ceremony at all: those are begun by workstations.
What is left is an account that a program holds as if it were a person. Such an account is named with the agent, or has
the role ``program``, and answers no question and agrees to nothing: here, below every policy.
"""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.store import backchannel_clients
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.openid_clients import OpenIdClient

PROGRAM_ROLE = "program"
"""Of a record that is no human's."""


def bars(rules: backchannel_clients.BackchannelRules | None, known: StoredPerson) -> bool:
    """Whether the account ``known`` may not answer a server of these ``rules``, because a program holds it."""
    if rules is None or rules.agent is None:
        return False
    return known.person.id in rules.agent or PROGRAM_ROLE in known.person.roles


def answers_none(conn: Connection, rules: backchannel_clients.BackchannelRules | None, known: StoredPerson) -> bool:
    """The same for the accounts of every agent: one does not answer another. Raises ``TamperedError``."""
    return rules is not None and rules.agent is not None and (bars(rules, known) or is_account(conn, known))


def is_account(conn: Connection, known: StoredPerson) -> bool:
    """Whether ``known`` is a program's account, whichever holds it, and so never anybody's second person. Raises
    ``TamperedError``."""
    return PROGRAM_ROLE in known.person.roles or known.person.id in backchannel_clients.program_accounts(conn)


def act_claim(application: str, name: str) -> dict[str, Json]:
    """Who acts for the person (RFC 8693 section 4.1)."""
    return {"act": {"sub": application, "name": name}}


def act_of(client: OpenIdClient) -> dict[str, Json]:
    """The same of whatever tokens that application gets, by whichever grant: empty where it is no agent."""
    return act_claim(client.id, client.rules.title) if client.agent else {}
