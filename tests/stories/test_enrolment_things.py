"""Code apps, recovery codes, PIV cards and a second key: each is made, tried once, and used."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pyotp
import pytest
from cryptography.hazmat.primitives import serialization

from kiosk.demo.processes import until
from kiosk.simulator.piv_ca import CardAuthority
from kiosk.simulator.pkoc import PkocApplet, fresh_key, pkoc_badge
from tests.fakes.colleague import KEY_PIN
from tests.fakes.hospital import Ward
from tests.fakes.simulated_cards import a_badge, a_key, a_piv_card, key_memory
from tests.fakes.wizard import Wizard, offered, recovery_number, start_code
from tests.fakes.workplace import Workplace
from tests.stories.test_nothing_is_told import every_file, processes

CARD_PIN = "482915"


@pytest.fixture
def wizard(here: Workplace) -> Iterator[Wizard]:
    made = Wizard(here)
    yield made
    made.away()


def adding(wizard: Wizard, kind: str, rows: int = 3) -> None:
    """From their open session to the kind; their list has so many rows."""
    wizard.press("active", "My keys")
    wizard.place.wait("my_keys")
    wizard.press(f"my_keys.{rows}", "Add")
    wizard.at("who.choose")
    wizard.press("choose", kind)


def test_a_code_app_is_added_on_their_key_and_then_signs_in(ward: Ward, here: Workplace, wizard: Wizard) -> None:
    anna = ward.hire("Anna Codes", key=True)
    here.sign_in(anna)
    adding(wizard, "Code app")
    wizard.proved(anna, "new.codeapp")
    here.enter("000000")
    app = pyotp.TOTP(str(offered(ward, here)["secret"]))
    wizard.at("new.codeapp")
    here.enter(app.now())
    wizard.at("done.done")
    wizard.press("done", "Finish")
    here.wait("active", login=anna.login)
    [row] = ward.trail(action="factor_added", login=anna.login)
    assert row["result"] == "success"


def test_recovery_codes_are_shown_once_and_one_adds_a_badge_with_their_pin(
    ward: Ward, here: Workplace, wizard: Wizard
) -> None:
    anna = ward.hire("Anna Recovers", key=True)
    here.sign_in(anna)
    adding(wizard, "Recovery codes")
    wizard.proved(anna, "new.codes")
    codes, tried = offered(ward, here)["codes"], offered(ward, here)["number"]
    wizard.press("codes", "I have them")
    wizard.at("try.typecode")
    here.enter(codes[tried - 1])
    wizard.at("done.done")
    wizard.press("done", "Finish")
    here.wait("active")
    here.lock()

    wizard.press("locked", "Use a code instead")
    wizard.press("typing", "I have recovery codes")
    wizard.at("who.who.login")
    here.enter(anna.login)
    wizard.at("who.choose")
    wizard.press("choose", "Badge")
    wizard.at("proof.prove.type")
    here.enter(codes[recovery_number(ward, anna.login) - 1])
    until("the code to be taken", lambda: ward.trail(action="enrol_who", login=anna.login))
    wizard.at("proof.prove.type")
    here.enter(anna.pin)
    wizard.at("new.hold")
    wizard.hold(a_badge("04AC0000000001"), "try.hold")
    wizard.hold(a_badge("04AC0000000001"), "done.done")


def test_a_second_key_is_added_on_the_first(ward: Ward, here: Workplace, wizard: Wizard) -> None:
    anna, second = ward.hire("Anna Twokeys", key=True), a_key(None, KEY_PIN)
    here.sign_in(anna)
    adding(wizard, "Security key")
    wizard.proved(anna, "new.hold")
    with here.lay(second):
        wizard.at("new.pin.present")
        here.enter("not its pin")
        wizard.at("new.pin.present")
        here.enter(KEY_PIN)
        wizard.at("try.hold")
    wizard.hold(second, "done.done")
    wizard.press("done", "Finish")
    here.wait("active")
    here.lock()
    here.tap(anna.badge, "active", "second_factor")
    here.lock()
    assert here.tap(second, "active", "second_factor")["state"] in ("active", "second_factor")


def test_a_key_that_wants_another_pin_gets_it_before_it_is_theirs(ward: Ward, here: Workplace, wizard: Wizard) -> None:
    """As its issuer handed it out: a short PIN, to be changed for one of eight characters at least."""
    anna, key = ward.hire("Anna Issued", key=True), a_key(None, "2468")
    memory = key_memory(key)
    memory.change_pin, memory.shortest_pin = True, 8
    here.sign_in(anna)
    adding(wizard, "Security key")
    wizard.proved(anna, "new.hold")
    with here.lay(key):
        for field, text in (
            ("change", "8642"),  # not its PIN: shows once the new one was typed twice
            ("new", "quince 7"),
            ("again", "quince 7"),
            ("change", "2468"),
        ):
            wizard.at(f"new.pin.{field}")
            here.enter(text)
        wizard.at("try.hold")
    assert (memory.change_pin, memory.is_pin(b"quince 7"), memory.retries) == (False, True, 8)
    wizard.hold(key, "done.done")
    wizard.press("done", "Finish")
    here.wait("active")


def test_a_piv_card_is_added_by_its_pin(ward: Ward, here: Workplace, wizard: Wizard) -> None:
    issuer = CardAuthority.new("Enrolment Card CA")
    (ward.folder / "enrol-issuer.pem").write_bytes(issuer.pem())
    ward.admin("piv-ca", "add", str(ward.folder / "enrol-issuer.pem"))
    crl = ward.folder / "enrol-issuer.crl"
    crl.write_bytes(issuer.crl([], None, 1).public_bytes(serialization.Encoding.PEM))
    ward.admin("crl", "add", str(crl))
    anna = ward.hire("Anna Card", key=True)
    card = a_piv_card(None, CARD_PIN, authority=issuer, name=anna.name)
    here.sign_in(anna)
    adding(wizard, "Smart card")
    wizard.proved(anna, "new.hold")
    with here.lay(card):
        wizard.at("try.pin.present")
        here.enter("111111")
        wizard.at("try.pin.present")
        here.enter(CARD_PIN)
        wizard.at("done.done")
    wizard.press("done", "Finish")
    here.wait("active")
    here.lock()
    here.tap(card, "second_factor", "active")


def test_a_badge_that_proves_itself_is_added_as_a_badge_and_signs_in(
    ward: Ward, here: Workplace, wizard: Wizard
) -> None:
    """From the wizard to the auditor, by real commands to a software card; a copy of what it says opens nothing."""
    anna, key = ward.hire("Anna Pkoc", key=True), fresh_key()
    badge = pkoc_badge(PkocApplet(key), uid=bytes.fromhex(anna.uid))  # their bare badge until now
    here.sign_in(anna)
    adding(wizard, "Badge")
    wizard.proved(anna, "new.hold")
    with here.lay(badge):
        wizard.at("done.done")
    wizard.press("done", "Finish")
    here.wait("active")
    here.lock()

    assert here.tap(badge, "active", login=anna.login)["assurance"] == "urn:kiosk:possession", "within grace"
    here.lock()
    copies = {
        "key_changed": pkoc_badge(PkocApplet(fresh_key()), uid=bytes.fromhex(anna.uid)),
        "card_requires_proof": a_badge(anna.uid),
    }
    for reason, copy in copies.items():
        with here.lay(copy):
            until(f"it to be refused: {reason}", partial(_refused, ward, reason))
            here.wait("locked")
    [added] = [row for row in ward.trail(action="factor_added", login=anna.login) if row.get("method") == "pkoc"]
    assert added["detail"]["factor"].startswith("pkoc:")
    ward.verify()


def _refused(ward: Ward, reason: str) -> bool:
    return any(row.get("reason") == reason for row in ward.trail(result="refused"))


def test_the_keyboard_alone_is_enough(ward: Ward, here: Workplace, wizard: Wizard) -> None:
    """No touch and no mouse from the unknown badge on."""
    anna = ward.hire("Anna Keyboard", key=True)
    wizard.tap(a_badge("04AC0000000002"), "unknown_badge")
    here.press("Tab", "Return")
    wizard.at("who.who.start_code")
    with here.lay(anna.own_key):
        wizard.at("proof.prove.type")
        here.enter(KEY_PIN)
        wizard.at("try.hold")
    wizard.hold(a_badge("04AC0000000002"), "done.done")
    here.press("Escape")
    here.wait("locked")


def test_no_secret_of_an_enrolment_is_left_where_somebody_could_read_it(
    ward: Ward, here: Workplace, wizard: Wizard
) -> None:
    """A start code, new PINs, a code app's secret, recovery codes: typed or shown, and nowhere else."""
    login, dora, key = "planted17", ward.hire("Dora Plants", "supervisor", key=True), a_key(None, None)
    ward.person(login, "Anna Planted", "nurse", pin="")
    code, pin, key_pin = start_code(ward, login), "905143", "plum jam 4711"
    wizard.press("locked", "Use a code instead")
    wizard.press("typing", "I have a start code")
    wizard.at("who.who.start_code")
    here.enter(code)
    wizard.at("who.choose")
    wizard.press("choose", "PIN")
    wizard.at("proof.second")
    wizard.vouched(dora, "new.pin.new")
    here.enter(pin)
    wizard.at("try.pin.again")
    here.enter(pin)
    wizard.at("done.done")
    here.press("Escape")
    here.wait("locked")

    ward.admin("badge", "add", login, "--uid", "04AC0000000003")
    here.tap(a_badge("04AC0000000003"), "second_factor")
    here.enter(pin)
    here.wait("active", login=login)
    adding(wizard, "Security key", 2)
    wizard.at("proof.second")
    wizard.vouched(dora, "new.hold")
    wizard.new_key(key, key_pin)
    wizard.press("done", "Add another")
    wizard.at("who.choose")
    wizard.press("choose", "Recovery codes")
    wizard.at("proof.prove.type")
    here.enter(key_pin)
    wizard.at("proof.prove.hold")
    wizard.hold(key, "new.codes")
    codes = offered(ward, here)["codes"]
    seen = processes()
    here.press("Escape")
    here.wait("active", login=login)
    adding(wizard, "Code app")
    wizard.at("proof.prove.type")
    here.enter(key_pin)
    wizard.at("proof.prove.hold")
    wizard.hold(key, "new.codeapp")
    secret = str(offered(ward, here)["secret"])
    here.enter(pyotp.TOTP(secret).now())
    wizard.at("done.done")

    planted = [code, pin, key_pin, secret, *codes]
    raw = seen + processes()
    assert [secret for secret in planted if secret.encode() in raw] == []
    files = [(path.name, path.read_bytes()) for path in (*every_file(ward.data), *every_file(here.home))]
    assert [(name, secret) for name, content in files for secret in planted if secret.encode() in content] == []
    assert [secret for secret in planted if secret in ward.command("audit", "export", "--data", str(ward.data))] == []
    ward.verify()
