"""Reads the bodies of Users and Groups (RFC 7643 sections 4.1, 4.2). Pure; everything raises ``ScimProblemError``.

Names of attributes are taken in any case (RFC 7643 section 2.1). What this service does not keep is left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from kiosk.service.directory.scim.refusing import bad_value
from kiosk.service.platform import bounds
from kiosk.service.platform.problems import ScimProblemError

MAX_TEXT = 200
MAX_MEMBERS = 10_000
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user"
ScimObject = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class UserWish:
    """What is kept of a User."""

    login: str
    name: str
    external_id: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class GroupWish:
    """What is kept of a Group. ``members``: ids of persons."""

    name: str
    external_id: str | None = None
    members: frozenset[str] = frozenset()


def parse(body: bytes) -> ScimObject:
    """A body as an object, its names in lower case."""
    try:
        found = bounds.loads(body)
    except bounds.NumberOutOfBoundsError:
        raise bad_value("A text or number of this request cannot be written down.") from None
    except (ValueError, RecursionError):
        raise ScimProblemError(400, "invalidSyntax", "The body is not JSON.") from None
    return lowered(found)


def lowered(found: object) -> ScimObject:
    """An object with its names in lower case."""
    if not isinstance(found, Mapping):
        raise ScimProblemError(400, "invalidSyntax", "A JSON object belongs here.")
    return {str(name).lower(): value for name, value in found.items()}


def user(found: ScimObject) -> UserWish:
    """A whole User. The name that screens show is ``displayName``; one that has none is called by ``name``."""
    login = text("userName", found.get("username"))
    shown = found.get("displayname")
    name = text("displayName", shown) if shown is not None else _full_name(found.get("name")) or login
    return UserWish(login, name, external_id(found.get("externalid")), truth("active", found.get("active", True)))


def group(found: ScimObject) -> GroupWish:
    """A whole Group."""
    name = text("displayName", found.get("displayname"))
    wish = GroupWish(name, external_id(found.get("externalid")))
    return replace(wish, members=members(found.get("members", [])))


def _full_name(said: object) -> str:
    if said is None:
        return ""
    parts = lowered(said)
    whole = parts.get("formatted")
    words = [whole] if whole else [parts.get("givenname"), parts.get("familyname")]
    return " ".join(word for word in words if isinstance(word, str) and word)[:MAX_TEXT]


def text(name: str, value: object) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_TEXT or not value.isprintable():
        raise bad_value(f"“{name}” must be a text of 1 to {MAX_TEXT} characters.")
    return value


def external_id(value: object) -> str | None:
    """``externalId``; an empty one is none."""
    return None if value is None or value == "" else text("externalId", value)


def truth(name: str, value: object) -> bool:
    """A boolean, also as the text that Entra ID sends for one."""
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise bad_value(f"“{name}” must be true or false.")
    return value


def members(value: object) -> frozenset[str]:
    """Ids of ``members``: one, or a list, each an object with ``value``."""
    listed = [] if value is None else value if isinstance(value, list) else [value]
    if len(listed) > MAX_MEMBERS:
        raise ScimProblemError(413, "", f"At most {MAX_MEMBERS} members are changed at once.")
    return frozenset(text("members.value", lowered(member).get("value")) for member in listed)


def whole(value: object) -> bytes:
    """JSON bytes of an answer."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
