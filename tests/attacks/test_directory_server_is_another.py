"""Somebody answers in place of the LDAP server, or writes into it what they hope that this service repeats."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.service.directory import ldap_people, ldif
from kiosk.service.directory.ldif import LdapEntry, NoAnswerError
from kiosk.service.platform.directory_settings import directory_from
from kiosk.service.store.database import Database
from kiosk.settings import SettingsError
from tests.fakes.pulled import Pulled
from tests.fakes.slapd import BASE, Slapd, dn, group_dn, running


@pytest.fixture(scope="module")
def true() -> Iterator[Slapd]:
    """The hospital's own server."""
    with tempfile.TemporaryDirectory(prefix="kiosk-slapd-") as folder, running(Path(folder) / "slapd") as server:
        server.people("anna", "bo")
        yield server


def test_a_server_without_tls_is_sent_no_password_and_believed_nothing(
    sqlite: Database, true: Slapd, tmp_path: Path
) -> None:
    here = Pulled(sqlite, {"ldap": true.table()})
    here.pull()
    with running(tmp_path / "rogue", secure=False) as rogue:
        rogue.people("eve")
        here.table["ldap"] = {**true.table(), "url": rogue.plain}
        assert here.pull() is None
    assert "no StartTLS" in here.trouble() and here.states() == {"anna": "active", "bo": "active"}


def test_a_server_with_a_certificate_of_another_ca_is_believed_nothing(
    sqlite: Database, true: Slapd, tmp_path: Path
) -> None:
    here = Pulled(sqlite, {"ldap": true.table()})
    here.pull()
    with running(tmp_path / "rogue") as rogue:
        rogue.people("eve")
        for url in (rogue.url, rogue.plain):
            here.table["ldap"] = {**true.table(), "url": url}
            assert here.pull() is None and "certificate" in here.trouble()
    assert here.states() == {"anna": "active", "bo": "active"}


@pytest.mark.parametrize("url", ["http://h", "ldapi:///", "ldap://", "ldaps://h ldap://evil", "ldaps://h,ldap://evil"])
def test_no_setting_leads_around_tls(url: str) -> None:
    place = {"url": url, "ca": "/ca.pem", "bind": "cn=x", "password_file": "/p", "people": "dc=x"}
    with pytest.raises(SettingsError, match="“url” must be"):
        directory_from({"ldap": place})


def test_what_entries_say_is_never_part_of_a_question_or_of_ldif(sqlite: Database, true: Slapd) -> None:
    """A login that reads as a filter is one that cannot be; a name of two lines is one value, not two attributes."""
    true.add(
        f"dn: cn=star,ou=people,{BASE}\nobjectClass: inetOrgPerson\nuid: *)(uid=*\ncn: star\nsn: x\ndisplayName: Star\n"
    )
    true.add(
        f"dn: cn=lines,ou=people,{BASE}\nobjectClass: inetOrgPerson\nuid: lines\ncn: lines\nsn: x\n"
        "displayName:: TGluZXMKdWlkOiBib3Nz\n"  # “Lines”, a new line, “uid: boss”
    )
    here = Pulled(sqlite, {"ldap": true.table()})
    done = here.pull()
    try:
        assert done is not None and [who for who, _ in done.refused] == ["*)(uid=*"]
        assert here.states() == {"anna": "active", "bo": "active", "lines": "active"}
        assert here.person("lines").name == "Lines uid: boss"
    finally:
        true.remove(f"cn=star,ou=people,{BASE}", f"cn=lines,ou=people,{BASE}")


def test_a_dn_is_not_believed_to_be_a_group_it_only_resembles() -> None:
    table = {"url": "ldaps://h", "ca": "/ca", "bind": "x", "password_file": "/p", "people": "x", "groups": "x"}
    rules = directory_from({"roles": {group_dn("nurses"): ["nurse"]}, "ldap": table})
    assert rules.ldap is not None
    entry = LdapEntry(dn("eve"), {"entryuuid": [b"1"], "uid": [b"eve"]})
    look_alike = LdapEntry(f"cn=nurses\\,ou=groups,{BASE}", {"member": [dn("eve").encode()]})
    true_group = LdapEntry(group_dn("Nurses").upper(), {"member": [dn("anna").encode()]})
    found = ldap_people.wanted_from(rules.ldap, rules, [entry], [look_alike, true_group])
    assert group_dn("nurses").casefold() not in found[0].groups


@pytest.mark.parametrize(
    "said",
    [
        b"dn: uid=a\nuid:< file:///etc/shadow\n",
        b"uid: a\n",
        b"dn: uid=a\n continued\n",
        b"dn: uid=a\nuid:: !!!\n",
        b"dn: uid=a\nmember;range=0-1499: b\n",
        b"# refldap://far.example/dc=x??sub\n",
        b"nonsense\n",
    ],
)
def test_an_answer_that_is_not_whole_ldif_is_none(said: bytes) -> None:
    with pytest.raises(NoAnswerError):
        ldif.read(said, 10)
