"""What follows from what a directory wants, the brake, and the settings: without any directory."""

from __future__ import annotations

import pytest

from kiosk.service.admin import directory as administrators
from kiosk.service.admin import people
from kiosk.service.admin.act import ActRefusedError, Admin
from kiosk.service.directory import brake, carrying, planning, tokens
from kiosk.service.directory.brake import BrakeError
from kiosk.service.directory.deciding import RoleGiving, decide
from kiosk.service.directory.wanted import WantedPerson
from kiosk.service.platform.directory_settings import DirectoryRules, directory_from, folded
from kiosk.service.store import directory, directory_sources
from kiosk.service.store.database import Database
from kiosk.service.store.directory import ManagedMark, ManagedPerson
from kiosk.service.store.people import PersonLine
from kiosk.settings import SettingsError
from tests.fakes.pulled import NOW, POWER, Pulled

RULES = directory_from({"roles": {"nurses": ["nurse"], "desk": ["help_desk"]}, "privileged": ["help_desk"]})
GIVING = RoleGiving(RULES, POWER)
ROOT = Admin("root", 0, NOW)
OTHERS_STOP, OURS = None, 5


def here(state: str = "active", *roles: str, stopped: int | None = None, login: str = "anna") -> ManagedPerson:
    line = PersonLine("p", login, "Anna", roles, state, ())  # type: ignore[arg-type]
    return ManagedPerson(ManagedMark("p", "ldap", "1", 1, 1, stopped, None), line)


def wanted(*groups: str, active: bool = True, login: str = "anna", name: str = "Anna") -> WantedPerson:
    return WantedPerson("1", login, name, active, frozenset(groups))


CASES: list[tuple[ManagedPerson | None, WantedPerson | None, list[str]]] = [
    (None, wanted("nurses"), ["create", "role_add"]),
    (None, wanted(active=False), ["create", "suspend"]),
    (None, None, []),
    (here(), wanted(), []),
    (here(), wanted(name="Anna O."), ["name"]),
    (here(), wanted(login="anna.o"), ["login"]),
    (here("active", "nurse", "surgeon"), wanted(), ["role_remove"]),
    (here("active", "nurse"), wanted("desk"), ["role_remove", "role_add"]),
    (here(), wanted(active=False), ["suspend"]),
    (here("suspended", stopped=OURS), wanted(active=False), []),
    (here("suspended", stopped=OURS), wanted(), ["back"]),
    (here("suspended", stopped=OTHERS_STOP), wanted(), []),
    (here("left", stopped=OURS), wanted("nurses"), ["back", "role_add"]),
    (here("left", stopped=OTHERS_STOP), wanted("nurses"), []),
    (here("left", stopped=OURS), wanted(active=False), []),
    (here("left", stopped=OURS), None, []),
    (here("suspended", stopped=OTHERS_STOP), None, ["leave"]),
    (here(), None, ["leave"]),
]


@pytest.mark.parametrize(("now", "wish", "kinds"), CASES)
def test_what_follows_for_one_person(now: ManagedPerson | None, wish: WantedPerson | None, kinds: list[str]) -> None:
    plan = decide(now, wish, GIVING)
    assert ([act.kind for act in plan.acts], plan.refused) == (kinds, None)
    assert plan.leaving == (kinds in (["suspend"], ["leave"]))
    assert plan.raising == (1 if "desk" in (wish.groups if wish else ()) else 0)


def test_what_cannot_be_is_said() -> None:
    reused = decide(here("left", stopped=OURS), wanted(login="eve"), GIVING)
    assert reused.acts == () and "directory release anna" in (reused.refused or "")
    taken = decide(None, wanted(), GIVING, login_taken=True)
    assert taken.acts == () and "directory adopt anna" in (taken.refused or "")


def test_a_plan_changes_nothing_and_says_all(database: Database) -> None:
    here = Pulled(database, {"roles": {"nurses": ["nurse"]}})
    answer = [wanted("nurses"), WantedPerson("2", "bo", "Bo"), WantedPerson("3", "cleo", "Cleo", active=False)]
    plan = database.read_now(planning.make, "ldap", answer, here.giving)
    assert [(item.plan.login, len(item.plan.acts)) for item in plan.persons] == [("anna", 2), ("bo", 1)]
    assert here.states() == {} and here.rows() == []
    done = planning.carry_out(database, carrying.acting("ldap", NOW), plan, here.giving)
    assert (done.changed, here.person("anna").roles) == (2, ("nurse",))
    plan = database.read_now(planning.make, "ldap", [answer[1]], here.giving)
    assert (plan.managed, plan.leaving, len(plan.persons)) == (2, 1, 1)


