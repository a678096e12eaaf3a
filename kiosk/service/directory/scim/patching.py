"""Applies PATCH operations to what is kept of a User or Group (RFC 7644 section 3.5.2). Pure.

All operations are read before any is carried out. Everything raises ``ScimProblemError``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kiosk.service.directory.scim import reading
from kiosk.service.directory.scim.filters import bare
from kiosk.service.directory.scim.reading import ENTERPRISE, GroupWish, ScimObject, UserWish, lowered
from kiosk.service.directory.scim.refusing import bad_path, read_only
from kiosk.service.platform.problems import ScimProblemError

MAX_OPERATIONS = 1000
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
READ_ONLY = frozenset({"id", "meta", "groups"})
NOT_KEPT = frozenset(
    {
        *("name", "nickname", "profileurl", "title", "usertype", "preferredlanguage", "locale", "timezone", "password"),
        *("emails", "phonenumbers", "ims", "photos", "addresses", "entitlements", "roles", "x509certificates"),
        "schemas",
    }
)
"""Attributes of RFC 7643 section 4.1 that clients send and this service has no use for."""
_MEMBER = re.compile(r'members\[\s*value\s+eq\s+"([^"\\]{1,200})"\s*\]', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PatchStep:
    """``op``: add, replace or remove. ``path``: in lower case without its schema; empty for the whole resource."""

    op: str
    path: str
    value: object


def steps(body: ScimObject) -> list[PatchStep]:
    """The operations of a body, each with a path."""
    listed = body.get("operations")
    if not isinstance(listed, list) or not listed:
        raise ScimProblemError(400, "invalidSyntax", "“Operations” must be a list that is not empty.")
    if len(listed) > MAX_OPERATIONS:
        raise ScimProblemError(413, "", f"A request has at most {MAX_OPERATIONS} operations.")
    return [step for operation in listed for step in _steps(lowered(operation))]


def _steps(operation: ScimObject) -> list[PatchStep]:
    op, path, value = operation.get("op"), operation.get("path"), operation.get("value")
    if not isinstance(op, str) or op.lower() not in ("add", "replace", "remove"):
        raise ScimProblemError(400, "invalidSyntax", "“op” must be add, replace or remove.")
    op = op.lower()
    if path is not None and (not isinstance(path, str) or not path.strip() or len(path) > 1000):
        raise ScimProblemError(400, "invalidPath", "“path” must be the path of an attribute.")
    if isinstance(path, str):
        return [PatchStep(op, _plain(path), value)]
    if op == "remove":
        raise ScimProblemError(400, "noTarget", "What is to be removed must be named by “path”.")
    return [PatchStep(op, _plain(name), inner) for name, inner in lowered(value).items()]


def _plain(path: str) -> str:
    """Without its schema; an attribute of the enterprise extension is none of ours."""
    path = path.strip()
    if path.lower().startswith(ENTERPRISE):
        return "schemas"
    schema, _, rest = path.rpartition(":") if path.lower().startswith("urn:") and "[" not in path else ("", "", path)
    return (rest if schema else path).strip()


def patched_user(now: UserWish, said: Sequence[PatchStep]) -> UserWish:
    """``now`` after all of them, in order."""
    for step in said:
        now = _user(now, step)
    return now


def _user(now: UserWish, step: PatchStep) -> UserWish:
    name, gone = bare(step.path), step.op == "remove"
    top = re.split(r"[.\[]", name, maxsplit=1)[0]
    if name == "externalid":
        return replace(now, external_id=None if gone else reading.external_id(step.value))
    if top in READ_ONLY or (gone and name in ("username", "displayname", "active")):
        raise read_only(step.path)
    if name == "username":
        return replace(now, login=reading.text("userName", step.value))
    if name == "displayname":
        return replace(now, name=reading.text("displayName", step.value))
    if name == "active":
        return replace(now, active=reading.truth("active", step.value))
    if top in NOT_KEPT:
        return now
    raise bad_path(step.path)


def patched_group(now: GroupWish, said: Sequence[PatchStep]) -> GroupWish:
    """``now`` after all of them, in order."""
    for step in said:
        now = _group(now, step)
    return now


def _group(now: GroupWish, step: PatchStep) -> GroupWish:
    member = _MEMBER.fullmatch(step.path)
    if member is not None and step.op == "remove":
        return replace(now, members=now.members - {member[1]})
    name, gone = bare(step.path), step.op == "remove"
    if name == "members":
        return _CHANGES[step.op](now, step.value)
    if name == "externalid":
        return replace(now, external_id=None if gone else reading.external_id(step.value))
    if name in READ_ONLY | {"schemas"}:
        if step.path in ("id", "schemas") and not gone:
            return now  # Okta names the group once more
        raise read_only(step.path)
    if name == "displayname":
        if gone:
            raise read_only(step.path)
        return replace(now, name=reading.text("displayName", step.value))
    raise bad_path(step.path)


def _without(now: GroupWish, value: object) -> GroupWish:
    """Those that ``value`` names, as Entra ID does; everybody where it names nobody."""
    if value in (None, []):
        return replace(now, members=frozenset())
    return replace(now, members=now.members - reading.members(value))


_CHANGES: dict[str, Callable[[GroupWish, object], GroupWish]] = {
    "add": lambda now, value: replace(now, members=now.members | reading.members(value)),
    "replace": lambda now, value: replace(now, members=reading.members(value)),
    "remove": _without,
}
