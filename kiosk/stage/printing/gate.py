"""What may be asked of the print server from one workspace, and in which words it is asked.

Nothing that a program says goes on as it stands. Of an operation that is known here a new one is made. It is for a
queue of the station's settings, and in the name of the person who is signed in. It has wishes for the paper
(``wishes``) and a kind of document that was looked at (``paper``). Jobs are this workspace's own, remembered by their
numbers. [RFC 8011]
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

from kiosk.stage.printing import asked as a
from kiosk.stage.printing import ipp, shown
from kiosk.stage.printing.asked import Document, Queue, RefusedError
from kiosk.stage.printing.budget import Budget
from kiosk.stage.printing.ipp import Attribute, Group, IppMessage
from kiosk.stage.printing.upstream import NoServerError, Server, beginning, question, queue_uri

PRINT_JOB, VALIDATE_JOB, CREATE_JOB, SEND_DOCUMENT = 0x0002, 0x0004, 0x0005, 0x0006
CANCEL_JOB, GET_JOB, GET_JOBS, GET_PRINTER, CLOSE_JOB = 0x0008, 0x0009, 0x000A, 0x000B, 0x003B
GET_DEFAULT, GET_PRINTERS, GET_CLASSES = 0x4001, 0x4002, 0x4005
_REMEMBERED = 1000
"""Jobs of a workspace that it may still ask for."""
_PRINTER = re.compile(r"ipps?://[^/?#]*/printers/([A-Za-z0-9_.-]{1,127})")
_EVERY = re.compile(r"ipps?://[^/?#]*/?(printers/?|jobs/?)?")
_JOB = re.compile(r"ipps?://[^/?#]*/jobs/(\d{1,9})")
_WHICH = (b"completed", b"not-completed", b"all")


class Gate:
    """Of one workspace, whose person is ``login``. ``queues``: the first is the one that is offered first."""

    def __init__(self, login: str, queues: tuple[Queue, ...], server: Server, budget: Budget) -> None:
        self._login, self._queues, self._server, self._budget = login, queues, server, budget
        self._lock = threading.Lock()
        self._jobs: dict[int, Queue] = {}
        self._acts: dict[int, Callable[[IppMessage, Document], IppMessage]] = {
            PRINT_JOB: self._print,
            VALIDATE_JOB: self._begin,
            CREATE_JOB: self._begin,
            SEND_DOCUMENT: self._send,
            CANCEL_JOB: self._of_a_job,
            CLOSE_JOB: self._of_a_job,
            GET_JOB: self._of_a_job,
            GET_JOBS: self._list,
            GET_PRINTER: self._describe,
            GET_DEFAULT: lambda asked, _: self._printers(asked, self._queues[:1]),
            GET_PRINTERS: lambda asked, _: self._printers(asked, self._queues),
            GET_CLASSES: lambda asked, _: shown.answer(asked, a.OK),
        }

    def answer(self, asked: IppMessage, document: Document) -> IppMessage:
        """Never raises: what is refused is answered with a sentence."""
        act = self._acts.get(asked.code)
        try:
            if act is None:
                raise RefusedError(a.NOT_SUPPORTED, "A workspace may print, and look after its own jobs; nothing else.")
            if document.end > document.begin and asked.code not in (PRINT_JOB, SEND_DOCUMENT):
                raise RefusedError(a.BAD, "No document belongs to that.")
            return act(asked, document)
        except RefusedError as error:
            return shown.answer(asked, error.code, said=str(error))
        except NoServerError:
            return shown.answer(asked, a.AWAY, said="The print server of this station does not answer.")

    def description(self, name: str) -> bytes | None:
        """The PPD of the queue of that name, for programs that still want one; None for none. Raises
        ``NoServerError``."""
        known = any(queue.name == name for queue in self._queues)
        found = self._server.fetch(f"/printers/{name}.ppd") if known else None
        return shown.description(found) if found is not None else None

    def _queue(self, asked: IppMessage) -> Queue:
        """The one that is named. Raises ``RefusedError``."""
        uri = asked.find(ipp.OPERATION, "printer-uri")
        found = _PRINTER.fullmatch(uri.text) if uri is not None else None
        for queue in self._queues:
            if found and found[1] == queue.name:
                return queue
        raise RefusedError(a.NOT_FOUND, "This station's workspaces have no such printer.")

    def _job(self, asked: IppMessage) -> tuple[int, Queue]:
        """The one that is named, if it is this workspace's. Raises ``RefusedError``."""
        uri, number = asked.find(ipp.OPERATION, "job-uri"), asked.find(ipp.OPERATION, "job-id")
        found = _JOB.fullmatch(uri.text) if uri is not None else None
        which = int(found[1]) if found else number.number if uri is None and number is not None else -1
        with self._lock:
            queue = self._jobs.get(which)
        if queue is None:
            raise RefusedError(a.NOT_FOUND, "This workspace has no such job.")
        return which, queue

    def _ask(self, code: int, queue: Queue, also: tuple[Attribute, ...], *groups: Group) -> IppMessage:
        begin = (*beginning(), ipp.text("printer-uri", queue_uri(queue.name), ipp.URI))
        mine = (ipp.text("requesting-user-name", self._login, ipp.NAME), *also)
        return IppMessage(code, 1, (Group(ipp.OPERATION, begin + mine), *groups))

    def _print(self, asked: IppMessage, document: Document) -> IppMessage:
        queue = self._queue(asked)
        self._spend(document.end - document.begin)
        kind = ipp.text("document-format", a.kind(document, queue), ipp.MIME)
        message = self._ask(PRINT_JOB, queue, (a.title(asked), kind), *a.wishes(asked))
        return self._new(asked, self._server.ask(message, f"/printers/{queue.name}", document), queue)

    def _begin(self, asked: IppMessage, _document: Document) -> IppMessage:
        queue = self._queue(asked)
        if asked.code == CREATE_JOB:
            self._spend(0)
        message = self._ask(asked.code, queue, (a.title(asked),), *a.wishes(asked))
        return self._new(asked, self._server.ask(message, f"/printers/{queue.name}"), queue)

    def _send(self, asked: IppMessage, document: Document) -> IppMessage:
        number, queue = self._job(asked)
        last = asked.find(ipp.OPERATION, "last-document")
        also: tuple[Attribute, ...] = (
            ipp.integer("job-id", number),
            ipp.yes("last-document", last is not None and last.values[0][1] != b"\0"),
        )
        if document.end > document.begin:
            self._spend(document.end - document.begin)
            also += (ipp.text("document-format", a.kind(document, queue), ipp.MIME),)
        answer = self._server.ask(self._ask(SEND_DOCUMENT, queue, also), f"/printers/{queue.name}", document)
        return shown.answer(asked, answer.code, shown.jobs(answer, queue.name, (number,)), a.sentence(answer))

    def _new(self, asked: IppMessage, answer: IppMessage, queue: Queue) -> IppMessage:
        """``answer`` says how a new job is numbered, if there is one."""
        made = [shown.number(group) for group in answer.groups if group.tag == ipp.JOB]
        with self._lock:
            for number in made:
                self._jobs[number] = queue
            while len(self._jobs) > _REMEMBERED:
                del self._jobs[next(iter(self._jobs))]
        return shown.answer(asked, answer.code, shown.jobs(answer, queue.name, made), a.sentence(answer))

    def _of_a_job(self, asked: IppMessage, _document: Document) -> IppMessage:
        number, queue = self._job(asked)
        also = (ipp.integer("job-id", number), *(a.wanted(asked) if asked.code == GET_JOB else ()))
        answer = self._server.ask(self._ask(asked.code, queue, also), f"/printers/{queue.name}")
        own = tuple(shown.printer(group, queue.name) for group in answer.groups if group.tag == ipp.JOB)
        return shown.answer(asked, answer.code, own, a.sentence(answer))

    def _list(self, asked: IppMessage, _document: Document) -> IppMessage:
        uri = asked.find(ipp.OPERATION, "printer-uri")
        every = uri is None or _EVERY.fullmatch(uri.text) is not None
        which = asked.find(ipp.OPERATION, "which-jobs")
        also = (ipp.yes("my-jobs"), *a.wanted(asked, "job-id"))
        if which is not None and which.values[0][1] in _WHICH:
            also += (ipp.text("which-jobs", which.text),)
        with self._lock:
            theirs = set(self._jobs)
        found: tuple[Group, ...] = ()
        for queue in self._queues if every else (self._queue(asked),):
            answer = self._server.ask(self._ask(GET_JOBS, queue, also), f"/printers/{queue.name}")
            found += shown.jobs(answer, queue.name, theirs)
        return shown.answer(asked, a.OK, found)

    def _describe(self, asked: IppMessage, _document: Document) -> IppMessage:
        return self._printers(asked, (self._queue(asked),))

    def _printers(self, asked: IppMessage, queues: tuple[Queue, ...]) -> IppMessage:
        """A queue that the server does not know is left out."""
        named = asked.find(ipp.OPERATION, "requested-attributes")
        wanted = tuple(value for value in named.values if value[0] == ipp.KEYWORD) if named is not None else ()
        found: tuple[Group, ...] = ()
        for queue in queues:
            answer = self._server.ask(question(queue.name, wanted), f"/printers/{queue.name}")
            found += tuple(shown.printer(group, queue.name) for group in answer.groups if group.tag == ipp.PRINTER)
        if not found:
            raise RefusedError(a.NOT_FOUND, "The print server of this station does not know that printer.")
        return shown.answer(asked, a.OK, found)

    def _spend(self, size: int) -> None:
        if not self._budget.spend(size):
            raise RefusedError(
                a.NOT_POSSIBLE, "This workspace has printed very much within the last hour. Wait, then print again."
            )