def test_the_brake_counts_an_hour_whole(database: Database) -> None:
    pulled = Pulled(database, {"leave_percent": 20, "leave_least": 1})
    everybody = [WantedPerson(str(number), f"p{number}", "P") for number in range(10)]
    rules = pulled.giving.rules

    def carried(answer: list[WantedPerson], now: int) -> None:
        plan = database.read_now(planning.make, "ldap", answer, pulled.giving)
        database.read_now(planning.check, plan, pulled.giving, now)
        planning.carry_out(database, carrying.acting("ldap", now), plan, pulled.giving)

    carried(everybody, NOW - brake.DAY)
    carried(everybody[1:], NOW + 60)
    carried(everybody[2:], NOW + 120)
    with pytest.raises(BrakeError, match="3 persons within an hour; 2 are let"):
        carried(everybody[3:], NOW + 180)
    assert database.read_now(brake.allowance, "ldap", rules, NOW + 180).leave == 2
    database.write_now(administrators.let, ROOT, "ldap", 3, 0, 0, 600)
    carried(everybody[3:], NOW + 180)
    with pytest.raises(BrakeError):
        carried([], NOW + 240)
    assert sorted(pulled.states().values()) == ["active"] * 7 + ["left"] * 3


def test_a_person_is_taken_over_and_let_go_by_an_administrators_word(database: Database) -> None:
    pulled = Pulled(database, {})
    database.write_now(people.add, ROOT, "anna", "Anna", ["nurse"])
    database.write_now(carrying.adopt, ROOT, "anna", "ldap", "1")
    with pytest.raises(ActRefusedError, match="manages anna already"):
        database.write_now(carrying.adopt, ROOT, "anna", "ldap", "2")
    plan = database.read_now(planning.make, "ldap", [wanted(name="Anna O.")], pulled.giving)
    assert [act.kind for act in plan.persons[0].plan.acts] == ["name"]
    assert database.write_now(carrying.release, ROOT, "anna") == "ldap"
    assert database.read_now(directory.everyone, "ldap") == []
    with pytest.raises(ActRefusedError, match="No directory"):
        database.write_now(carrying.release, ROOT, "anna")
    assert pulled.person("anna").roles == ("nurse",)


def test_tokens_and_leaves_are_asked_for_with_sense(sqlite: Database) -> None:
    for source, days in (("ldap", 3), ("Entra", 3), ("", 3), ("entra", 0), ("entra", 1000)):
        with pytest.raises(ActRefusedError):
            sqlite.write_now(tokens.make, ROOT, source, days)
    with pytest.raises(ActRefusedError, match="no token"):
        sqlite.write_now(tokens.revoke, ROOT, "nothing")
    for source, leave in (("ldap", 0), ("ldap", -1), ("nobody", 5)):
        with pytest.raises(ActRefusedError):
            sqlite.write_now(administrators.let, ROOT, source, leave, 0, 0, 60)
    assert sqlite.read_now(directory_sources.states) == []


PLACE = {"url": "ldaps://h", "ca": "/ca.pem", "bind": "cn=x", "password_file": "/p", "people": "dc=x"}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"speed": 1}, "no setting called “speed”"),
        ({"leave_percent": 101}, "leave_percent"),
        ({"leave_percent": True}, "leave_percent"),
        ({"roles": []}, "must be a table"),
        ({"roles": {"A": "nurse"}}, "list of roles"),
        ({"roles": {"A": ["Nurse"]}}, "list of roles"),
        ({"roles": {"A": ["nurse"], "a": ["porter"]}}, "named twice"),
        ({"privileged": "x"}, "list of roles"),
        ({"ldap": 1}, "must be a table"),
        ({"ldap": {**PLACE, "people": ""}}, "“people” is missing"),
        ({"ldap": {**PLACE, "colour": "x"}}, "no setting called “colour”"),
        ({"ldap": {**PLACE, "ca": "ca.pem"}}, "a whole path"),
        ({"ldap": {**PLACE, "filter": "uid=*"}}, "a filter in brackets"),
        ({"ldap": {**PLACE, "filter": "(uid=*"}}, "a filter in brackets"),
        ({"ldap": {**PLACE, "login": "uid -x"}}, "name of an attribute"),
        ({"ldap": {**PLACE, "people": "-x"}}, "text that LDAP takes"),
        ({"ldap": {**PLACE, "inactive": "shadow"}}, "“inactive” must be"),
        ({"ldap": {**PLACE, "every": 61}}, "every"),
        ({"ldap": {**PLACE, "nested": "yes"}}, "nested"),
        ({"ldap": {**PLACE, "url": "ldap://h/dc=x"}}, "“url” must be"),
    ],
)
def test_settings_that_make_no_sense_are_named(table: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        directory_from(table)


def test_settings_that_make_sense_are_taken() -> None:
    assert directory_from({}) == DirectoryRules()
    rules = directory_from({"roles": {"CN=Nurses,  OU=Groups": ["nurse"]}, "ldap": {**PLACE, "nested": True}})
    assert rules.roles == {"cn=nurses,ou=groups": ("nurse",)} and folded(" A  B , C = D") == "a b,c=d"
    assert rules.ldap is not None and rules.ldap.nested
