"""The ``[directory]`` table of ``service.toml``: which groups give which roles, the brake, and where LDAP is asked.

::

    [directory]
    leave_percent = 5
    privileged = ["help_desk"]
    [directory.roles]
    "Ward nurses" = ["nurse"]
    [directory.ldap]
    url = "ldaps://ldap.hospital.example"
    …
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from kiosk.settings import SettingsError, must
from kiosk.settings.checks import Range

MAX_MAPPED = 500
MAX_TEXT = 1000
INACTIVE = ("", "userAccountControl", "pwdAccountLockedTime", "loginDisabled")
_ROLE = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_RANGES = {
    "leave_percent": Range(0, 100),
    "leave_least": Range(0, 10_000),
    "privileged_most": Range(0, 1000),
    "altered_percent": Range(0, 100),
    "altered_least": Range(0, 10_000),
    "every": Range(10, 60),
    "seconds": Range(1, 55),
    "page": Range(10, 1000),
    "most": Range(1, 200_000),
}


@dataclass(frozen=True, slots=True)
class LdapPlace:
    """Where and how LDAP is asked. ``url``: ``ldaps://`` or ``ldap://``, which always goes on by StartTLS. ``ca``: the
    file of the CA that its certificate must be of. ``bind``: the DN that asks; ``password_file``: its password.

    ``people``, ``groups``: search bases; no ``groups``: none are looked at. ``id``, ``login``, ``name``, ``member``:
    attributes. ``inactive``: which attribute says that an account is disabled, one of ``INACTIVE``. ``nested``: whether
    a group's members may be groups. ``every``: seconds between two pulls; ``seconds``: that one may take; ``page``:
    entries a page; ``most``: entries in all, more are no answer.
    """

    url: str
    ca: str
    bind: str
    password_file: str
    people: str
    filter: str = "(objectClass=inetOrgPerson)"
    id: str = "entryUUID"
    login: str = "uid"
    name: str = "displayName"
    groups: str = ""
    group_filter: str = "(objectClass=groupOfNames)"
    member: str = "member"
    nested: bool = False
    inactive: str = ""
    every: int = 60
    seconds: int = 30
    page: int = 500
    most: int = 50_000


@dataclass(frozen=True, slots=True)
class DirectoryRules:
    """``roles``: by group, folded, those that it gives. ``privileged``: privileged roles that a group may give at all.

    The brake, in any hour: more than ``leave_percent`` of those whom a source manages, and more than ``leave_least``
    persons, lose their access, or more than ``privileged_most`` get a privileged role. The same of those who get
    another login or lose a role: ``altered_percent``, ``altered_least``.
    """

    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    privileged: frozenset[str] = frozenset()
    leave_percent: int = 5
    leave_least: int = 3
    privileged_most: int = 1
    altered_percent: int = 20
    altered_least: int = 10
    ldap: LdapPlace | None = None

    @property
    def managed(self) -> frozenset[str]:
        """Every role that a directory gives and takes."""
        return frozenset(role for roles in self.roles.values() for role in roles)


def folded(name: str) -> str:
    """A group's name, or DN, as it is compared: case and spaces around commas and equals signs do not count."""
    return re.sub(r"\s*([,=])\s*", r"\1", " ".join(name.split())).casefold()


def directory_from(table: Mapping[str, object]) -> DirectoryRules:
    """Read the table. Raises ``SettingsError`` with a sentence for whoever edits it."""
    known = {field.name for field in fields(DirectoryRules)}
    _check_names("[directory]", table, known)
    return DirectoryRules(
        roles=_roles(table.get("roles", {})),
        privileged=frozenset(_role_list("[directory]: privileged", table.get("privileged", []))),
        leave_percent=_number(table, "leave_percent", 5),
        leave_least=_number(table, "leave_least", 3),
        privileged_most=_number(table, "privileged_most", 1),
        altered_percent=_number(table, "altered_percent", 20),
        altered_least=_number(table, "altered_least", 10),
        ldap=_ldap(table["ldap"]) if "ldap" in table else None,
    )


