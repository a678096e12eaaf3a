"""The minute's work: ask LDAP, and carry out what it says, in a thread of its own beside whoever signs in."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable

from kiosk.model.counted import counted
from kiosk.service.admin.act import ActRefusedError
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.writer import append
from kiosk.service.directory import ldap_people, planning
from kiosk.service.directory.carrying import acting
from kiosk.service.directory.deciding import RoleGiving
from kiosk.service.directory.ldif import NoAnswerError
from kiosk.service.directory.wanted import LDAP
from kiosk.service.platform import background
from kiosk.service.platform.directory_settings import LdapPlace, directory_from
from kiosk.service.policy import roles
from kiosk.service.policy.rules import PolicyRules
from kiosk.service.shared.context import Service
from kiosk.service.store import directory_sources
from kiosk.service.store.database import Database

log = logging.getLogger("kiosk.service.directory")
FIRST = 10
"""Seconds after the start."""


def giving_from(table: dict[str, object], rules: PolicyRules) -> RoleGiving:
    """What a directory may give here. Raises ``SettingsError``."""
    return RoleGiving(directory_from(table), roles.privileged(rules))


async def run(service: Service) -> None:
    """Pull every ``every`` seconds until cancelled; nothing where no LDAP is set."""
    giving = giving_from(service.settings.directory, service.rules)
    place = giving.rules.ldap
    if place is None:
        return
    ended = threading.Event()

    async def once() -> None:
        db = service.db.beside()
        try:
            await asyncio.to_thread(pull, db, giving, place, service.now, ended.is_set)
        finally:
            db.close_now()

    try:
        await asyncio.sleep(min(FIRST, place.every))
        await background.run_periodically("the directory", once, every=place.every, first=place.every, longest=300)
    finally:
        ended.set()


def pull(
    db: Database,
    giving: RoleGiving,
    place: LdapPlace,
    now: Callable[[], int] = lambda: int(time.time()),
    stopped: Callable[[], bool] = lambda: False,
) -> planning.CarriedOut | None:
    """One turn; None where another replica had it, or nothing was carried out. Blocks. Raises ``StoreError``.

    An answer that is not whole, or that the brake stops, changes nobody; it is noted, and said once.
    """
    if not db.write_now(directory_sources.claim, LDAP, place.every - 1, now()):
        return None
    trouble: str | None = None
    done: planning.CarriedOut | None = None
    try:
        answer = ldap_people.fetch(place, giving.rules, stopped)
        plan = db.read_now(planning.make, LDAP, answer, giving)
        db.read_now(planning.check, plan, giving, now())
        done = planning.carry_out(db, acting(LDAP, now()), plan, giving, stopped)
        trouble = trouble_of(done)
    except (NoAnswerError, ActRefusedError) as error:
        trouble = str(error)
    if stopped():
        return done
    note(db, LDAP, trouble, now(), whole=done is not None)
    return done


def trouble_of(done: planning.CarriedOut) -> str | None:
    """What is to be said of what was carried out: a sentence that names nobody, None where all is well."""
    if not done.refused:
        return None
    return f"About {counted(len(done.refused), 'person')} nothing can be done. See: kiosk admin directory plan"


def note(db: Database, source: str, trouble: str | None, now: int, *, whole: bool) -> None:
    """Keep how the answer was, and say it once, in the log and in the trail."""
    if not db.write_now(directory_sources.note, source, trouble, now, whole):
        return
    if trouble is None:
        log.info("the directory answers again, and is carried out")
        return
    log.warning("the directory: %s", trouble)
    event = Event("directory", "success" if whole else "refused", now, detail={"source": source, "said": trouble})
    db.write_now(append, SERVICE, event)
