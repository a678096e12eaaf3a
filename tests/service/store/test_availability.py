"""Whether the database is there is said once, by whoever meets it first, and once more when it is back."""

from __future__ import annotations

import logging

import pytest

from kiosk.service.platform import background
from kiosk.service.store.availability import Availability
from kiosk.service.store.errors import (
    StoreBusyError,
    StoreConflictError,
    StoreDownError,
    StoreError,
    StoreFullError,
    StoreStandbyError,
)


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize("state", ["", "08006", "57P01", "57P03"])
def test_a_server_that_is_gone_is_told_of_once(caplog: pytest.LogCaptureFixture, state: str) -> None:
    now = [100.0]
    there = Availability(lambda: now[0])
    assert there.away == 0
    assert all(there.failed(StoreDownError("It is gone."), state).told for _ in range(50))
    now[0] = 130.0
    assert there.away == 30
    there.answered()
    there.answered()
    assert there.away == 0
    assert said(caplog) == [
        "the database cannot be used, and stations are told so until it can: It is gone.",
        "the database can be used again, after 30 s and 50 attempts",
    ]


def test_a_standby_is_away_too(caplog: pytest.LogCaptureFixture) -> None:
    assert Availability().failed(StoreStandbyError("Promote one."), "25006").told
    assert said(caplog) == ["the database cannot be used, and stations are told so until it can: Promote one."]


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (StoreDownError("It has not the tables."), "42P01"),
        (StoreBusyError("Others were first."), "57014"),
        (StoreFullError("No room."), "53100"),
        (StoreConflictError("unique"), "23505"),
    ],
)
def test_an_answer_that_is_a_no_is_left_to_whoever_asked(
    caplog: pytest.LogCaptureFixture, error: StoreError, state: str
) -> None:
    there = Availability()
    assert there.failed(error, state) is error
    assert (error.told, there.away, said(caplog)) == (False, 0, [])


async def test_work_in_the_background_repeats_nothing_that_was_told(caplog: pytest.LogCaptureFixture) -> None:
    error = StoreDownError("It is gone.")

    async def fails() -> None:
        raise error

    assert not await background.attempt("tidying", fails)
    error.told = True
    assert not await background.attempt("tidying", fails)
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, "tidying failed: It is gone.")
    ]
