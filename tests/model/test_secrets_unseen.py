"""What carries a secret shows it in no log, no traceback and no pickle."""

from __future__ import annotations

import pickle

import pytest

from kiosk.model.enrolment import CodeAppOffer, PinMade, RecoveryOffer, StartCodePresented, TypedTried
from kiosk.model.proof import OtpProof, PinProof, RecoveryProof
from kiosk.model.secret import Secret

HIDDEN = "8812-3344"


@pytest.mark.parametrize(
    "carrier",
    [
        PinProof(HIDDEN),
        OtpProof(HIDDEN),
        RecoveryProof(4, HIDDEN),
        StartCodePresented(HIDDEN),
        CodeAppOffer(uri=f"otpauth://{HIDDEN}", secret=HIDDEN),
        RecoveryOffer((HIDDEN,), 1),
        PinMade(HIDDEN),
        TypedTried(HIDDEN),
        Secret(HIDDEN),
    ],
    ids=lambda one: type(one).__name__,
)
def test_it_says_its_name_and_not_what_it_carries(carrier: object) -> None:
    assert HIDDEN not in f"{carrier!r} {carrier}"
    assert HIDDEN not in repr([carrier])


def test_a_secret_is_not_stored() -> None:
    with pytest.raises(TypeError, match="not for storing"):
        pickle.dumps(Secret(HIDDEN))


def test_two_secrets_are_compared_and_a_copy_outlives_the_other() -> None:
    first = Secret(HIDDEN)
    copy = first.copy()
    assert first.same_as(copy)
    assert not first.same_as(Secret("8812-3345"))
    first.wipe()
    assert copy.reveal() == HIDDEN


@pytest.mark.parametrize(
    ("text", "measured"), [("1234", (4, 4)), ("grün", (4, 5)), ("gru\u0308n", (4, 5)), ("", (0, 0))]
)
def test_a_pin_is_measured_in_the_form_in_which_a_key_takes_it(text: str, measured: tuple[int, int]) -> None:
    assert Secret(text).measure() == measured
