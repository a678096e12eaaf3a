"""Groups, whose members get roles by the settings. Everything raises ``ScimProblemError``.

A change is looked at as a whole first (``begin_change``). Then its persons follow, some at a time, each time a
transaction: nobody who signs in waits for a group of thousands. A client that got no answer asks again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.service.directory import brake
from kiosk.service.directory.brake import Braked
from kiosk.service.directory.scim import answers, filters, patching, reading
from kiosk.service.directory.scim.answers import PageAsk, ScimResource, Selection
from kiosk.service.directory.scim.reading import GroupWish, ScimObject
from kiosk.service.directory.scim.refusing import bad_value, nothing_there, taken
from kiosk.service.directory.scim.speaker import ScimClient, pay, refusals, settle
from kiosk.service.directory.wanted import WantedPerson, roles_by
from kiosk.service.platform.directory_settings import folded
from kiosk.service.platform.problems import ScimProblemError
from kiosk.service.store import directory, manifests
from kiosk.service.store.directory import DirectoryGroup

FILTERED = frozenset({"displayname", "externalid", "id"})
MAX_GROUPS = 500
"""Of one source: each is listed in one record."""
AT_ONCE = 25
"""Persons in one transaction."""


@dataclass(frozen=True, slots=True)
class GroupChange:
    """What is still to be done after a change was looked at: persons who are members or not from now on, and others
    whose roles may follow from the group's new name. ``ends``: the group is taken away then."""

    group: str
    enter: frozenset[str] = frozenset()
    quit: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    ends: bool = False

    def parts(self) -> list[Sequence[str]]:
        """Ids of all these persons, some at a time."""
        everybody = sorted(self.enter | self.quit | self.others)
        return [everybody[start : start + AT_ONCE] for start in range(0, len(everybody), AT_ONCE)]


def read(conn: Connection, speaker: ScimClient, group: str) -> ScimResource:
    """One Group."""
    return answers.group(speaker.base, _here(conn, speaker, group), directory.members(conn, group))


def search(
    conn: Connection, speaker: ScimClient, ask: PageAsk, filtered: str | None, wanted: Selection
) -> ScimResource:
    """A page of Groups, by id."""
    terms: Mapping[str, str] = {} if filtered is None else filters.read(filtered, FILTERED)
    found = [group for group in directory.groups(conn, speaker.source) if _is(group, terms)]
    page = found[ask.start - 1 :][: ask.count]
    bodies = [answers.group(speaker.base, group, directory.members(conn, group.id)) for group in page]
    return answers.listed([wanted.of(body) for body in bodies], len(found), ask)


def _is(group: DirectoryGroup, terms: Mapping[str, str]) -> bool:
    has = {"id": group.id, "externalid": group.external_id, "displayname": group.name}
    return all(has[name] == value for name, value in terms.items())


def create(conn: Connection, speaker: ScimClient, body: ScimObject) -> GroupChange:
    """A new Group; its members follow."""
    wish = reading.group(body)
    directory.lock_groups(conn)
    if len(directory.groups(conn, speaker.source)) >= MAX_GROUPS:
        raise ScimProblemError(
            403, "", f"A directory has at most {MAX_GROUPS} groups here. Send those that give roles."
        )
    with refusals():
        made = directory.add_group(conn, speaker.source, wish.name, wish.external_id, speaker.now)
        return _look(conn, speaker, GroupChange(made, enter=wish.members), wish.name)


def replace(conn: Connection, speaker: ScimClient, group: str, body: ScimObject) -> GroupChange:
    """The whole Group anew; its members follow."""
    return _begin(conn, speaker, group, lambda _now: reading.group(body))


def patch(conn: Connection, speaker: ScimClient, group: str, body: ScimObject) -> GroupChange:
    """All operations, or none; its members follow."""
    said = patching.steps(body)
    return _begin(conn, speaker, group, lambda now: patching.patched_group(now, said))


