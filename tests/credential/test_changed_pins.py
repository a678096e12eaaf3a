"""A key that wants its PIN changed (``forcePINChange``): over its APDUs, by its own rules, and no other key's PIN."""

from __future__ import annotations

import pytest

from kiosk.credential import make_key, read_key, sign
from kiosk.credential.errors import (
    InvalidPinError,
    LastTryError,
    LiftedEarlyError,
    PinAuthBlockedError,
    PinBlockedError,
    PinRefusedError,
    WrongCardError,
)
from kiosk.model.proof import Fido2Proof, Method
from kiosk.model.secret import Secret
from kiosk.simulator import fido2 as simulated
from kiosk.simulator.fido2_store import KeyMemory
from kiosk.simulator.simulated_card import Faults
from tests.credential.cards import key_memory
from tests.credential.test_new_things import PIN, usb, wish
from tests.credential.wire import a_challenge, never
from tests.fakes.simulated_cards import InMemoryCard, a_key, in_memory_card
from tests.fakes.simulated_cards import key_memory as memory_of

NEW = "plum tree 34"


def asking(shortest: int = 8) -> InMemoryCard:
    """A key whose PIN its issuer wants changed, perhaps to a longer one (CTAP 2.1 section 6.11.4)."""
    card = in_memory_card(a_key(pin=PIN))
    memory = memory_of(card.plastic)
    memory.change_pin, memory.shortest_pin = True, shortest
    return card


def change(card: InMemoryCard, new: str = NEW, old: str = PIN) -> None:
    make_key(card, wish(), Secret(new), True, never(), Secret(old))


def test_the_pin_is_changed_and_the_credential_made_in_one_go() -> None:
    card = asking()
    facts = read_key(card, never())
    assert (facts.change_pin, facts.shortest, facts.retries_left) == (True, 8, 8)
    new, old = Secret(NEW), Secret(PIN)
    make_key(card, wish(), new, True, never(), old)
    assert not new
    assert not old, "both are wiped"
    memory = memory_of(card.plastic)
    assert (memory.change_pin, memory.is_pin(NEW.encode()), len(memory.credentials)) == (False, True, 1)
    proof = sign(card.again(), a_challenge(Method.FIDO2, allow=[memory.credentials[0].id]), Secret(NEW), never())
    assert isinstance(proof, Fido2Proof)


def test_by_usb_it_is_changed_as_well() -> None:
    memory = key_memory(PIN)
    memory.change_pin = True
    make_key(usb(memory), wish(), Secret(NEW), True, never(), Secret(PIN))
    assert (memory.change_pin, memory.is_pin(NEW.encode()), len(memory.credentials)) == (False, True, 1)


def test_a_wrong_old_pin_costs_one_try_and_changes_nothing() -> None:
    card = asking()
    with pytest.raises(InvalidPinError) as wrong:
        change(card, old="quince tree 13")
    memory = memory_of(card.plastic)
    assert (wrong.value.retries_left, memory.retries) == (7, 7)
    assert (memory.change_pin, memory.is_pin(PIN.encode()), memory.credentials) == (True, True, [])


def test_the_third_wrong_one_wants_the_key_lifted() -> None:
    card = asking()
    for _ in range(2):
        with pytest.raises(InvalidPinError):
            change(card, old="quince tree 13")
    with pytest.raises(PinAuthBlockedError) as blocked:
        change(card, old="quince tree 13")
    assert blocked.value.retries_left == 5
    with pytest.raises(PinAuthBlockedError):
        change(card)
    assert memory_of(card.plastic).retries == 5, "not asked again before it has been lifted"


def test_the_last_try_is_announced_before_it_is_spent() -> None:
    card = asking()
    memory = memory_of(card.plastic)
    memory.retries = 1
    with pytest.raises(LastTryError):
        change(card, old="quince tree 13")
    assert memory.retries == 1
    with pytest.raises(PinBlockedError):
        change(card, old="quince tree 13")
    assert memory.retries == 0


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("plum 34", "seven characters where the key wants eight"),
        ("\N{GRINNING FACE}" * 7, "seven code points, though 28 bytes"),
        ("x" * 64, "longer than any key takes"),
        (PIN, "the one that it has"),
    ],
)
def test_what_the_key_would_not_take_spends_no_try(new: str, why: str) -> None:
    card = asking()
    with pytest.raises(PinRefusedError):
        change(card, new)
    memory = memory_of(card.plastic)
    assert (memory.retries, memory.change_pin, memory.is_pin(PIN.encode())) == (8, True, True), why


def test_its_own_length_counts_code_points() -> None:
    card = asking()
    change(card, "\N{GRINNING FACE}" * 8)
    assert memory_of(card.plastic).pin_length == 8


def test_the_same_pin_written_otherwise_is_the_same() -> None:
    card = in_memory_card(a_key(pin="café"))
    memory_of(card.plastic).change_pin = True
    with pytest.raises(PinRefusedError):
        change(card, "café", "cafe\N{COMBINING ACUTE ACCENT}")


def test_a_key_that_asks_for_no_change_keeps_its_pin() -> None:
    """Another key of the model may have been laid down: nobody's PIN is changed unasked, nor tried on it."""
    card = in_memory_card(a_key(pin=PIN))
    with pytest.raises(WrongCardError):
        change(card)
    memory = memory_of(card.plastic)
    assert (memory.retries, memory.is_pin(PIN.encode()), memory.credentials) == (8, True, [])


@pytest.mark.parametrize("after", range(1, 12))
def test_lifted_in_the_middle_it_says_itself_which_pin_it_has(after: int) -> None:
    memory = KeyMemory()
    memory.set_pin(PIN.encode())
    memory.change_pin = True
    with pytest.raises(LiftedEarlyError):
        change(in_memory_card(simulated.key(memory, faults=Faults(dies_after=after))))
    again = in_memory_card(simulated.key(memory))
    if read_key(again, never()).change_pin:
        change(again)
    else:
        make_key(again, wish(), Secret(NEW), False, never())
    assert memory.is_pin(NEW.encode())
    assert memory.credentials