def check_privileged(rules: DirectoryRules, privileged: frozenset[str]) -> None:
    """Raises ``SettingsError`` where a group gives one of ``privileged`` that the table does not name as such."""
    for role in sorted((rules.managed & privileged) - rules.privileged):
        raise SettingsError(
            f"[directory.roles]: “{role}” gives power over others' sign-ins. If a group is to give it, name it in"
            f' [directory] too: privileged = ["{role}"]'
        )


def _number(table: Mapping[str, object], name: str, default: int) -> int:
    value = table.get(name, default)
    if type(value) is not int or not _RANGES[name].holds(value):
        raise SettingsError(f"[directory]: {must(name, str(_RANGES[name]), value)}")
    return value


def _check_names(where: str, table: Mapping[str, object], known: set[str]) -> None:
    for name in table:
        if name not in known:
            raise SettingsError(f"{where}: there is no setting called “{name}”.")


def _role_list(where: str, value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(role, str) and _ROLE.fullmatch(role) for role in value):
        raise SettingsError(f'{where} must be a list of roles, as ["nurse"].')
    return value


def _roles(value: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        raise SettingsError('[directory.roles] must be a table, as "Ward nurses" = ["nurse"].')
    if len(value) > MAX_MAPPED:
        raise SettingsError(f"[directory.roles] has at most {MAX_MAPPED} groups.")
    found: dict[str, tuple[str, ...]] = {}
    for group, roles in value.items():
        name = folded(str(group))
        if not name or len(name) > MAX_TEXT or name in found:
            raise SettingsError(f"[directory.roles]: the group “{group}” is named twice, or cannot be a name.")
        found[name] = tuple(_role_list(f"[directory.roles]: “{group}”", roles))
    return found


def _ldap(value: object) -> LdapPlace:
    where = "[directory.ldap]"
    if not isinstance(value, Mapping):
        raise SettingsError(f"{where} must be a table.")
    _check_names(where, value, {field.name for field in fields(LdapPlace)})
    for name in ("every", "seconds", "page", "most"):
        if name in value and (type(value[name]) is not int or not _RANGES[name].holds(value[name])):
            raise SettingsError(f"{where}: {must(name, str(_RANGES[name]), value[name])}")
    for name in ("url", "ca", "bind", "password_file", "people"):
        if not value.get(name):
            raise SettingsError(f"{where}: “{name}” is missing.")
    try:
        place = msgspec.convert(dict(value), LdapPlace, strict=True)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{where}: {error}.") from None
    _check_place(where, place)
    return place


def _check_place(where: str, place: LdapPlace) -> None:
    try:
        parts = urlsplit(place.url)
        whole = parts.scheme in ("ldap", "ldaps") and bool(parts.hostname) and not (parts.path or parts.query)
        _ = parts.port
    except ValueError:
        whole = False
    if not whole or any(letter.isspace() or letter == "," for letter in place.url):
        raise SettingsError(f"{where}: {must('url', 'ldaps://HOST or ldap://HOST, one server', place.url)}")
    for name in ("ca", "password_file"):
        if not Path(getattr(place, name)).is_absolute():
            raise SettingsError(f"{where}: {must(name, 'a whole path', getattr(place, name))}")
    for name in ("id", "login", "name", "member"):
        if not _ATTRIBUTE.fullmatch(getattr(place, name)):
            raise SettingsError(f"{where}: {must(name, 'the name of an attribute', getattr(place, name))}")
    for name in ("filter", "group_filter"):
        text = getattr(place, name)
        if not (text.startswith("(") and text.endswith(")") and text.count("(") == text.count(")")):
            raise SettingsError(f"{where}: {must(name, 'a filter in brackets, as (objectClass=person)', text)}")
    for name in ("bind", "people", "groups", "filter", "group_filter"):
        text = getattr(place, name)
        if len(text) > MAX_TEXT or not text.isprintable() or text.startswith("-"):
            raise SettingsError(f"{where}: {must(name, 'text that LDAP takes', text)}")
    if place.inactive not in INACTIVE:
        raise SettingsError(f"{where}: {must('inactive', ', '.join(INACTIVE[1:]) + ' or nothing', place.inactive)}")
    if place.every <= place.seconds and place.every < 60:
        raise SettingsError(f"{where}: {must('seconds', 'less than “every”', place.seconds)}")
