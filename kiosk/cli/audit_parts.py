"""What is said of an export that is a part of a trail: what it covers, and what it cannot show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.cli.moments import Span, shown
from kiosk.model.counted import counted

if TYPE_CHECKING:
    from kiosk.service.audit.finding import ExportCoverage, VerificationReport


def said(report: VerificationReport, covers: ExportCoverage) -> list[str]:
    """Sentences, one a line; nothing was found wrong."""
    begin = "What this export has of the trail holds" if report.status == 0 else "Nothing was found wrong"
    found = [
        f"{begin}: {counted(report.rows, 'row')} of {counted(report.chains, 'chain')}, "
        f"{counted(report.signatures, 'signature')} verified again, "
        f"{counted(report.codes, 'code')} without signature.",
        f"It covers {_what(covers)}, as the trail was {shown(covers.made)}.",
    ]
    if not covers.complete:
        found.append(_incomplete(covers))
    if covers.archived is not None:
        shown_by = "It shows the act by which" if report.checkpoints else "It says that"
        found.append(f"{shown_by} what checkpoints up to {covers.archived} vouch for was archived before.")
    bare = report.rows - covers.vouched
    if bare:
        found.append(
            f"{bare} of its rows no checkpoint vouches for, "
            + ("because rows between are left out: each is right in itself." if covers.person else "as far as it goes.")
        )
    if covers.unbound:
        signatures = counted(covers.unbound, "signature is by a key", "signatures are by keys")
        found.append(f"{signatures} that a row outside of it bound: whose, it cannot say.")
    opened = report.openings
    if opened.opened or opened.erased:
        found.append(f"Of the identifiers signed, {opened.opened} were opened and {opened.erased} are erased.")
    if opened.left_out:
        found.append(f"Left out of this export: the openings of {counted(opened.left_out, 'identifier')}.")
    return [*found, _limits(covers)]


def _what(covers: ExportCoverage) -> str:
    span = Span(covers.since, covers.until).said().rstrip(".")
    of = "the rows about one person" if covers.person is not None else "the rows"
    return f"{of} {span[:1].lower()}{span[1:]}" if span else of


def _incomplete(covers: ExportCoverage) -> str:
    first, last = covers.parts
    which = f"part {first}" if first == last else f"parts {first} to {last}"
    where = "" if covers.last is None else f" It ends with row {covers.last[1]} of chain {covers.last[0]}."
    return f"It is {which} of an export that is not all here.{where}"


def _limits(covers: ExportCoverage) -> str:
    """What no part of a trail can show."""
    if covers.person is not None:
        return (
            "It cannot say whether rows about that person are missing, nor what workstations signed. For that, verify "
            "the store, or an export of everything."
        )
    return (
        "It cannot say anything of the rows outside of it, nor what workstations signed. For that, verify the store, "
        "or an export of everything."
    )
