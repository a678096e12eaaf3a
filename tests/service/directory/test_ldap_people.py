"""Entries of other directories than the tested one: Active Directory's and eDirectory's ways, by their documents."""

from __future__ import annotations

import pytest

from kiosk.service.directory import ldap_people
from kiosk.service.directory.ldif import LdapEntry, NoAnswerError
from kiosk.service.directory.wanted import WantedPerson
from kiosk.service.platform.directory_settings import directory_from

PLACE = {"url": "ldaps://h", "ca": "/ca.pem", "bind": "cn=x", "password_file": "/p", "people": "dc=x"}
GUID = bytes(range(250, 256)) + bytes(10)


def one(entry: dict[str, list[bytes]], **place: object) -> WantedPerson:
    rules = directory_from({"ldap": {**PLACE, **place}})
    assert rules.ldap is not None
    return ldap_people.wanted_from(rules.ldap, rules, [LdapEntry("cn=a,dc=x", entry)], [])[0]


@pytest.mark.parametrize(
    ("said", "active"), [(b"512", True), (b"514", False), (b"66050", False), (b"-2147483646", False), (b"544", True)]
)
def test_an_account_of_active_directory(said: bytes, active: bool) -> None:
    entry = {"objectguid": [GUID], "samaccountname": [b"Anna"], "displayname": [b"Anna"], "useraccountcontrol": [said]}
    found = one(entry, id="objectGUID", login="sAMAccountName", inactive="userAccountControl")
    assert found == WantedPerson(GUID.hex(), "anna", "Anna", active)


def test_an_account_that_does_not_say_is_left_as_it_is() -> None:
    entry = {"entryuuid": [b"1"], "uid": [b"anna"]}
    for more in ({}, {"useraccountcontrol": [b"yes"]}):
        found = one({**entry, **more}, inactive="userAccountControl")
        assert found.unfit == "The directory does not say whether this account is disabled."


@pytest.mark.parametrize(("said", "active"), [(b"TRUE", False), (b"FALSE", True), (None, True)])
def test_login_disabled(said: bytes | None, active: bool) -> None:
    more = {} if said is None else {"logindisabled": [said]}
    assert one({"entryuuid": [b"1"], "uid": [b"anna"], **more}, inactive="loginDisabled").active is active


def test_without_a_name_the_login_is_shown_and_without_a_login_nothing_follows() -> None:
    assert one({"entryuuid": [b"1"], "uid": [b"anna"]}).name == "anna"
    assert one({"entryuuid": [b"1"], "cn": [b"x"]}).unfit is not None
    for entry in ({"uid": [b"anna"]}, {"entryuuid": [b"1", b"2"], "uid": [b"anna"]}):
        with pytest.raises(NoAnswerError, match="shows no “entryUUID”"):
            one(entry)


def test_groups_that_list_logins() -> None:
    rules = directory_from(
        {"roles": {"cn=nurses,dc=x": ["nurse"]}, "ldap": {**PLACE, "groups": "dc=x", "member": "memberUid"}}
    )
    assert rules.ldap is not None
    person = LdapEntry("cn=a,dc=x", {"entryuuid": [b"1"], "uid": [b"anna"]})
    group = LdapEntry("cn=Nurses, dc=x", {"memberuid": [b"anna"]})
    assert ldap_people.wanted_from(rules.ldap, rules, [person], [group])[0].groups == {"cn=nurses,dc=x"}


def test_an_id_that_two_have_is_no_answer() -> None:
    rules = directory_from({"ldap": PLACE})
    assert rules.ldap is not None
    twice = [LdapEntry(f"cn={name}", {"entryuuid": [b"1"], "uid": [name.encode()]}) for name in ("a", "b")]
    with pytest.raises(NoAnswerError, match="same “entryUUID”"):
        ldap_people.wanted_from(rules.ldap, rules, twice, [])
