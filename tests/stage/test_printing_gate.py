"""What of a program's words reaches the print server: a gate, and a server that remembers what it was asked."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.stage.printing import asked as a
from kiosk.stage.printing import gate as g
from kiosk.stage.printing import ipp, paper, wishes
from kiosk.stage.printing.asked import Document, Queue
from kiosk.stage.printing.budget import HOUR, MAX_BYTES, MAX_DOCUMENT, MAX_JOBS, Budget
from kiosk.stage.printing.gate import Gate
from kiosk.stage.printing.ipp import Attribute, Group, IppMessage
from kiosk.stage.printing.upstream import NoServerError, Server

WARD, LABEL = "ipp://localhost/printers/ward", "ipp://anything:1/printers/label"
PDF = b"%PDF-1.7 a page"


class Remembers(Server):
    """Makes jobs from 7 on; knows others' as well."""

    def __init__(self) -> None:
        super().__init__("/nowhere")
        self.asked: list[tuple[IppMessage, str, bytes]] = []
        self.job = 6
        self.away = False

    def ask(self, message: IppMessage, resource: str = "/", document: tuple[int, int, int] | None = None) -> IppMessage:
        if self.away:
            raise NoServerError("away")
        content = os.pread(document[0], document[2] - document[1], document[1]) if document else b""
        self.asked.append((ipp.read(ipp.write(message))[0], resource, content))
        groups: tuple[Group, ...] = ()
        if message.code in (g.PRINT_JOB, g.CREATE_JOB):
            self.job += 1
            groups = (job(self.job),)
        elif message.code == g.GET_JOBS:
            groups = (job(3), *(job(n) for n in range(7, self.job + 1)))
        elif message.code == g.GET_PRINTER:
            uri = ipp.text("printer-uri-supported", "ipp://secret-host/printers/x", ipp.URI)
            groups = (Group(ipp.PRINTER, (uri, ipp.text("device-uri", "socket://10.0.0.9", ipp.URI))),)
        return IppMessage(0, message.request, groups)


def job(number: int) -> Group:
    return Group(ipp.JOB, (ipp.integer("job-id", number), ipp.text("job-uri", f"ipp://h/jobs/{number}", ipp.URI)))


@pytest.fixture
def server() -> Remembers:
    return Remembers()


@pytest.fixture
def gate(server: Remembers) -> Gate:
    return Gate("ada", (Queue("ward"), Queue("label", raw=True)), server, Budget())


@pytest.fixture
def spool() -> Iterator[int]:
    descriptor = os.memfd_create("document")
    yield descriptor
    os.close(descriptor)


def ask(code: int, *operation: Attribute, wishes: Sequence[Attribute] = ()) -> IppMessage:
    groups = (Group(ipp.OPERATION, operation), *((Group(ipp.JOB, tuple(wishes)),) if wishes else ()))
    return IppMessage(code, 42, groups)


def to(uri: str) -> Attribute:
    return ipp.text("printer-uri", uri, ipp.URI)


def document(spool: int, content: bytes) -> Document:
    os.pwrite(spool, content, 0)
    return Document(spool, 0, len(content))


NONE = Document(-1, 0, 0)


def printed(
    gate: Gate, spool: int, *also: Attribute, wishes: Sequence[Attribute] = (), content: bytes = PDF
) -> IppMessage:
    return gate.answer(ask(g.PRINT_JOB, to(WARD), *also, wishes=wishes), document(spool, content))


def test_a_job_goes_on_in_the_persons_name_and_to_the_queue_by_our_own_words(
    gate: Gate, server: Remembers, spool: int
) -> None:
    claims = (ipp.text("requesting-user-name", "ben", ipp.NAME), ipp.text("job-name", "a`b$(c)", ipp.NAME))
    answer = printed(gate, spool, *claims, ipp.text("document-format", paper.RAW, ipp.MIME))
    message, resource, content = server.asked[0]
    said = {attribute.name: attribute.text for attribute in message.groups[0].attributes}
    assert said["requesting-user-name"] == "ada" and said["printer-uri"] == WARD
    assert said["job-name"] == "a_b_(c)" and said["document-format"] == "application/pdf"
    assert (resource, content) == ("/printers/ward", PDF)
    assert (answer.code, answer.request) == (0, 42)
    assert answer.find(ipp.JOB, "job-uri") == ipp.text("job-uri", "ipp://localhost/jobs/7", ipp.URI)


