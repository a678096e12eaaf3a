"""What a workspace is shown of what CUPS answers: its own queues and jobs, under names that lead nowhere else."""

from __future__ import annotations

import re
from collections.abc import Collection

from kiosk.stage.printing import ipp
from kiosk.stage.printing.ipp import Attribute, Group, IppMessage
from kiosk.stage.printing.upstream import beginning, queue_uri

_HIDDEN = {
    "device-uri",
    "printer-more-info",
    "member-uris",
    "member-names",
    "printer-alert",
    "printer-alert-description",
}
"""Where a printer stands in the network, and what else is there."""
_HIDDEN |= {"job-more-info", "requesting-user-name-allowed", "requesting-user-name-denied", "notify-recipient-uri"}
_HIDDEN |= {
    "printer-icons",
    "printer-strings-uri",
    "printer-supply-info-uri",
    "printer-dns-sd-name",
    "job-originating-host-name",
}
_JOB = re.compile(r"/jobs/(\d{1,9})$")


def printer(group: Group, queue: str) -> Group:
    """``group``: what CUPS says of ``queue``."""
    return Group(
        group.tag, tuple(_local(attribute, queue) for attribute in group.attributes if attribute.name not in _HIDDEN)
    )


def description(ppd: bytes) -> bytes:
    """``ppd`` without the lines that name an address: CUPS writes a network printer's own pages into it."""
    return b"".join(line for line in ppd.splitlines(keepends=True) if b"://" not in line)


def jobs(answer: IppMessage, queue: str, theirs: Collection[int]) -> tuple[Group, ...]:
    """Those among the jobs of ``answer`` that are ``theirs``."""
    found = [group for group in answer.groups if group.tag == ipp.JOB and number(group) in theirs]
    return tuple(printer(group, queue) for group in found)


def number(group: Group) -> int:
    """Of the job that it is about; -1 where it does not say."""
    said = group.find("job-id")
    if said is not None:
        return said.number
    uri = group.find("job-uri")
    found = _JOB.search(uri.text) if uri is not None else None
    return int(found[1]) if found else -1


def answer(to: IppMessage, code: int, groups: tuple[Group, ...] = (), said: str = "") -> IppMessage:
    """``said``: a sentence for whoever printed."""
    begin = beginning() + ((ipp.text("status-message", said, ipp.TEXT),) if said else ())
    return IppMessage(code, to.request, (Group(ipp.OPERATION, begin), *groups), to.version)


def _local(one: Attribute, queue: str) -> Attribute:
    if one.name in ("printer-uri-supported", "job-printer-uri"):
        return ipp.text(one.name, queue_uri(queue), ipp.URI)
    if one.name == "job-uri":
        found = _JOB.search(one.text)
        return ipp.text(one.name, f"ipp://localhost/jobs/{found[1] if found else 0}", ipp.URI)
    return one
