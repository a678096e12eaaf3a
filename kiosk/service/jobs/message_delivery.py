"""Delivers the outbox of messages, each through the channel that is there for its address (``channels``).

One replica does, the one that leads. A message is tried again, later and later, until the other side has taken it; what
was tried too often stays visible (``kiosk admin messages``). It may come twice: when we were ended while it was being
handed over.
"""

from __future__ import annotations

import functools
import logging

from sqlalchemy import Connection

from kiosk.service.channels import program, smtp, webhook
from kiosk.service.channels.message import Outgoing
from kiosk.service.channels.message_texts import text
from kiosk.service.channels.rules import MessageRules
from kiosk.service.platform import background
from kiosk.service.shared.context import Service
from kiosk.service.store import messages, people
from kiosk.service.store.messages import Message
from kiosk.service.store.people import PersonLine

log = logging.getLogger("kiosk.service.jobs.message_delivery")
LOOK_EVERY = 5.0
MAX_PAUSE = 300.0
"""Between two looks, when one after the other failed."""
MAX_AT_ONCE = 50
"""Messages of one turn; the others wait for the next."""
FIRST_WAIT, MAX_WAIT = 60, 3600
SPARE = 30
"""Seconds beyond the program's time before another replica may try the same message."""

HANDS = {"smtp": smtp.send, "webhook": webhook.send, "program": program.send}


async def run(service: Service, rules: MessageRules) -> None:
    """Deliver what is due, until cancelled. Returns at once where no channel is set."""
    if rules.any:
        once = functools.partial(_deliver_some, service, rules)
        await background.run_periodically(
            "delivering messages", once, every=LOOK_EVERY, first=LOOK_EVERY, longest=MAX_PAUSE
        )


async def _deliver_some(service: Service, rules: MessageRules) -> None:
    for _ in range(MAX_AT_ONCE):
        if not service.lead.leads or not await deliver_one(service, rules):
            break


async def deliver_one(service: Service, rules: MessageRules) -> bool:
    """Try the next message that is due. Whether there was one. Raises ``StoreError``."""
    now = service.now()
    claimed = await service.db.write(_claim, now, now + rules.seconds + SPARE)
    if claimed is None:
        return False
    one, who = claimed
    try:
        said = text(rules.language, one.kind, {**one.facts, "name": who.name})
    except KeyError:  # written by a newer version before this one was put back; the others go out all the same
        error: str | None = f"this version has no text for “{one.kind}”"
    else:
        message = Outgoing(one.id, one.kind, one.contact, who.login, who.name, one.created, {**one.facts}, said)
        error = await _handed_over(rules, message)
    if error is None:
        await service.db.write(messages.sent, one.id, service.now())
        return True
    log.warning("a message could not be delivered: %s", error)
    wait = min(MAX_WAIT, FIRST_WAIT << min(one.tries - 1, 10))
    again = None if one.tries >= rules.tries else service.now() + wait
    await service.db.write(messages.failed, one.id, error, again, service.now())
    return True


def _claim(conn: Connection, now: int, until: int) -> tuple[Message, PersonLine] | None:
    one = messages.claim(conn, now, until)
    return None if one is None else (one, people.by_id(conn, one.person))


async def _handed_over(rules: MessageRules, message: Outgoing) -> str | None:
    channel = rules.channel(message.to)
    if channel is None:
        return f"there is no channel for {message.to.partition(':')[0]}: addresses"
    try:
        return await HANDS[channel](rules, message)
    except Exception as error:
        return f"it could not be handed over ({type(error).__name__})"
