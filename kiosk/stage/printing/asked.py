"""One question of a program's: which queue it may mean, what of it goes on, and how it is refused. [RFC 8011]"""

from __future__ import annotations

import os
from typing import NamedTuple

from kiosk.stage.printing import ipp, paper
from kiosk.stage.printing import wishes as allowed
from kiosk.stage.printing.ipp import Attribute, Group, IppMessage

OK, BAD, NOT_POSSIBLE, NOT_FOUND, TOO_LARGE = 0x0000, 0x0400, 0x0404, 0x0406, 0x0408
NO_SUCH_KIND, NOT_SUPPORTED, AWAY = 0x040A, 0x0501, 0x0502


class Queue(NamedTuple):
    """``raw``: its printer gets what it is sent as it is."""

    name: str
    raw: bool = False


class RefusedError(Exception):
    """``code``: IPP's; the message is a sentence for whoever printed."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(said)
        self.code = code


class Document(NamedTuple):
    """``descriptor``: where it can be read from ``begin`` to ``end``."""

    descriptor: int
    begin: int
    end: int


def kind(document: Document, queue: Queue) -> str:
    """Of ``document``, as CUPS is told it. Raises ``RefusedError``."""
    first = os.pread(document.descriptor, min(paper.LOOKED_AT, document.end - document.begin), document.begin)
    found = paper.kind(first, raw=queue.raw)
    if not found:
        raise RefusedError(
            NO_SUCH_KIND, "This printer takes PDF, PostScript, pictures and plain text; this is none of them."
        )
    return found


def title(asked: IppMessage) -> Attribute:
    """The job's name."""
    said = asked.find(ipp.OPERATION, "job-name")
    return ipp.text("job-name", allowed.title(said.text if said is not None else ""), ipp.NAME)


def wishes(asked: IppMessage) -> tuple[Group, ...]:
    """For the paper, as a group of the new question; none for none."""
    kept = allowed.for_paper(
        attribute for group in asked.groups if group.tag == ipp.JOB for attribute in group.attributes
    )
    return (Group(ipp.JOB, kept),) if kept else ()


def wanted(asked: IppMessage, always: str = "job-id") -> tuple[Attribute, ...]:
    """Which attributes are asked for, and ``always`` beside them; all where none is named."""
    named = asked.find(ipp.OPERATION, "requested-attributes")
    if named is None:
        return ()
    kept = tuple(value for value in named.values if value[0] == ipp.KEYWORD)
    return (Attribute("requested-attributes", (*kept, (ipp.KEYWORD, always.encode()))),)


def sentence(answer: IppMessage) -> str:
    """What the server says beside its code."""
    said = answer.find(ipp.OPERATION, "status-message")
    return said.text if said is not None else ""