def test_wishes_for_the_paper_go_on_and_no_others(gate: Gate, server: Remembers, spool: int) -> None:
    kept = [ipp.text("sides", "two-sided-long-edge"), ipp.text("PageSize", "A5", ipp.NAME), ipp.integer("copies", 2)]
    left_out = [
        ipp.text("job-hold-until", "indefinite"),
        ipp.integer("job-priority", 100),
        ipp.text("job-originating-user-name", "ben", ipp.NAME),
        ipp.text("notify-recipient-uri", "mailto:x@y", ipp.URI),
        ipp.text("raw", "true"),
        ipp.text("InputSlot", "`id`", ipp.NAME),
        ipp.text("document-uri", "file:///etc/shadow", ipp.URI),
        ipp.text("CUPS\n", "x"),
    ]
    printed(gate, spool, wishes=[*left_out, *kept])
    assert server.asked[0][0].groups[1].attributes == tuple(kept)


def test_copies_are_at_most_99() -> None:
    assert wishes.for_paper([ipp.integer("copies", 2_000_000_000)]) == (ipp.integer("copies", 99),)


@pytest.mark.parametrize(
    "uri",
    [
        "ipp://localhost/printers/office",
        "ipp://localhost/printers/ward/../office",
        "ipp://localhost/printers/ward%2f..%2foffice",
        "ipp://localhost/printers/ward?x=/printers/office",
        "ipp://localhost/classes/ward",
        "http://localhost/printers/ward",
        "file:///printers/ward",
        "ipp://localhost/printers/Ward",
        "",
    ],
)
def test_another_queue_by_whatever_name_is_none(gate: Gate, server: Remembers, spool: int, uri: str) -> None:
    answer = gate.answer(ask(g.PRINT_JOB, to(uri)), document(spool, PDF))
    assert answer.code == a.NOT_FOUND and not server.asked


ADMIN = [
    *(0x0003, 0x0007, 0x000C, 0x000D, 0x000E, 0x0010, 0x0011, 0x0012, 0x0013, 0x0014, 0x0016, 0x0017, 0x0019, 0x0022),
    *(0x0023, 0x0038, 0x0039, 0x003A, 0x4003, 0x4004, 0x4006, 0x4007, 0x4008, 0x4009, 0x400A, 0x400B, 0x400C, 0x400D),
    *(0x400E, 0x400F, 0x4027, 0x4028, 0x0000, 0xFFFF),
]


@pytest.mark.parametrize("code", ADMIN, ids=hex)
def test_no_other_operation_goes_on(gate: Gate, server: Remembers, code: int) -> None:
    assert gate.answer(ask(code, to(WARD)), NONE).code == a.NOT_SUPPORTED
    assert not server.asked


@pytest.mark.parametrize("code", [g.CANCEL_JOB, g.GET_JOB, g.CLOSE_JOB, g.SEND_DOCUMENT], ids=hex)
@pytest.mark.parametrize("number", [3, 6, 8, -1, 0])
def test_a_job_that_this_workspace_did_not_make_is_none(
    gate: Gate, server: Remembers, spool: int, code: int, number: int
) -> None:
    printed(gate, spool)
    for which in (ipp.integer("job-id", number), ipp.text("job-uri", f"ipp://localhost/jobs/{number}", ipp.URI)):
        assert gate.answer(ask(code, to(WARD), which), NONE).code == a.NOT_FOUND
    assert len(server.asked) == 1


def test_two_names_for_a_job_are_not_read_in_two_ways(gate: Gate, server: Remembers, spool: int) -> None:
    printed(gate, spool)
    both = (ipp.integer("job-id", 7), ipp.text("job-uri", "ipp://localhost/jobs/3", ipp.URI))
    assert gate.answer(ask(g.CANCEL_JOB, *both), NONE).code == a.NOT_FOUND
    assert gate.answer(ask(g.CANCEL_JOB, ipp.text("job-uri", "ipp://h/jobs/7", ipp.URI)), NONE).code == a.OK
    assert server.asked[-1][0].find(ipp.OPERATION, "job-id") == ipp.integer("job-id", 7)


def test_only_the_own_jobs_are_listed(gate: Gate, server: Remembers, spool: int) -> None:
    printed(gate, spool)
    server.job = 9  # two of somebody else's
    answer = gate.answer(ask(g.GET_JOBS, to(WARD)), NONE)
    assert [group.find("job-id") for group in answer.groups[1:]] == [ipp.integer("job-id", 7)]
    assert server.asked[-1][0].find(ipp.OPERATION, "my-jobs") == ipp.yes("my-jobs")


