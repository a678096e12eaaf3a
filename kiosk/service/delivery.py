"""Delivers the outbox of messages through the hospital's own program, which gets one JSON object on standard input.

The program is tried again, later and later, until it ends with status 0; what was tried too often stays visible
(``kiosk admin messages``). It gets no secret, none of our descriptors and a bare environment, and it is ended with all
it started when its time is over. A message may come twice: when we were ended while it was being handed over.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import logging
import os
import signal
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service import steady
from kiosk.service.context import Service
from kiosk.service.message_texts import LANGUAGES, text
from kiosk.service.store import messages, people
from kiosk.service.store.messages import Message
from kiosk.settings import BadSettings, must

log = logging.getLogger("kiosk.service.delivery")
LOOK_EVERY = 5.0
LONGEST_PAUSE = 300.0
"""Between two looks, when one after the other failed."""
MOST_AT_ONCE = 50
"""Messages of one turn; the others wait for the next."""
FIRST_WAIT, LONGEST_WAIT = 60, 3600
SPARE = 30
"""Seconds beyond the program's time before another replica may try the same message."""
CLEAN = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}


@dataclass(frozen=True, slots=True)
class MessageRules:
    """``[messages]``. ``command``: the program and its arguments; empty: nothing is delivered, everything is kept.

    ``seconds``: it may take. ``tries``: until a message is given up. ``language`` of its text. ``keep_days``: then
    what was delivered or given up is forgotten, with the address it went to.
    """

    command: tuple[str, ...] = ()
    seconds: int = 10
    tries: int = 12
    language: str = "en"
    keep_days: int = 30


def rules_from(table: dict[str, Any]) -> MessageRules:
    """Rules from the ``[messages]`` table. Raises ``BadSettings``."""
    strange = sorted(set(table) - set(MessageRules.__dataclass_fields__))
    if strange:
        raise BadSettings(f"[messages]: there is no setting called “{strange[0]}”.")
    command = table.get("command", [])
    if not isinstance(command, list) or not all(
        isinstance(word, str) and word.strip() and word.isprintable() for word in command
    ):
        raise BadSettings(f"[messages]: {must('command', 'a list of texts: a program and its arguments', command)}")
    for name, most in (("seconds", 120), ("tries", 100), ("keep_days", 3650)):
        value = table.get(name, 1)
        if type(value) is not int or not 1 <= value <= most:
            raise BadSettings(f"[messages]: {must(name, f'a whole number from 1 to {most}', value)}")
    language = table.get("language", "en")
    if not isinstance(language, str) or language not in LANGUAGES:
        raise BadSettings(f"[messages]: {must('language', 'one of ' + ', '.join(LANGUAGES), language)}")
    return MessageRules(**{**table, "command": tuple(command)})


async def run(service: Service, rules: MessageRules) -> None:
    """Deliver what is due, until cancelled. Returns at once where no program is set."""
    if rules.command:
        once = functools.partial(_deliver_some, service, rules)
        await steady.forever("delivering messages", once, every=LOOK_EVERY, first=LOOK_EVERY, longest=LONGEST_PAUSE)


async def _deliver_some(service: Service, rules: MessageRules) -> None:
    for _ in range(MOST_AT_ONCE):
        if not await deliver_one(service, rules):
            break


async def deliver_one(service: Service, rules: MessageRules) -> bool:
    """Try the next message that is due. Whether there was one. Raises ``StoreError``."""
    now = service.now()
    claimed = await service.db.write(_claim, now, now + rules.seconds + SPARE)
    if claimed is None:
        return False
    one, body = claimed
    try:
        body["text"] = text(rules.language, one.kind, {**one.facts, "name": body["name"]})
    except KeyError:  # written by a newer version before this one was put back; the others go out all the same
        error: str | None = f"this version has no text for “{one.kind}”"
    else:
        error = await _handed_over(rules, body)
    if error is None:
        await service.db.write(messages.sent, one.id, service.now())
        return True
    log.warning("a message could not be delivered: %s", error)
    wait = min(LONGEST_WAIT, FIRST_WAIT << min(one.tries - 1, 10))
    again = None if one.tries >= rules.tries else service.now() + wait
    await service.db.write(messages.failed, one.id, error, again, service.now())
    return True


def _claim(conn: Connection, now: int, until: int) -> tuple[Message, dict[str, Json]] | None:
    one = messages.claim(conn, now, until)
    if one is None:
        return None
    who = people.by_id(conn, one.person)
    whose: dict[str, Json] = {"id": one.id, "kind": one.kind, "to": one.contact, "login": who.login, "name": who.name}
    return one, {**whose, "at": one.created, "facts": {**one.facts}}


async def _handed_over(rules: MessageRules, body: dict[str, Json]) -> str | None:
    try:
        return await hand_over(rules, json.dumps(body, ensure_ascii=False).encode())
    except Exception as error:
        return f"it could not be handed over ({type(error).__name__})"


async def hand_over(rules: MessageRules, body: bytes) -> str | None:
    """Run the program with ``body`` on its standard input; what went wrong, in a few words, or None."""
    nothing = asyncio.subprocess.DEVNULL
    try:
        program = await asyncio.create_subprocess_exec(
            *rules.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=nothing,
            stderr=nothing,
            env=CLEAN,
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        return f"the program cannot be started: {error.strerror}"
    try:
        async with asyncio.timeout(rules.seconds):
            await program.communicate(body)
    except TimeoutError:
        return f"the program took longer than {rules.seconds} s"
    finally:
        if program.returncode is None:  # its time is over, or ours: it goes with whatever it started
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)
            await program.wait()
    return None if program.returncode == 0 else f"the program ended with {program.returncode}"
