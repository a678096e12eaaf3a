"""Users: each act in the caller's transaction. Everything raises ``ScimProblemError``."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from kiosk.service.admin import people
from kiosk.service.directory.scim import answers, filters, patching, reading
from kiosk.service.directory.scim.answers import PageAsk, ScimResource, Selection
from kiosk.service.directory.scim.reading import ScimObject, UserWish
from kiosk.service.directory.scim.refusing import nothing_there, taken
from kiosk.service.directory.scim.speaker import ScimClient, pay, refusals, settle
from kiosk.service.directory.wanted import WantedPerson
from kiosk.service.platform.directory_settings import folded
from kiosk.service.store import directory
from kiosk.service.store import people as stored
from kiosk.service.store.directory import ManagedPerson

FILTERED = frozenset({"username", "externalid", "id"})
ROWS = 3
"""Of the trail, as an act about one person makes them on the average."""


def read(conn: Connection, speaker: ScimClient, person: str) -> ScimResource:
    """One User."""
    found = directory.everyone(conn, speaker.source, [person])
    if not found or found[0].line.state == "left":
        raise nothing_there("User")
    return answers.user(speaker.base, found[0], _group_names(conn, speaker))


def search(
    conn: Connection, speaker: ScimClient, ask: PageAsk, filtered: str | None, wanted: Selection
) -> ScimResource:
    """A page of Users, by id."""
    terms: Mapping[str, str] = {} if filtered is None else filters.read(filtered, FILTERED)
    ids, total = _found(conn, speaker, ask, terms)
    names = _group_names(conn, speaker)
    here = directory.everyone(conn, speaker.source, ids) if ids else []
    return answers.listed([wanted.of(answers.user(speaker.base, person, names)) for person in here], total, ask)


def _found(conn: Connection, speaker: ScimClient, ask: PageAsk, terms: Mapping[str, str]) -> tuple[list[str], int]:
    if not terms:
        return directory.ids(conn, speaker.source, ask.start - 1, ask.count)
    one = terms.get("id")
    if "externalid" in terms:
        called = directory.by_external_id(conn, speaker.source, terms["externalid"])
        one = called if one in (None, called) else None
        if called is None:
            return [], 0
    if "username" in terms:
        ids, _ = directory.ids(conn, speaker.source, 0, 1, terms["username"].lower())
        one = ids[0] if ids and one in (None, ids[0]) else None
    here = directory.everyone(conn, speaker.source, [one]) if one is not None else []
    found = [person.line.id for person in here if person.line.state != "left"]
    return (found[ask.start - 1 :][: ask.count], len(found))


def create(conn: Connection, speaker: ScimClient, body: ScimObject) -> ScimResource:
    """A new person, or one who comes back. 409 for one who is here, and for a login that somebody else has."""
    wish = reading.user(body)
    directory.lock_groups(conn)
    with refusals():
        person = _before(conn, speaker, wish)
        made = settle(conn, speaker, person, _wanted(wish, frozenset()))
        pay(conn, speaker, ROWS)
    if made is None or stored.by_id(conn, made).state == "left":
        raise taken("An administrator let this person leave. They come back by: person resume")
    return read(conn, speaker, made)


def _before(conn: Connection, speaker: ScimClient, wish: UserWish) -> str | None:
    """Id of somebody who was here before and has left: by what the directory calls them, or else by their login."""
    person = None if wish.external_id is None else directory.by_external_id(conn, speaker.source, wish.external_id)
    if person is None:
        same = stored.find(conn, people.check_login(wish.login))
        now = None if same is None else directory.managed(conn, same.id)
        if now is None or now.mark.source != speaker.source or now.mark.external_id != wish.external_id:
            return None  # whoever has that login is no one of this directory's: said by ``settle``
        person = now.line.id
    if stored.by_id(conn, person).state != "left":
        raise taken("This person is here already.")
    return person


def replace(conn: Connection, speaker: ScimClient, person: str, body: ScimObject) -> ScimResource:
    """The whole User anew."""
    return _change(conn, speaker, _here(conn, speaker, person), reading.user(body))


def patch(conn: Connection, speaker: ScimClient, person: str, body: ScimObject) -> ScimResource:
    """All operations, or none."""
    said = patching.steps(body)
    now = _here(conn, speaker, person)
    had = UserWish(now.line.login, now.line.name, now.mark.external_id, now.line.active)
    return _change(conn, speaker, now, patching.patched_user(had, said))


def remove(conn: Connection, speaker: ScimClient, person: str) -> None:
    """They leave at once; who they were is kept."""
    _here(conn, speaker, person)
    with refusals():
        settle(conn, speaker, person, None)
        pay(conn, speaker, ROWS)


def _change(conn: Connection, speaker: ScimClient, now: ManagedPerson, wish: UserWish) -> ScimResource:
    groups = _group_names(conn, speaker)
    held = frozenset(folded(groups[group]) for group in now.groups if group in groups)
    with refusals():
        if wish.external_id != now.mark.external_id:
            directory.remark(conn, now.line.id, speaker.now, external_id=wish.external_id)
        settle(conn, speaker, now.line.id, _wanted(wish, held))
        pay(conn, speaker, ROWS)
    return read(conn, speaker, now.line.id)


def _here(conn: Connection, speaker: ScimClient, person: str) -> ManagedPerson:
    """Locked, and looked at: only whom this very directory manages, and in the version that is meant."""
    directory.lock_groups(conn)
    mark = directory.mark_of(conn, person)
    now = directory.managed(conn, person) if mark is not None and mark.source == speaker.source else None
    if now is None or now.line.state == "left":
        raise nothing_there("User")
    answers.check_match(speaker.if_match, answers.user(speaker.base, now, _group_names(conn, speaker)))
    return now


def _wanted(wish: UserWish, groups: frozenset[str]) -> WantedPerson:
    """Login and name as they are kept, so that nothing changes where nothing was said. Raises ``ActRefusedError``."""
    return WantedPerson(
        wish.external_id, people.check_login(wish.login), people.check_name(wish.name), wish.active, groups
    )


def _group_names(conn: Connection, speaker: ScimClient) -> dict[str, str]:
    return {group.id: group.name for group in directory.groups(conn, speaker.source)}