def test_a_printers_address_is_told_to_nobody(gate: Gate) -> None:
    answer = gate.answer(ask(g.GET_PRINTERS), NONE)
    assert [group.find("printer-uri-supported") for group in answer.groups[1:]] == [
        ipp.text("printer-uri-supported", f"ipp://localhost/printers/{name}", ipp.URI) for name in ("ward", "label")
    ]
    assert answer.find(ipp.PRINTER, "device-uri") is None


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "application/pdf"),
        (b"%!PS-Adobe-3.0", "application/postscript"),
        (b"#CUPS-COMMAND\nPrintSelfTestPage", "text/plain"),
        (b"hello\r\n\f", "text/plain"),
        ("Grüße".encode(), "text/plain"),
        (b"\x1b%-12345X@PJL INFO", ""),
        (b"\x1bE", ""),
        (b"\0", ""),
        (b"", ""),
    ],
)
def test_a_document_is_what_it_begins_with(content: bytes, kind: str) -> None:
    assert paper.kind(content, raw=False) == kind
    assert paper.kind(content, raw=True) == paper.RAW


def test_a_document_that_is_none_of_these_does_not_go_on(gate: Gate, server: Remembers, spool: int) -> None:
    assert printed(gate, spool, content=b"\x1b%-12345X@PJL").code == a.NO_SUCH_KIND
    assert not server.asked
    assert gate.answer(ask(g.PRINT_JOB, to(LABEL)), document(spool, b"\x1bE")).code == a.OK


def test_a_server_that_is_away_is_said(gate: Gate, server: Remembers) -> None:
    server.away = True
    answer = gate.answer(ask(g.GET_PRINTER, to(WARD)), NONE)
    said = answer.find(ipp.OPERATION, "status-message")
    assert answer.code == a.AWAY and said is not None and "does not answer" in said.text


def test_an_hour_has_its_jobs_and_bytes() -> None:
    now = [0.0]
    budget = Budget(lambda: now[0])
    assert all(budget.spend(0) for _ in range(MAX_JOBS)) and not budget.spend(0)
    now[0] = HOUR
    assert budget.spend(MAX_BYTES) and not budget.spend(1)
    now[0] = 2 * HOUR
    assert budget.spend(1)


def test_what_is_read_at_a_time_is_bounded() -> None:
    budget = Budget()
    assert budget.hold(MAX_DOCUMENT) and not budget.hold(1)
    budget.let_go(1)
    assert budget.hold(1)


@given(st.binary(max_size=300))
def test_whatever_comes_is_a_message_or_none(data: bytes) -> None:
    try:
        message, length = ipp.read(data)
    except ipp.BadMessageError:
        return
    assert length <= len(data) and ipp.read(ipp.write(message))[0] == message


NAMES = st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=9)
VALUES = st.lists(st.tuples(st.integers(0x10, 0x7F), st.binary(max_size=20)), min_size=1, max_size=4).map(tuple)
GROUPS = st.builds(
    Group, st.sampled_from([1, 2, 4, 5]), st.lists(st.builds(Attribute, NAMES, VALUES), max_size=4).map(tuple)
)


@given(
    st.builds(
        IppMessage,
        st.integers(0, 0xFFFF),
        st.integers(0, 2**32 - 1),
        st.lists(GROUPS, max_size=3).map(tuple),
        st.binary(min_size=2, max_size=2),
    )
)
def test_a_message_is_read_as_it_was_written(message: IppMessage) -> None:
    assert ipp.read(ipp.write(message))[0] == message


def test_whoever_prints_without_end_is_told_to_wait(server: Remembers, spool: int) -> None:
    budget = Budget(lambda: 0.0)
    gate = Gate("ada", (Queue("ward"),), server, budget)
    assert all(printed(gate, spool).code == a.OK for _ in range(MAX_JOBS))
    answer = printed(gate, spool)
    said = answer.find(ipp.OPERATION, "status-message")
    assert answer.code == a.NOT_POSSIBLE and said is not None and "Wait" in said.text
    assert len(server.asked) == MAX_JOBS


def test_a_description_names_no_address(server: Remembers, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    ppd = b'*PPD-Adobe: "4.3"\n*APSupplyURI: "http://10.0.0.9/supplies"\n*PageSize A4: ""\n'
    monkeypatch.setattr(server, "fetch", lambda resource: ppd)
    assert gate.description("ward") == b'*PPD-Adobe: "4.3"\n*PageSize A4: ""\n'
