"""People come and go by a real ``slapd``."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from kiosk.service.admin import people
from kiosk.service.admin.act import Admin
from kiosk.service.store.database import Database
from tests.fakes import slapd as servers
from tests.fakes.central import free_port
from tests.fakes.pulled import Pulled
from tests.fakes.slapd import BASE, Slapd, dn, group_dn

NURSES = {group_dn("nurses"): ["nurse"]}


def pulled(database: Database, slapd: Slapd, roles: dict[str, list[str]] | None = None, **ldap: object) -> Pulled:
    return Pulled(database, {"roles": roles or {}, "leave_least": 2, "ldap": slapd.table(**ldap)})


def test_who_is_there_comes_and_who_is_not_leaves(database: Database, slapd: Slapd) -> None:
    slapd.people("anna", "bo")
    slapd.group("nurses", dn("anna"))
    here = pulled(database, slapd, NURSES)
    assert here.pull() is not None and here.trouble() == ""
    assert here.states() == {"anna": "active", "bo": "active"}
    assert here.person("anna").roles == ("nurse",) and here.person("anna").name == "Anna"
    slapd.remove(dn("bo"))
    slapd.change(dn("anna"), "replace: displayName\ndisplayName: Anna Ökonkwo")
    here.pull()
    assert here.states() == {"anna": "active", "bo": "left"}
    assert here.person("anna").name == "Anna Ökonkwo"
    acts = [(row["detail"]["act"], row["detail"]["by"], row["detail"]["source"]) for row in here.rows()]
    names = ("person.add", "person.add", "role.add", "person.leave", "person.rename")
    assert sorted(acts) == sorted((name, "directory ldap", "ldap") for name in names)


def test_a_second_look_changes_nothing(sqlite: Database, slapd: Slapd) -> None:
    slapd.people("anna", "bo")
    slapd.group("nurses", dn("anna"), dn("bo"))
    here = pulled(sqlite, slapd, NURSES)
    here.pull()
    before = len(here.rows())
    done = here.pull()
    assert done is not None and (done.changed, done.refused, len(here.rows())) == (0, [], before)


def test_another_login_is_the_same_person(sqlite: Database, slapd: Slapd) -> None:
    slapd.people("anna")
    here = pulled(sqlite, slapd)
    here.pull()
    who = here.person("anna").id
    slapd.rename(dn("anna"), "uid=anna.okonkwo")
    here.pull()
    assert here.person("anna.okonkwo").id == who and len(here.states()) == 1


def test_who_left_and_is_there_again_comes_back(sqlite: Database, slapd: Slapd) -> None:
    slapd.people("anna", "bo")
    here = pulled(sqlite, slapd)
    here.pull()
    slapd.change(dn("anna"), "add: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z")
    here.table["ldap"] = slapd.table(inactive="pwdAccountLockedTime")
    here.pull()
    assert here.states()["anna"] == "suspended"
    slapd.change(dn("anna"), "delete: pwdAccountLockedTime")
    here.pull()
    assert here.states() == {"anna": "active", "bo": "active"}


def test_wrong_passwords_at_the_directory_lock_nobody_out_here(sqlite: Database, slapd: Slapd) -> None:
    slapd.people("anna")
    here = pulled(sqlite, slapd, inactive="pwdAccountLockedTime")
    slapd.change(dn("anna"), "add: pwdAccountLockedTime\npwdAccountLockedTime: 20261129120000Z")
    here.pull()
    assert here.states() == {"anna": "active"}


def test_groups_in_groups_count_where_that_is_set(sqlite: Database, slapd: Slapd) -> None:
    slapd.people("anna")
    slapd.group("ward3", dn("anna"), group_dn("nurses"))  # and they hold each other
    slapd.group("nurses", group_dn("ward3"))
    here = pulled(sqlite, slapd, NURSES)
    here.pull()
    assert here.person("anna").roles == ()
    here.table["ldap"] = slapd.table(nested=True)
    here.pull()
    assert here.person("anna").roles == ("nurse",)


def test_pages_are_read_to_the_last_by_starttls(sqlite: Database, slapd: Slapd) -> None:
    slapd.people(*(f"person{number:02}" for number in range(25)))
    here = pulled(sqlite, slapd, url=slapd.plain, page=10)
    here.pull()
    assert len(here.states()) == 25 and here.trouble() == ""


def test_whoever_deletes_their_own_entry_leaves_within_the_next_pull(sqlite: Database, slapd: Slapd) -> None:
    slapd.people("anna", "bo")
    here = pulled(sqlite, slapd)
    here.pull()
    slapd.remove(dn("anna"), who=dn("anna"))
    here.pull()
    assert here.states() == {"anna": "left", "bo": "active"}


def test_an_administrators_own_people_are_never_touched(sqlite: Database, slapd: Slapd) -> None:
    here = pulled(sqlite, slapd)
    sqlite.write_now(people.add, Admin("root", 0, here.now), "anna", "Anna by hand", ["surgeon"])
    slapd.people("anna", "bo")
    done = here.pull()
    assert done is not None and [who for who, _ in done.refused] == ["anna"]
    assert (here.person("anna").name, here.person("anna").roles) == ("Anna by hand", ("surgeon",))
    slapd.remove(dn("anna"))
    here.pull()
    assert here.states() == {"anna": "active", "bo": "active"} and here.trouble() == ""


@pytest.fixture
def settled(sqlite: Database, slapd: Slapd) -> Pulled:
    """Five persons who are here; the next answers are not whole."""
    slapd.people("anna", "bo", "cleo", "dan", "eve")
    slapd.group("nurses", dn("anna"))
    here = pulled(sqlite, slapd, NURSES)
    here.pull()
    assert len(here.states()) == 5
    return here


def stays(here: Pulled, *said: str) -> None:
    """Nobody leaves and no role goes by the next two pulls; what it was is said once."""
    before = len(here.rows("directory"))
    assert here.pull() is None
    assert any(word in here.trouble() for word in said), here.trouble()
    assert here.pull() is None
    assert set(here.states().values()) == {"active"} and here.person("anna").roles == ("nurse",)
    assert len(here.rows("directory")) == before + 1


def test_a_part_by_the_servers_size_limit_is_no_answer(settled: Pulled, slapd: Slapd) -> None:
    settled.table["ldap"] = slapd.table(bind=servers.LIMITED)
    stays(settled, "only a part")


def test_an_answer_that_refers_elsewhere_is_none(settled: Pulled, slapd: Slapd) -> None:
    slapd.remove(dn("bo"))
    slapd.add(
        f"dn: ou=far,ou=people,{BASE}\nobjectClass: referral\nobjectClass: extensibleObject\nou: far\n"
        f"ref: ldap://far.example/ou=far,{BASE}\n"
    )
    stays(settled, "refers to another server")


def test_a_base_that_is_gone_is_no_answer(settled: Pulled, slapd: Slapd) -> None:
    settled.table["ldap"] = slapd.table(people=f"ou=nowhere,{BASE}")
    stays(settled, "nothing at that base")


def test_nobody_at_all_is_no_answer(settled: Pulled, slapd: Slapd) -> None:
    settled.table["ldap"] = slapd.table(people=f"ou=elsewhere,{BASE}")
    stays(settled, "shows nobody")


def test_a_group_that_is_not_shown_takes_no_roles(settled: Pulled, slapd: Slapd) -> None:
    settled.table["ldap"] = slapd.table(groups=f"ou=elsewhere,{BASE}")
    stays(settled, "not in the directory's answer")


def test_more_than_was_foreseen_is_no_answer(settled: Pulled, slapd: Slapd) -> None:
    settled.table["ldap"] = slapd.table(most=4)
    stays(settled, "more than 4 entries")


def test_a_server_that_is_away_is_no_answer(settled: Pulled, slapd: Slapd) -> None:
    settled.table["ldap"] = slapd.table(url=f"ldaps://127.0.0.1:{free_port()}")
    stays(settled, "cannot be reached")
    settled.table["ldap"] = slapd.table()
    settled.pull()
    assert settled.trouble() == "" and settled.source().good == settled.now


def test_a_server_that_takes_and_says_nothing_is_given_up(settled: Pulled, slapd: Slapd) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settled.table["ldap"] = slapd.table(url=f"ldap://127.0.0.1:{silent.getsockname()[1]}", seconds=1)
        stays(settled, "took too long", "cannot be reached")


def test_a_password_that_others_may_read_is_not_sent(settled: Pulled, slapd: Slapd, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("correct horse\n")
    (tmp_path / "password").chmod(0o644)
    settled.table["ldap"] = slapd.table(password_file=str(tmp_path / "password"))
    stays(settled, "chmod 600")


def test_a_wrong_password_is_said(settled: Pulled, slapd: Slapd, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("wrong")
    (tmp_path / "password").chmod(0o600)
    settled.table["ldap"] = slapd.table(password_file=str(tmp_path / "password"))
    stays(settled, "does not take that DN and password")


def test_two_replicas_ask_in_turn(settled: Pulled) -> None:
    assert settled.pull() is not None
    assert settled.pull(seconds=5) is None and settled.trouble() == ""


def test_one_who_is_not_as_they_should_be_keeps_nobody_else(settled: Pulled, slapd: Slapd) -> None:
    slapd.people("frank")
    slapd.people("anna", where=f"ou=elsewhere,{BASE}")
    settled.table["ldap"] = slapd.table(people=BASE)
    done = settled.pull()
    assert done is not None and [who for who, _ in done.refused] == ["anna", "anna"]
    assert settled.states()["frank"] == "active" and "About 2 persons" in settled.trouble()
