"""What the rest of the house relies on: a challenge is checked before anything is sent, and importing costs nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kiosk import reader
from kiosk.credential import ChallengeNotBoundError, errors, sign
from kiosk.credential.errors import LastTryError, PinBlockedError, WrongCardError
from kiosk.credential.tries import MAX_WARNED, PinTries
from kiosk.model.binding import STEP_UP_LABEL, b64u, challenge
from kiosk.model.card import CardTrouble
from kiosk.model.proof import Method
from kiosk.model.secret import Secret
from tests.credential.cards import key_chip, piv_chip
from tests.credential.wire import NONCE, STATEMENT, a_challenge, changed, never

TAPS = [Method.FIDO2_TAP, Method.PIV_TAP]
CARD_METHODS = [Method.FIDO2, Method.PIV_PIN, *TAPS]
OTHER_LABEL = "kiosk/other/v1"


@pytest.mark.parametrize("method", CARD_METHODS)
@pytest.mark.parametrize(
    "fields",
    [
        {"statement": STATEMENT.replace("12", "12000")},
        {"nonce": b64u(bytes(32))},
        {"nonce": b64u(bytes(31))},
        {"nonce": "no base64url!"},
        {"challenge": b64u(bytes(32))},
        {"challenge": ""},
        {"label": OTHER_LABEL, "challenge": b64u(challenge(OTHER_LABEL, NONCE, STATEMENT.encode()))},
        {"label": ""},
        {"origin": "http://auth.hospital.example"},
        {"origin": "https://evil.example"},
        {"origin": "https://sub.auth.hospital.example"},
        {"origin": "https://[half"},
        {"rp_id": "hospital.example"},
        {"statement": "\udcff"},
    ],
    ids=str,
)
def test_a_challenge_that_is_not_what_it_says_is_refused_unsent(method: Method, fields: dict[str, str]) -> None:
    card = piv_chip() if method in (Method.PIV_TAP, Method.PIV_PIN) else key_chip()
    secret = Secret("123456")
    with pytest.raises(ChallengeNotBoundError):
        sign(card, changed(a_challenge(method), **fields), secret, never())
    assert card.sent == []
    assert not secret


@pytest.mark.parametrize("method", TAPS)
def test_a_tap_never_approves_a_step_up(method: Method) -> None:
    with pytest.raises(ChallengeNotBoundError):
        sign(key_chip(), a_challenge(method, label=STEP_UP_LABEL), None, never())


@pytest.mark.parametrize("method", [Method.PIN, Method.OTP])
def test_what_needs_no_card_is_never_signed_by_one(method: Method) -> None:
    with pytest.raises(ChallengeNotBoundError):
        sign(key_chip(), a_challenge(method), None, never())


def test_an_origin_may_name_a_port() -> None:
    local = changed(a_challenge(Method.FIDO2_TAP), origin="https://localhost:8443", rp_id="localhost")
    with pytest.raises(WrongCardError):
        sign(piv_chip(), local, None, never())


def test_importing_the_front_loads_no_heavy_library() -> None:
    heavy = {"fido2", "cryptography", "smartcard", "kiosk.reader"}
    code = f"import sys, kiosk.credential; print(sorted({heavy!r} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_warming_up_loads_what_the_first_card_needs() -> None:
    code = "import sys, kiosk.credential as c; c.warm_up(); print('fido2.ctap2' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "True"


def test_a_last_try_is_announced_once_a_card_and_again_after_it_was_used() -> None:
    tries = PinTries()
    tries.allow(b"a", 2)
    tries.allow(b"a", None)
    with pytest.raises(LastTryError):
        tries.allow(b"a", 1)
    with pytest.raises(LastTryError):
        tries.allow(b"b", 1)
    tries.allow(b"a", 1)
    tries.done(b"a")
    with pytest.raises(LastTryError):
        tries.allow(b"a", 1)
    with pytest.raises(PinBlockedError):
        tries.allow(b"a", 0)


def test_the_memory_of_last_tries_does_not_grow_for_ever() -> None:
    tries = PinTries()
    for number in range(MAX_WARNED + 1):
        with pytest.raises(LastTryError):
            tries.allow(bytes([number]), 1)
    with pytest.raises(LastTryError):
        tries.allow(bytes([0]), 1)
    tries.allow(bytes([MAX_WARNED]), 1)


def test_every_trouble_that_a_card_can_be_in_has_its_fact() -> None:
    def leaves(kind: type[errors.CredentialError]) -> set[CardTrouble]:
        return {kind.trouble}.union(*(leaves(sub) for sub in kind.__subclasses__()))

    assert leaves(errors.CredentialError) == set(CardTrouble)


def test_every_fact_of_a_reader_has_its_name_in_this_room() -> None:
    named = {
        reader.CardGoneError: errors.LiftedEarlyError,
        reader.CardMuteError: errors.SilentCardError,
        reader.CardExclusiveError: errors.CardInUseError,
        reader.CardCancelledError: errors.RequestDroppedError,
        reader.ReaderGoneError: errors.ReaderLostError,
        reader.CardServiceStoppedError: errors.ReaderLostError,
        reader.CardServiceDeniedError: errors.ReaderDeniedError,
        reader.CardError: errors.GarbledCardError,
    }
    for fact, name in named.items():
        with pytest.raises(errors.CredentialError) as raised, errors.readers_errors_named():
            raise fact
        assert type(raised.value) is name
