"""Messages to people's other channels: handed to the hospital's own program until it has taken them."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
from sqlalchemy import Connection, select

from kiosk.service.channels import outbox as messages
from kiosk.service.channels.message_texts import _TEXTS, LANGUAGES, text
from kiosk.service.channels.program import hand_over
from kiosk.service.channels.rules import MessageRules, rules_from
from kiosk.service.jobs import message_delivery
from kiosk.service.jobs.housekeeping import tidy
from kiosk.service.jobs.message_delivery import deliver_one
from kiosk.service.store import messages as outbox
from kiosk.service.store.schema import message
from kiosk.settings import SettingsError
from tests.fakes.client import NOW
from tests.fakes.service import Hospital


def program(folder: Path, body: str) -> tuple[str, ...]:
    """A program of the hospital's that runs ``body``, with ``out`` for a file that it may write."""
    path = folder / "program.py"
    path.write_text(f"import json, os, sys, time\nout = {str(folder / 'out')!r}\n{body}\n")
    return (sys.executable, "-I", str(path))


TAKES = "open(out, 'a').write(sys.stdin.read() + '\\n')"


def taken(folder: Path) -> list[dict[str, Any]]:
    path = folder / "out"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


async def somebody(hospital: Hospital, contact: str | None = "mailto:ada@home.example") -> str:
    person = await hospital.person("ada")
    await hospital.db.write(outbox.set_contact, person, contact)
    return person


async def test_a_message_is_delivered_once_with_what_a_person_needs(either: Hospital, in_memory: Path) -> None:
    person = await somebody(either)
    assert await either.db.write(messages.tell, person, "factor_added", NOW, at="ward-3-a", factor="key")
    rules = MessageRules(program(in_memory, TAKES), language="fr")
    assert await deliver_one(either.service, rules)
    assert not await deliver_one(either.service, rules)
    (sent,) = taken(in_memory)
    assert sent.pop("id")
    assert sent.pop("text").startswith("Ada Lovelace : un nouveau moyen")
    assert sent == {
        "kind": "factor_added",
        "to": "mailto:ada@home.example",
        "login": "ada",
        "name": "Ada Lovelace",
        "at": NOW,
        "facts": {"at": "ward-3-a", "factor": "key"},
    }
    assert await either.db.read(outbox.unsent) == []


async def test_who_has_no_other_channel_is_told_nothing(service: Hospital) -> None:
    person = await somebody(service, None)
    assert not await service.db.write(messages.tell, person, "factor_added", NOW)
    assert await service.db.read(outbox.unsent) == []


async def test_a_message_goes_where_it_was_to_go_when_it_was_written(service: Hospital, in_memory: Path) -> None:
    person = await somebody(service)
    await service.db.write(messages.tell, person, "reset_begun", NOW)
    await service.db.write(outbox.set_contact, person, "mailto:mallory@elsewhere.example")
    await deliver_one(service.service, MessageRules(program(in_memory, TAKES)))
    assert taken(in_memory)[0]["to"] == "mailto:ada@home.example"


async def test_a_failing_program_is_tried_later_and_later_and_then_given_up(either: Hospital, in_memory: Path) -> None:
    person = await somebody(either)
    await either.db.write(messages.tell, person, "factor_lost", NOW)
    rules = MessageRules(program(in_memory, "sys.exit(3)"), tries=4)
    waits = []
    for _ in range(rules.tries):
        before = either.service.now()
        while not await deliver_one(either.service, rules):
            either.clock.pass_by(10)
        waits.append(either.service.now() - before)
    assert waits == [0, 60, 120, 240]
    ((dead, login),) = await either.db.read(outbox.unsent, dead_only=True)
    assert (login, dead.tries, dead.error) == ("ada", 4, "the program ended with 3")
    either.clock.pass_by(10**6)
    assert not await deliver_one(either.service, rules)
    assert await either.db.write(outbox.again, dead.id, either.service.now())
    assert await deliver_one(either.service, MessageRules(program(in_memory, TAKES)))
    assert len(taken(in_memory)) == 1


async def test_a_program_that_hangs_is_ended_with_what_it_started(in_memory: Path) -> None:
    body = "pid = os.fork()\nopen(out, 'a').write(f'{os.getpid()}\\n') if pid else None\ntime.sleep(600)"
    said = await hand_over(MessageRules(program(in_memory, body), seconds=1), b"{}")
    assert said == "the program took longer than 1 s"
    group = int((in_memory / "out").read_text())
    async with asyncio.timeout(10):
        while True:
            try:
                os.killpg(group, 0)
            except ProcessLookupError:
                break
            await asyncio.sleep(0.01)  # asked again


