"""Security keys and PIV cards: tapped to say who it is, typed at to prove it, lost, revoked, run out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from cryptography.hazmat.primitives import serialization

from kiosk.demo.hospital import reader_name
from kiosk.demo.processes import ChildFailedError, until
from kiosk.simulator.fido2 import KeyFaults
from kiosk.simulator.piv_ca import CardAuthority, Validity
from kiosk.simulator.piv_store import Slot
from kiosk.simulator.simulated_card import SimulatedCard
from tests.fakes.colleague import KEY_PIN, Colleague
from tests.fakes.hospital import COUNTER, Ward
from tests.fakes.simulated_cards import a_badge, a_key, a_piv_card, piv_memory
from tests.fakes.workplace import READ, Workplace

CARD_PIN = "482915"
T = TypeVar("T")


@pytest.fixture(scope="module")
def issuer(ward: Ward) -> CardAuthority:
    """Who certifies this hospital's PIV cards; its first list revokes none."""
    made = CardAuthority.new("Stories Card CA")
    (ward.folder / "issuer.pem").write_bytes(made.pem())
    ward.admin("piv-ca", "add", str(ward.folder / "issuer.pem"))
    publish(ward, made)
    return made


@pytest.fixture
def in_force(ward: Ward, issuer: CardAuthority) -> Iterator[None]:
    """Afterwards the list in force is fresh and revokes none."""
    yield
    publish(ward, issuer)


_numbers = iter(range(1, 1000))


def publish(ward: Ward, issuer: CardAuthority, *revoked: SimulatedCard, validity: Validity | None = None) -> None:
    """The issuer's next list."""
    gone = [piv_memory(card).slots[Slot.CARD_AUTHENTICATION].certificate for card in revoked]
    made = issuer.crl(gone, validity, next(_numbers)).public_bytes(serialization.Encoding.PEM)
    path: Path = ward.folder / "issuer.crl"
    path.write_bytes(made)
    ward.admin("crl", "add", str(path))


def with_card(
    ward: Ward, issuer: CardAuthority, who: Colleague, *, uid: str | None = None, validity: Validity | None = None
) -> SimulatedCard:
    """A PIV card for ``who``, enrolled at the counter."""
    card = a_piv_card(None, CARD_PIN, authority=issuer, name=who.name, uid=uid, validity=validity)
    with ward.on_counter(card):
        ward.admin("piv", "add", who.login, "--reader", reader_name(COUNTER))
    return card


def test_a_key_is_their_second_factor_after_the_badge(ward: Ward, here: Workplace) -> None:
    anna = ward.hire("Anna Zeman", pin=False, key=True)
    here.tap(anna.badge, "second_factor")
    here.enter(KEY_PIN)
    status = here.tap(anna.own_key, "active", login=anna.login)
    assert status["assurance"] == "phr"
    row = ward.trail(login=anna.login, action="sign_in")[-1]
    assert (row["method"], row["acr"], row["amr"]) == ("fido2", "phr", ["pop", "pin", "mfa"])


def test_a_key_alone_says_who_they_are_and_its_pin_proves_it(ward: Ward, here: Workplace) -> None:
    anna = ward.hire("Anna Abel", pin=False, key=True)
    with here.lay(anna.own_key):
        here.wait("second_factor")
        here.enter(KEY_PIN)
        time.sleep(READ)  # the key is read, and must open nothing
        assert here.status()["state"] == "second_factor", "a key's presence counts once: it has to be held again"
    assert here.tap(anna.own_key, "active", login=anna.login)["assurance"] == "phr"
    here.lock()
    assert here.tap(anna.own_key, "active", login=anna.login)["assurance"] == "urn:kiosk:possession"


@pytest.mark.parametrize(
    "quirks", [KeyFaults(always_uv=True), KeyFaults(guarded=True)], ids=["always verifies", "hides"]
)
def test_a_key_that_shows_whose_it_is_only_with_its_pin_signs_in_by_its_own_tap(
    ward: Ward, here: Workplace, quirks: KeyFaults
) -> None:
    anna = ward.hire("Anna Abend", pin=False)
    anna.key = a_key(None, KEY_PIN, faults=quirks)
    ward.enrol_key(anna)
    here.tap(anna.own_key, "second_factor")
    here.enter(KEY_PIN)
    assert here.tap(anna.own_key, "active", login=anna.login)["assurance"] == "phr"
    row = ward.trail(login=anna.login, action="sign_in")[-1]
    assert (row["method"], row["acr"]) == ("fido2", "phr")


