"""A program cannot reach a queue that is not its station's to give, another person's jobs, or CUPS's administration.

Behind the gate is a real CUPS that would let anybody do anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from kiosk.stage.printing import asked as a
from kiosk.stage.printing import gate as g
from kiosk.stage.printing import ipp
from kiosk.stage.printing.ipp import Attribute, Group, IppMessage
from kiosk.stage.printing.upstream import beginning
from tests.fakes.errands import INSIDE, Errands
from tests.fakes.print_station import PrintStation, print_station
from tests.fakes.staging import ROOT, Staging
from tests.fakes.visible_display import Glass, xvfb

pytestmark = pytest.mark.display
SAYS = f"/usr/bin/python3 {ROOT}/tests/fakes/says_inside.py"
ADD_PRINTER, DELETE_PRINTER, GET_DOCUMENT, RESUME_PRINTER = 0x4003, 0x4004, 0x4027, 0x0011
HELD, OFFICE = "ipp://localhost/printers/held", "ipp://localhost/printers/office"


@pytest.fixture(scope="module")
def cups() -> Iterator[PrintStation]:
    with print_station(["ward", "office"], stopped=["held"]) as station:
        yield station


@pytest.fixture(scope="module")
def stage(cups: PrintStation) -> Iterator[Staging]:
    with xvfb() as name:
        glass = Glass(name)
        with Staging(glass, [INSIDE], printing=[cups.address, "ward", "held"], rest=0) as staging:
            staging.greet()
            yield staging
        glass.close()


@pytest.fixture(scope="module")
def job(stage: Staging, cups: PrintStation) -> Iterator[int]:
    """Ben's, which waits."""
    ben = Errands(stage, 2, "ben")
    said = ben.run("echo '%PDF-1.4 of a patient' | lp -d held -t secret")[1]
    found = re.search(r"held-(\d+)", said)
    assert found and found[0] in cups.run("lpstat", "-o")
    yield int(found[1])
    ben.close()


@pytest.fixture(scope="module")
def ada(stage: Staging, job: int) -> Iterator[Errands]:
    errands = Errands(stage, 1, "ada")
    yield errands
    errands.close()


def said(ada: Errands, data: bytes) -> bytes:
    status, text = ada.run(f"{SAYS} {data.hex()}")
    assert status == 0, text
    return bytes.fromhex(text)


def asked(ada: Errands, code: int, *also: Attribute, resource: str = "/", document: bytes = b"") -> tuple[int, bytes]:
    """The status, and all that was answered."""
    body = ipp.write(IppMessage(code, 1, (Group(ipp.OPERATION, (*beginning(), *also)),))) + document
    head = f"POST {resource} HTTP/1.1\r\nContent-Type: application/ipp\r\nContent-Length: {len(body)}\r\n\r\n"
    answer = said(ada, head.encode() + body).partition(b"\r\n\r\n")[2]
    return int.from_bytes(answer[2:4], "big"), answer


def uri(name: str, value: str) -> Attribute:
    return ipp.text(name, value, ipp.URI)


def who(login: str) -> Attribute:
    return ipp.text("requesting-user-name", login, ipp.NAME)


@pytest.mark.parametrize("resource", ["/", "/printers/office", "/printers/ward"])
def test_another_queue_by_its_address(cups: PrintStation, ada: Errands, resource: str) -> None:
    status, _ = asked(ada, g.PRINT_JOB, uri("printer-uri", OFFICE), resource=resource, document=b"%PDF-1.4")
    assert status == a.NOT_FOUND
    assert "office" not in cups.run("lpstat", "-W", "all", "-o")


@pytest.mark.parametrize("login", ["ben", "root", "ada"])
def test_the_jobs_of_others(ada: Errands, job: int, login: str) -> None:
    for printer in (HELD, "ipp://localhost/"):
        for mine in (True, False):
            also = (uri("printer-uri", printer), who(login), ipp.yes("my-jobs", mine), ipp.text("which-jobs", "all"))
            status, answer = asked(ada, g.GET_JOBS, *also)
            assert status == a.OK and b"/jobs/" not in answer and b"secret" not in answer


@pytest.mark.parametrize("code", [g.CANCEL_JOB, g.GET_JOB, g.SEND_DOCUMENT, GET_DOCUMENT], ids=hex)
def test_another_s_job_by_its_number(cups: PrintStation, ada: Errands, job: int, code: int) -> None:
    for login in ("ben", "root"):
        also = (uri("printer-uri", HELD), ipp.integer("job-id", job), who(login))
        status, answer = asked(ada, code, *also)
        assert status in (a.NOT_FOUND, a.NOT_SUPPORTED) and b"patient" not in answer
    assert f"held-{job} " in cups.run("lpstat", "-o")


@pytest.mark.parametrize("code", [ADD_PRINTER, DELETE_PRINTER, RESUME_PRINTER], ids=hex)
def test_administration(cups: PrintStation, ada: Errands, code: int) -> None:
    ppd = b'*PPD-Adobe: "4.3"\n*FoomaticRIPCommandLine: "id"\n'
    status, _ = asked(ada, code, uri("printer-uri", HELD), who("root"), resource="/admin/", document=ppd)
    assert status == a.NOT_SUPPORTED
    assert "disabled" in cups.run("lpstat", "-p", "held")


@pytest.mark.parametrize(
    "line",
    [
        "PUT /admin/conf/cupsd.conf",
        "GET /admin/conf/cupsd.conf",
        "GET /admin/log/error_log",
        "GET /jobs/",
        "GET /printers/office.ppd",
        "GET /printers/../admin/conf/cupsd.conf",
        "GET /printers/..%2f..%2fetc/shadow.ppd",
        "GET /printers/ward.ppd/../office.ppd",
        "OPTIONS *",
        "POST /admin/",
    ],
)
def test_files_and_pages_of_the_server(ada: Errands, line: str) -> None:
    answer = said(ada, f"{line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: PeerCred root\r\n\r\n".encode())
    assert answer.split(b" ")[1] in (b"403", b"404")


def test_two_lengths(ada: Errands) -> None:
    head = b"POST / HTTP/1.1\r\nContent-Type: application/ipp\r\nContent-Length: 4\r\n"
    for also in (b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"Content-Length: 5\r\n\r\nabcde"):
        assert said(ada, head + also).split(b" ")[1] == b"400"


def test_an_endless_document(cups: PrintStation, ada: Errands) -> None:
    before = cups.spooled()
    status, text = ada.run("(echo '%PDF-1.4'; head -c 70000000 /dev/zero) | lp -d ward -t endless")
    assert status != 0 and "64 MiB" in text
    assert cups.spooled() == before
    assert ada.run("echo '%PDF-1.4' | lp -d held -t next")[0] == 0


def test_a_crowd_that_says_nothing(ada: Errands) -> None:
    assert ada.run(f"{SAYS} crowd 100 >/tmp/crowd 2>&1 & until grep -q . /tmp/crowd; do sleep 0.1; done")[0] == 0
    assert ada.run("echo '%PDF-1.4' | lp -d held -t through")[0] == 0


def test_the_servers_own_socket_spool_and_port(cups: PrintStation, ada: Errands) -> None:
    assert ada.run(f"ls {cups.address} || ls /var/spool/cups /etc/cups")[0] != 0
    ports = "import socket; socket.create_connection(('127.0.0.1', 631), 2)"
    assert ada.run(f'/usr/bin/python3 -c "{ports}"')[0] != 0