def remove(conn: Connection, speaker: ScimClient, group: str) -> GroupChange:
    """The members lose what it gave; then it is taken away (``finish``)."""
    directory.lock_groups(conn)
    found = _here(conn, speaker, group)
    members = directory.members(conn, group)
    answers.check_match(speaker.if_match, answers.group(speaker.base, found, members))
    with refusals():
        return _look(conn, speaker, GroupChange(group, quit=frozenset(members), ends=True), found.name)


def _begin(conn: Connection, speaker: ScimClient, group: str, wish_of: Callable[[GroupWish], GroupWish]) -> GroupChange:
    directory.lock_groups(conn)
    found, members = _here(conn, speaker, group), frozenset(directory.members(conn, group))
    answers.check_match(speaker.if_match, answers.group(speaker.base, found, members))
    wish = wish_of(GroupWish(found.name, found.external_id, members))
    renamed = folded(wish.name) != folded(found.name)
    others = members & wish.members if renamed else frozenset[str]()
    with refusals():
        if (wish.name, wish.external_id) != (found.name, found.external_id):
            directory.change_group(conn, group, wish.name, wish.external_id, speaker.now)
        change = GroupChange(group, wish.members - members, members - wish.members, others)
        return _look(conn, speaker, change, wish.name, found.name)


def _look(
    conn: Connection, speaker: ScimClient, change: GroupChange, name: str, before: str | None = None
) -> GroupChange:
    """All who enter are this directory's, the brake lets it, and the token may pay for it.

    ``before``: what the group was called. Whether somebody keeps a role by another group is seen when they follow.
    """
    if directory.unknown(conn, speaker.source, change.enter):
        raise bad_value("A member is no User of this directory.")
    giving, coming = speaker.giving, change.enter | change.others
    gives = roles_by(frozenset({folded(name)}), giving.rules, giving.privileged)
    gave = roles_by(frozenset({folded(before or name)}), giving.rules, giving.privileged)
    losing = (len(change.quit) if gave else 0) + (len(change.others) if gave - gives else 0)
    more = Braked(0, len(gives & giving.privileged) * len(coming), losing)
    brake.check(conn, speaker.source, more, giving.rules, speaker.now)
    pay(conn, speaker, 1 + len(coming | change.quit))
    return change


def follow(conn: Connection, speaker: ScimClient, change: GroupChange, persons: Sequence[str]) -> None:
    """Some of its persons: their memberships, and the roles that follow. Under the directory's lock: the brake counts
    what its other requests have given."""
    directory.lock_groups(conn)
    manifests.lock(conn, *persons)
    names = {group.id: folded(group.name) for group in directory.groups(conn, speaker.source)}
    with refusals():
        for person in persons:
            now = directory.managed(conn, person)
            if now is None or now.mark.source != speaker.source or now.line.state == "left":
                continue  # gone since
            held = set(now.groups)
            if person in change.quit and change.group in held:
                directory.quit_group(conn, change.group, person)
                held.remove(change.group)
            elif person in change.enter and change.group not in held:
                directory.enter(conn, change.group, person)
                held.add(change.group)
            groups = frozenset(names[group] for group in held if group in names)
            wanted = WantedPerson(now.mark.external_id, now.line.login, now.line.name, now.line.active, groups)
            settle(conn, speaker, person, wanted)


def finish(conn: Connection, speaker: ScimClient, change: GroupChange) -> ScimResource | None:
    """The Group as it is now; None where it was taken away. 409 where somebody entered it meanwhile."""
    directory.lock_groups(conn)
    if not change.ends:
        return read(conn, speaker, change.group)
    if directory.members(conn, change.group):
        raise taken("Somebody entered this group meanwhile. Ask once more.")
    directory.remove_group(conn, change.group)
    return None


def _here(conn: Connection, speaker: ScimClient, group: str) -> DirectoryGroup:
    found = directory.group(conn, speaker.source, group)
    if found is None:
        raise nothing_there("Group")
    return found
