"""Makes wanted persons of LDAP's entries. Pure, but for ``fetch``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from kiosk.service.admin import people
from kiosk.service.admin.act import ActRefusedError
from kiosk.service.directory import ldap_search
from kiosk.service.directory.ldif import LdapEntry, NoAnswerError
from kiosk.service.directory.wanted import WantedPerson
from kiosk.service.platform.directory_settings import DirectoryRules, LdapPlace, folded

DISABLED = 0x2
"""ACCOUNTDISABLE of ``userAccountControl`` (Microsoft, [MS-ADTS] section 2.2.16)."""
LOCKED_FOR_GOOD = "000001010000Z"
"""``pwdAccountLockedTime`` of an account that an administrator locked (draft-behera-ldap-password-policy, 5.3.3). Any
other time is of wrong passwords: whoever types those must not lock people out here, too."""
NO_FILTER = "(objectClass=*)"


def fetch(place: LdapPlace, rules: DirectoryRules, stopped: Callable[[], bool] = lambda: False) -> list[WantedPerson]:
    """Everybody whom the directory describes. Blocks. Raises ``NoAnswerError`` unless the answer is whole."""
    said = [place.id, place.login, place.name, *([place.inactive] if place.inactive else [])]
    persons = ldap_search.search(place, place.people, place.filter, said, stopped)
    groups: Sequence[LdapEntry] = ()
    if place.groups:
        groups = ldap_search.search(place, place.groups, place.group_filter, [place.member], stopped)
    return wanted_from(place, rules, persons, groups)


def wanted_from(
    place: LdapPlace, rules: DirectoryRules, persons: Sequence[LdapEntry], groups: Sequence[LdapEntry]
) -> list[WantedPerson]:
    """One for each entry. Raises ``NoAnswerError`` where something is missing that must be there."""
    if not persons:
        raise NoAnswerError("The directory shows nobody at all. Look at “people”, “filter” and the account's rights.")
    in_groups = memberships(place, groups)
    _every_mapped_group(rules, groups)
    found = [_one(place, entry, in_groups) for entry in persons]
    by_id, by_login = Counter(item.external_id for item in found), Counter(item.login for item in found)
    if max(by_id.values()) > 1:
        raise NoAnswerError(f"Two entries of the directory have the same “{place.id}”. Choose one that is unique.")
    twice = "Two entries of the directory have this login."
    return [replace(item, unfit=item.unfit or twice) if by_login[item.login] > 1 else item for item in found]


def _every_mapped_group(rules: DirectoryRules, groups: Sequence[LdapEntry]) -> None:
    """A group that gives a role and is not shown to us would take that role from everybody."""
    here = {folded(entry.dn) for entry in groups}
    if any("=" in name and name not in here for name in rules.roles):
        raise NoAnswerError("A group of [directory.roles] is not in the directory's answer. Look at “groups”.")


def memberships(place: LdapPlace, groups: Sequence[LdapEntry]) -> dict[str, frozenset[str]]:
    """By member, folded (a DN; a login for ``memberUid``): the folded DNs of their groups."""
    direct: dict[str, set[str]] = {}
    for entry in groups:
        for member in entry.every(place.member):
            direct.setdefault(folded(member), set()).add(folded(entry.dn))
    if not place.nested:
        return {member: frozenset(of) for member, of in direct.items()}
    return {member: _above(member, direct) for member in direct}


def _above(member: str, direct: Mapping[str, set[str]]) -> frozenset[str]:
    """Every group that ``member`` is in, also by other groups; those that hold each other are no trouble."""
    found: set[str] = set()
    ahead = [member]
    while ahead:
        new = direct.get(ahead.pop(), set()) - found
        found |= new
        ahead.extend(new)
    return frozenset(found)


def _one(place: LdapPlace, entry: LdapEntry, in_groups: Mapping[str, frozenset[str]]) -> WantedPerson:
    called = _external_id(place, entry)
    login = (entry.first(place.login) or "").lower()
    member = folded(login if place.member.lower() == "memberuid" else entry.dn)
    groups = in_groups.get(member, frozenset())
    try:
        people.check_login(login)
        name = people.check_name(entry.first(place.name) or login)
        active = _active(place, entry)
    except ActRefusedError as error:
        return WantedPerson(called, login, login, groups=groups, unfit=str(error))
    return WantedPerson(called, login, name, active, groups)


def _external_id(place: LdapPlace, entry: LdapEntry) -> str:
    values = entry.values.get(place.id.lower(), [])
    if len(values) != 1 or not values[0] or len(values[0]) > 200:
        raise NoAnswerError(f"An entry of the directory shows no “{place.id}”. Look at “id” and the account's rights.")
    text = entry.first(place.id)
    return text if text is not None and text.isprintable() and place.id.lower() != "objectguid" else values[0].hex()


def _active(place: LdapPlace, entry: LdapEntry) -> bool:
    """Raises ``ActRefusedError`` where the entry does not say."""
    said = entry.first(place.inactive) if place.inactive else None
    match place.inactive:
        case "userAccountControl":
            if said is None or not (said.isascii() and said.lstrip("-").isdigit()):
                raise ActRefusedError("The directory does not say whether this account is disabled.")
            return not int(said) & DISABLED
        case "pwdAccountLockedTime":
            return said != LOCKED_FOR_GOOD
        case "loginDisabled":
            return said is None or said.upper() != "TRUE"
    return True
