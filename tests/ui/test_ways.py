"""A person whose PIN is blocked reads until when, and what they have instead; and whom to call, where that is said."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from kiosk.model.card import CardTrouble
from kiosk.model.ceremony import MethodOffer
from kiosk.model.proof import Method
from kiosk.model.refusal import RefusalCode
from kiosk.session.facts.carried import Closed
from kiosk.session.facts.prove_part import Prove
from kiosk.session.facts.screen_parts import Notice
from kiosk.session.facts.screens import Active, SecondFactor
from kiosk.ui.parts import ways
from kiosk.ui.samples import SAMPLES
from kiosk.ui.samples.people import AROUND
from kiosk.ui.words import LANGUAGES, Words, sentences
from tests.fakes.screens import Show, said

KEY, TWO_KEYS = MethodOffer(Method.FIDO2, ("Blue key",)), MethodOffer(Method.FIDO2, ("Blue key", "Spare key"))
CARD, PIN, CODE = MethodOffer(Method.PIV_PIN), MethodOffer(Method.PIN), MethodOffer(Method.OTP)
NONE = "You have no other way here: call the help desk."


def blocked(*offers: MethodOffer, trouble: CardTrouble = CardTrouble.PIN_BLOCKED) -> Prove:
    return Prove(offers, offers[0].method, "type", False, trouble=trouble)


@pytest.mark.parametrize(
    ("offers", "says"),
    [
        ((KEY,), NONE),
        ((TWO_KEYS,), "Take another one of your keys."),
        ((KEY, PIN), "Now use: PIN."),
        ((KEY, CARD, PIN), "Now use: Smart card or PIN."),
        ((CARD, KEY, PIN, CODE), "Now use: Security key, PIN or One-time code."),
    ],
)
def test_what_is_left_to_them_is_said_and_nothing_else(offers: tuple[MethodOffer, ...], says: str) -> None:
    what, then = ways.card_failed(Words("en"), blocked(*offers), CardTrouble.PIN_BLOCKED)
    assert then == says
    assert ("for good" in what) == (offers[0].method is Method.FIDO2)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("trouble", sorted(ways.ENDS_HERE))
def test_whatever_ends_here_says_what_to_do_in_every_language(language: str, trouble: CardTrouble) -> None:
    words = Words(language)
    unknown = words("notice.unknown")
    for prove in (blocked(KEY, trouble=trouble), blocked(CARD, trouble=trouble)):
        both = ways.card_failed(words, prove, trouble)
        assert len(both) == 2
        assert unknown not in both


@pytest.mark.parametrize("method", [Method.PIN, Method.OTP])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_closed_way_says_until_when_or_that_it_is_for_good(language: str, method: Method) -> None:
    at = int(time.time())
    clock = time.strftime("%H:%M", time.localtime(at))
    until = Prove((KEY,), Method.FIDO2, "type", False, refusal=RefusalCode.LOCKED_OUT, closed=Closed(method, at))
    for_good = replace(until, closed=Closed(method, None))
    assert clock in ways.closed(Words(language), until)[0]
    assert clock not in ways.closed(Words(language), for_good)[0]
    assert Words(language)("prove.instead.fido2") in ways.closed(Words(language), for_good)[1]


def test_another_day_is_named() -> None:
    then = int(time.mktime((2026, 3, 9, 8, 5, 0, 0, 0, -1)))
    assert Words("en").clock_time(then) == "March 9, 08:05"
    assert Words("fr").clock_time(then) == "9 mars, 08:05"


@pytest.mark.timeout(600)  # every screen is drawn in it, on a slow machine too
def test_every_full_screen_has_the_number_to_call(show: Show, subtests: pytest.Subtests) -> None:
    for name, screen in SAMPLES.items():
        if screen.name in ("active", "fading"):
            continue
        with subtests.test(name):
            show.done()
            there = replace(screen, status=replace(screen.status, help_desk="4711"))
            assert "Help desk: 4711" in said(show(there).view)
            assert "Help desk:" not in said(show(replace(screen, status=replace(screen.status, help_desk=""))).view)


def test_the_bar_has_it_where_a_sentence_sends_there(show: Show) -> None:
    active = SAMPLES["active"]
    assert isinstance(active, Active)
    for key in sentences("en"):
        if key.startswith(("notice.", "card.")):
            show.done()
            bar = said(show(replace(active, notice=Notice(key))).view)
            assert ("ext. 4242" in bar) == ("help desk" in Words("en")(key)), key
    assert "(ext. 4242)" in said(show(replace(active, help=True)).view)
    unknown = replace(active, help=True, status=replace(AROUND, help_desk=""))
    assert Words("en")("help.desk") in said(show(unknown).view)


def test_a_wrong_pin_that_went_by_itself_says_that_enter_sends_the_next(show: Show) -> None:
    sample = SAMPLES["second-factor-wrong"]
    assert isinstance(sample, SecondFactor)
    prove = replace(sample.prove, by_enter=True, settling=True)
    shown = show(replace(sample, prove=prove))
    assert "then press Enter" in said(shown.view)
