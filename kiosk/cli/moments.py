"""Times as somebody types them: a day of this machine's own calendar, or a moment with its zone (RFC 3339)."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from kiosk.cli.command_error import CommandError
from kiosk.model.counted import counted

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)
LAST = 253_402_300_799
"""The last second of the year 9999, UTC."""
WORDS = "a day such as 2026-11-30, in this machine's time zone, or a moment with its zone, 2026-11-30T14:05:00+01:00"


@dataclass(frozen=True, slots=True)
class Span:
    """``since``, ``until``: epoch seconds, both included; None for no bound."""

    since: int | None
    until: int | None

    def said(self) -> str:
        """In a sentence, so that nobody is wrong about a day's zone; empty for no bounds."""
        begin, end = (None if moment is None else shown(moment) for moment in (self.since, self.until))
        if begin is None and end is None:
            return ""
        if begin is None:
            return f"Up to and including {end}."
        return f"From {begin} on." if end is None else f"From {begin} to {end}, both included."


def configure(parser: argparse.ArgumentParser) -> None:
    """``--since`` and ``--until``."""
    parser.add_argument("--since", type=since, metavar="TIME", help=f"from then on: {WORDS}")
    parser.add_argument("--until", type=_until, metavar="TIME", help="up to and including then; a day means all of it")


def span_of(args: argparse.Namespace) -> Span:
    """Raises ``CommandError`` for an end before the beginning."""
    if args.since is not None and args.until is not None and args.since > args.until:
        raise CommandError(
            f"--since ({shown(args.since)}) is after --until ({shown(args.until)}): nothing can lie between them."
        )
    return Span(args.since, args.until)


def since(text: str) -> int:
    """Epoch seconds; of a day its first. Raises ``ArgumentTypeError``."""
    return _read(text, ends=False)


def _until(text: str) -> int:
    return _read(text, ends=True)


def _read(text: str, *, ends: bool) -> int:
    """Epoch seconds; of a day its first second, or with ``ends`` its last."""
    try:
        if _DAY.fullmatch(text):
            return _of_day(datetime.strptime(text, "%Y-%m-%d"), ends=ends)
        if _MOMENT.fullmatch(text):
            return int(datetime.fromisoformat(text.upper()).timestamp() // 1)
    except (ValueError, OverflowError, OSError):
        raise argparse.ArgumentTypeError(f"there is no such time: {text}") from None
    raise argparse.ArgumentTypeError(f"write {WORDS}")


def _of_day(day: datetime, *, ends: bool) -> int:
    """The first and last days of the calendar are no mistake: many programs write them for "ever"."""
    try:
        begin = datetime.combine(day + timedelta(days=ends), time()).astimezone()
        return int(begin.timestamp()) - ends
    except (ValueError, OverflowError, OSError):
        return 0 if day.year < 1970 else LAST


def shown(seconds: int) -> str:
    """A moment in this machine's time zone, with it; one that no calendar has as its seconds."""
    try:
        return datetime.fromtimestamp(seconds).astimezone().isoformat(sep=" ")
    except (ValueError, OverflowError, OSError):
        return f"{counted(seconds, 'second')} after 1970"
