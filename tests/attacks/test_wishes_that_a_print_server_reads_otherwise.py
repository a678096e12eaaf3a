"""What the gate to the printers takes for a wish for the paper must be one for CUPS, too.

CUPS compares the names of attributes without regard to capitals, and takes a member's name for an attribute's
wherever one stands. So a driver's option could be a hold, a priority or an address to tell, and a choice of paper could
bring attributes of its own along. Behind the gate is a real CUPS that would let anybody do anything.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.stage.printing import gate as g
from kiosk.stage.printing import ipp
from kiosk.stage.printing.asked import Document, Queue
from kiosk.stage.printing.budget import Budget
from kiosk.stage.printing.gate import Gate
from kiosk.stage.printing.ipp import Attribute, Group, IppMessage
from kiosk.stage.printing.upstream import Server, beginning
from tests.fakes.print_station import PrintStation, print_station

HELD = "ipp://localhost/printers/held"
PDF = b"%PDF-1.4 of a patient"


@pytest.fixture(scope="module")
def cups() -> Iterator[PrintStation]:
    with print_station([], stopped=["held"]) as station:
        yield station


@pytest.fixture
def gate(cups: PrintStation) -> Gate:
    return Gate("ada", (Queue("held"),), Server(cups.address), Budget())


def printed(gate: Gate, *wishes: Attribute) -> IppMessage:
    spool = os.memfd_create("document")
    try:
        os.write(spool, PDF)
        groups = (Group(ipp.OPERATION, (ipp.text("printer-uri", HELD, ipp.URI),)), Group(ipp.JOB, wishes))
        return gate.answer(IppMessage(g.PRINT_JOB, 1, groups), Document(spool, 0, len(PDF)))
    finally:
        os.close(spool)


def as_cups_has_it(cups: PrintStation, made: IppMessage) -> dict[str, bytes]:
    """Every attribute of the job, by its name in small letters, with its first value."""
    number = made.find(ipp.JOB, "job-id")
    assert number is not None, made
    wanted = (*beginning(), ipp.text("printer-uri", HELD, ipp.URI), ipp.integer("job-id", number.number))
    answer = Server(cups.address).ask(IppMessage(g.GET_JOB, 1, (Group(ipp.OPERATION, wanted),)), "/printers/held")
    return {item.name.lower(): item.values[0][1] for group in answer.groups for item in group.attributes}


HOSTILE = (
    ipp.text("Job-Hold-Until", "indefinite"),
    ipp.integer("Job-Priority", 100),
    ipp.integer("Copies", 9999),
    ipp.text("Job-Sheets", "classified", ipp.NAME),
    ipp.text("Job-Billing", "x", ipp.NAME),
    ipp.text("Media", "A5"),
)


@pytest.mark.parametrize("wish", HOSTILE, ids=lambda wish: wish.name)
def test_a_drivers_option_is_no_attribute_in_capitals(cups: PrintStation, gate: Gate, wish: Attribute) -> None:
    plain = as_cups_has_it(cups, printed(gate))
    made = as_cups_has_it(cups, printed(gate, wish))
    assert made.get(wish.name.lower()) == plain.get(wish.name.lower())


SMUGGLED = ((ipp.MEMBER, b"job-hold-until"), (ipp.KEYWORD, b"indefinite"))
BEGUN, ENDED = (ipp.COLLECTION, b""), (ipp.END_COLLECTION, b"")
SIZE = ((ipp.MEMBER, b"media-type"), (ipp.KEYWORD, b"plain"))


@pytest.mark.parametrize(
    "wish",
    [
        Attribute("media", ((ipp.KEYWORD, b"a4"), *SMUGGLED)),
        Attribute("PageSize", ((ipp.NAME, b"A4"), *SMUGGLED)),
        Attribute("media-col", SMUGGLED),
        Attribute("media-col", (BEGUN, *SIZE, ENDED, *SMUGGLED)),
        Attribute("media-col", (BEGUN, *SIZE, ENDED, ENDED, *SMUGGLED)),
        Attribute("media-col", (BEGUN, *SIZE)),
        Attribute("media-col", (ENDED,)),
        Attribute("media-col", (BEGUN, (ipp.KEYWORD, b"plain"), ENDED)),
    ],
    ids=["media", "option", "no-collection", "after-it", "after-two-ends", "no-end", "no-begin", "no-name"],
)
def test_members_stand_in_a_collection_alone(cups: PrintStation, gate: Gate, wish: Attribute) -> None:
    made = as_cups_has_it(cups, printed(gate, wish, ipp.text("sides", "one-sided")))
    assert made["job-hold-until"] == b"no-hold"
    assert made["sides"] == b"one-sided"
    assert cups.spooled() and PDF in spooled(cups)


def spooled(cups: PrintStation) -> bytes:
    """The document that came last."""
    return (Path(cups.address).parent / "spool" / cups.spooled()[-1]).read_bytes()


def test_a_choice_of_paper_in_a_collection_goes_on(cups: PrintStation, gate: Gate) -> None:
    size = (BEGUN, (ipp.MEMBER, b"x-dimension"), (ipp.INTEGER, (14800).to_bytes(4, "big")), ENDED)
    wish = Attribute("media-col", (BEGUN, (ipp.MEMBER, b"media-size"), *size, *SIZE, ENDED))
    assert "media-col" in as_cups_has_it(cups, printed(gate, wish))