async def test_a_program_that_does_not_read_or_is_not_there_is_named(in_memory: Path) -> None:
    assert await hand_over(MessageRules(program(in_memory, "sys.exit(0)")), b"x" * 200_000) is None
    said = await hand_over(MessageRules(("/nowhere/program",)), b"{}")
    assert said == "the program cannot be started: No such file or directory"


async def test_the_program_gets_nothing_of_ours(in_memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "plum")
    body = "json.dump([dict(os.environ), os.getcwd(), sorted(os.listdir('/proc/self/fd'))], open(out, 'w'))"
    with (in_memory / "open").open("w"):
        assert await hand_over(MessageRules(program(in_memory, body)), b"{}") is None
    environment, where, descriptors = json.loads((in_memory / "out").read_text())
    assert set(environment) <= {"PATH", "LANG", "LC_CTYPE"}
    assert where == "/"
    assert len(descriptors) <= 5


async def test_two_replicas_do_not_try_the_same_message_at_once(either: Hospital) -> None:
    person = await somebody(either)
    await either.db.write(messages.tell, person, "code_used", NOW)
    assert await either.db.write(outbox.claim, NOW, NOW + 40) is not None
    assert await either.db.write(outbox.claim, NOW, NOW + 40) is None
    # The first one died while it handed the message over: another one does, once its time is over.
    assert await either.db.write(outbox.claim, NOW + 40, NOW + 80) is not None


async def test_without_a_program_everything_is_kept(service: Hospital) -> None:
    await service.db.write(messages.tell, await somebody(service), "code_used", NOW)
    await asyncio.wait_for(message_delivery.run(service.service, MessageRules()), 5)
    assert len(await service.db.read(outbox.unsent)) == 1


def test_every_kind_has_its_text_in_every_language() -> None:
    kinds = get_args(messages.Kind)
    assert set(_TEXTS) == set(kinds)
    for language in LANGUAGES:
        for kind in kinds:
            said = text(language, kind, {"name": "Ada", "at": "ward-3-a"})
            assert "Ada" in said
            assert "ward-3-a" in said
            assert "{" not in said


@pytest.mark.parametrize(
    "table",
    [
        {"command": "mail"},
        {"command": [1]},
        {"seconds": 0},
        {"seconds": True},
        {"tries": 1000},
        {"keep_days": 0},
        {"language": "de"},
        {"language": []},
        {"command": [""]},
        {"command": ["mail", "a\0b"]},
        {"comand": ["mail"]},
    ],
)
def test_settings_that_make_no_sense_are_refused(table: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        rules_from(table)


async def test_a_message_that_this_version_does_not_know_stops_no_other(service: Hospital, in_memory: Path) -> None:
    person = await somebody(service)
    await service.db.write(outbox.add, person, "of_tomorrow", {}, NOW - 1)
    await service.db.write(messages.tell, person, "factor_added", NOW)
    rules = MessageRules(program(in_memory, TAKES))
    assert await deliver_one(service.service, rules)
    assert await deliver_one(service.service, rules)
    assert [row["kind"] for row in taken(in_memory)] == ["factor_added"]
    [(left, _)] = await service.db.read(outbox.unsent)
    assert left.error == "this version has no text for “of_tomorrow”"


async def test_where_messages_went_is_forgotten_after_some_days_and_that_they_were_written_is_not(
    either: Hospital, in_memory: Path
) -> None:
    person = await somebody(either)
    taken_in, failing = (MessageRules(program(in_memory, TAKES)), MessageRules(("/nowhere/program",), tries=1))
    for rules in (taken_in, failing):
        await either.db.write(messages.tell, person, "factor_added", NOW)
        assert await deliver_one(either.service, rules)
    await either.db.write(messages.tell, person, "factor_lost", NOW)
    day = 86_400
    await either.db.write(tidy, NOW + 7 * day, 7)
    assert await either.db.read(kept) == ["factor_added", "factor_added", "factor_lost"]
    await either.db.write(tidy, NOW + 7 * day + 1, 7)
    assert await either.db.read(kept) == ["factor_lost"], "only what waits is kept"


def kept(conn: Connection) -> list[str]:
    return sorted(conn.execute(select(message.c.kind)).scalars())
