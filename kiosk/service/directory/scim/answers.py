"""What is said back of Users and Groups, with their versions (RFC 7644 sections 3.4, 3.9, 3.14)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from kiosk.model.binding import Json, canonical
from kiosk.service.directory.scim.filters import bare
from kiosk.service.directory.scim.reading import GROUP, USER
from kiosk.service.directory.scim.refusing import bad_value
from kiosk.service.platform.problems import ScimProblemError
from kiosk.service.store.directory import DirectoryGroup, ManagedPerson

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ALWAYS = frozenset({"schemas", "id"})
MAX_COUNT = 100
"""Resources of one page."""
VERSION_CHARS = 24
_NUMBER = re.compile(r"-?[0-9]{1,9}", re.ASCII)
ScimResource = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which attributes are wanted, in lower case: ``only`` these where it is not empty, none of ``without``."""

    only: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()

    def of(self, resource: ScimResource) -> ScimResource:
        """What is wanted of ``resource``."""
        return {name: value for name, value in resource.items() if name in ALWAYS or self._wanted(name.lower())}

    def _wanted(self, name: str) -> bool:
        return name in self.only if self.only else name not in self.without


@dataclass(frozen=True, slots=True)
class PageAsk:
    """The first of the resources, counted from 1, and how many."""

    start: int
    count: int


def selection(query: Mapping[str, str]) -> Selection:
    """Of ``attributes`` and ``excludedAttributes``, which exclude each other."""
    only, without = _names(query.get("attributes", "")), _names(query.get("excludedAttributes", ""))
    if only and without:
        raise bad_value("“attributes” and “excludedAttributes” exclude each other.")
    return Selection(only, without)


def page(query: Mapping[str, str]) -> PageAsk:
    """Of ``startIndex`` and ``count`` (RFC 7644 section 3.4.2.4)."""
    return PageAsk(max(1, _number(query, "startIndex", 1)), min(MAX_COUNT, max(0, _number(query, "count", MAX_COUNT))))


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    said = query.get(name, str(default))
    if not _NUMBER.fullmatch(said):
        raise bad_value(f"“{name}” must be a whole number.")
    return int(said)


def _names(said: str) -> frozenset[str]:
    """Their first parts: a part of an attribute comes with the whole of it."""
    return frozenset(bare(name.strip()).partition(".")[0] for name in said.split(",") if name.strip())


def listed(resources: Sequence[ScimResource], total: int, ask: PageAsk) -> ScimResource:
    """A ``ListResponse``."""
    return {
        "schemas": [LIST],
        "totalResults": total,
        "startIndex": ask.start,
        "itemsPerPage": len(resources),
        "Resources": [*resources],
    }


def user(base: str, person: ManagedPerson, groups: Mapping[str, str]) -> ScimResource:
    """``base``: the address of the SCIM doors; ``groups``: names by id."""
    body: ScimResource = {"schemas": [USER], "id": person.line.id}
    if person.mark.external_id is not None:
        body["externalId"] = person.mark.external_id
    body |= {"userName": person.line.login, "displayName": person.line.name, "active": person.line.active}
    said: list[Json] = [
        {"value": group, "$ref": f"{base}/Groups/{group}", "display": groups[group], "type": "direct"}
        for group in person.groups
        if group in groups
    ]
    if said:
        body["groups"] = said
    return _with_meta(body, f"{base}/Users/{person.line.id}", "User", person.mark.since, person.mark.changed)


def group(base: str, found: DirectoryGroup, members: Collection[str]) -> ScimResource:
    """``members``: ids of persons."""
    body: ScimResource = {"schemas": [GROUP], "id": found.id, "displayName": found.name}
    if found.external_id is not None:
        body["externalId"] = found.external_id
    if members:
        body["members"] = [
            {"value": person, "$ref": f"{base}/Users/{person}", "type": "User"} for person in sorted(members)
        ]
    return _with_meta(body, f"{base}/Groups/{found.id}", "Group", found.since, found.changed)


def _with_meta(body: ScimResource, location: str, kind: str, created: int, changed: int) -> ScimResource:
    version = f'W/"{hashlib.sha256(canonical(body)).hexdigest()[:VERSION_CHARS]}"'
    meta: dict[str, Json] = {
        "resourceType": kind,
        "created": _when(created),
        "lastModified": _when(changed),
        "location": location,
        "version": version,
    }
    return {**body, "meta": meta}


def version_of(resource: ScimResource) -> str:
    """Its ETag."""
    meta = resource["meta"]
    return str(meta["version"]) if isinstance(meta, dict) else ""


def location_of(resource: ScimResource) -> str:
    """Its address."""
    meta = resource["meta"]
    return str(meta["location"]) if isinstance(meta, dict) else ""


def same(said: str, version: str) -> bool:
    """Whether one of the versions in ``said`` (``If-Match``, ``If-None-Match``) is ``version``, by the weak comparison
    (RFC 9110 section 8.8.3.2)."""
    weak = version.removeprefix("W/")
    return any(part.strip() == "*" or part.strip().removeprefix("W/") == weak for part in said.split(","))


def check_match(said: str | None, resource: ScimResource) -> None:
    """Raises ``ScimProblemError`` 412 where ``If-Match`` names another version."""
    if said is not None and not same(said, version_of(resource)):
        raise ScimProblemError(412, "", "Somebody else changed this meanwhile. Read it again, then ask once more.")


def _when(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