def test_an_always_verifying_key_is_a_second_factor_after_the_badge(ward: Ward, here: Workplace) -> None:
    anna = ward.hire("Anna Adler", pin=False)
    anna.key = a_key(None, KEY_PIN, faults=KeyFaults(always_uv=True))
    ward.enrol_key(anna)
    here.tap(anna.badge, "second_factor")
    here.enter(KEY_PIN)
    assert here.tap(anna.own_key, "active", login=anna.login)["assurance"] == "phr"


def test_the_keys_pin_typed_wrong_costs_one_try_and_no_more(ward: Ward, here: Workplace) -> None:
    anna = ward.hire("Anna Bauer", pin=False, key=True)
    here.tap(anna.badge, "second_factor")
    here.enter("not their pin")
    with here.lay(anna.own_key):
        here.enter(KEY_PIN)
        here.wait("active", login=anna.login)
    assert not ward.trail(login=anna.login, result="refused"), "a key's PIN is the key's own business"


def test_a_colleagues_key_does_not_open_their_session(ward: Ward, here: Workplace) -> None:
    anna, ben = ward.hire("Anna Cortez", pin=False, key=True), ward.hire("Ben Engel", key=True)
    here.tap(anna.badge, "second_factor")
    here.enter(KEY_PIN)
    here.brush(ben.own_key)
    assert here.status()["state"] == "second_factor"
    assert not ward.trail(action="sign_in", result="success", login=anna.login)


def test_a_piv_card_is_tapped_and_their_pin_is_typed(ward: Ward, here: Workplace, issuer: CardAuthority) -> None:
    anna = ward.hire("Anna Dvorak")
    card = with_card(ward, issuer, anna)
    here.tap(card, "second_factor")
    here.enter(anna.pin)
    assert here.wait("active", login=anna.login)["assurance"] == "urn:kiosk:mfa"
    here.lock()
    assert here.tap(card, "active", login=anna.login)["assurance"] == "urn:kiosk:possession"


def test_a_piv_cards_own_pin_is_phishing_resistant(ward: Ward, here: Workplace, issuer: CardAuthority) -> None:
    anna = ward.hire("Anna Egger", pin=False)
    card = with_card(ward, issuer, anna)
    here.tap(anna.badge, "second_factor")
    here.enter(CARD_PIN)
    assert here.tap(card, "active", login=anna.login)["assurance"] == "phr"
    row = ward.trail(login=anna.login, action="sign_in")[-1]
    assert (row["method"], row["amr"]) == ("piv_pin", ["pop", "pin", "mfa"])


def test_the_number_of_a_piv_card_opens_nothing(ward: Ward, here: Workplace, issuer: CardAuthority) -> None:
    anna = ward.hire("Anna Faber")
    card = with_card(ward, issuer, anna, uid="04AABBCCDD0011")
    here.tap(card, "second_factor")
    here.lock()
    with here.lay(a_badge("04AABBCCDD0011")):
        until("its refusal", lambda: ward.trail(action="tap", reason="card_requires_proof"))
    assert here.status()["person"] is None


def test_a_revoked_card_is_refused(ward: Ward, here: Workplace, issuer: CardAuthority, in_force: None) -> None:
    anna = ward.hire("Anna Gruber")
    card = with_card(ward, issuer, anna)
    publish(ward, issuer, card)
    refused(ward, here, card, "revoked_certificate")


def test_a_list_that_has_run_out_trusts_nobody(
    ward: Ward, here: Workplace, issuer: CardAuthority, in_force: None
) -> None:
    card = with_card(ward, issuer, ward.hire("Anna Huber"))
    run_out(lambda validity: publish(ward, issuer, validity=validity))
    refused(ward, here, card, "stale_crl")


def test_a_card_that_has_run_out_is_refused(ward: Ward, here: Workplace, issuer: CardAuthority) -> None:
    anna = ward.hire("Anna Ito")
    card = run_out(lambda validity: with_card(ward, issuer, anna, validity=validity))
    refused(ward, here, card, "expired_certificate")


def run_out(made: Callable[[Validity], T]) -> T:
    """What ``made`` makes and takes in while it is valid still, once it is no more. A slow machine needs longer."""
    for seconds in (2, 8, 32):
        now = datetime.now(UTC)
        end = (now + timedelta(seconds=seconds)).replace(microsecond=0)
        try:
            done = made(Validity(now - timedelta(minutes=1), end))
        except ChildFailedError:
            continue  # it was over before it was taken in
        time.sleep(max(0.0, (end - datetime.now(UTC)).total_seconds()) + 1.1)  # until it has run out, to the second
        return done
    raise AssertionError("nothing can be taken in on this machine within half a minute")


def refused(ward: Ward, here: Workplace, card: SimulatedCard, reason: str) -> None:
    before = len(ward.trail(action="tap", reason=reason))
    with here.lay(card):
        until("its refusal", lambda: len(ward.trail(action="tap", reason=reason)) > before)
    assert here.status()["person"] is None
