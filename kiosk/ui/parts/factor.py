"""A factor in words and icons: its kind, its name, whether it works, since when, and when it was last used."""

from __future__ import annotations

import re

from PySide6.QtCore import QDateTime, QLocale

from kiosk.model.enrolment import FactorKind, FactorView
from kiosk.ui.parts.choice import Matter
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.picture import Motive
from kiosk.ui.words import Words, plain

KIND_ICONS = {
    FactorKind.BADGE: "badge",
    FactorKind.TEMPORARY_BADGE: "clock",
    FactorKind.KEY: "key",
    FactorKind.PIV: "card",
    FactorKind.PKOC: "badge",
    FactorKind.CODE_APP: "code",
    FactorKind.PIN: "pin",
    FactorKind.RECOVERY_CODES: "records",
    FactorKind.PHONE: "phone",
}
MOTIVES: dict[FactorKind, Motive] = {FactorKind.KEY: "key", FactorKind.PIV: "card"}
"""What is held to the reader; a badge where nothing is said."""
_STATES = {"active": ("check", "good"), "suspended": ("warning", "warn"), "lost": ("cross", "refuse")}
_UNNAMED = re.compile(r"(?:Badge|Key|PIV card|PKOC badge|Code app|PIN|Recovery codes|Phone)?( \d+)?")
"""The names that the service gives where nobody gave one (``ceremonies/enrolling``)."""
NAME = 60
"""Characters of a name or model that are shown."""


def kind_of(words: Words, kind: FactorKind) -> str:
    """What it is, e.g. "Security key"."""
    return words(f"factor.kind.{kind}")


def name_of(words: Words, factor: FactorView) -> str:
    """As its person knows it; what the service named itself is said in the language of the screen."""
    name = plain(factor.name, NAME)
    unnamed = _UNNAMED.fullmatch(name)
    return name if unnamed is None else kind_of(words, factor.kind) + (unnamed[1] or "")


def is_unnamed(factor: FactorView) -> bool:
    """Whether its person has not given it a name of their own."""
    return _UNNAMED.fullmatch(factor.name) is not None


def state_of(words: Words, factor: FactorView) -> tuple[str, str, str]:
    """Icon, token of its colour, and word."""
    ended = factor.state == "active" and factor.ended
    icon, ink = ("clock", "warn") if ended else _STATES[factor.state]
    return icon, ink, words(f"factor.state.{'ended' if ended else factor.state}")


def day(words: Words, at: int) -> str:
    """The day of ``at`` (epoch seconds) as people say it."""
    date = QDateTime.fromSecsSinceEpoch(at).date()
    ago = date.daysTo(QDateTime.currentDateTime().date())
    if ago in (0, 1):
        return words("time.today" if ago == 0 else "time.yesterday")
    return QLocale(words.language).toString(date, words("time.day"))


def moment(words: Words, at: int) -> str:
    """Day and time of ``at``."""
    return words("time.moment", day=day(words, at), time=QDateTime.fromSecsSinceEpoch(at).toString("HH:mm"))


def last_used(words: Words, factor: FactorView) -> str:
    """When it was used last."""
    return words("time.never") if factor.last_used is None else moment(words, factor.last_used)


def row_of(kit: Kit, factor: FactorView) -> Matter:
    """The factor as one row of a list."""
    words, name = kit.words, name_of(kit.words, factor)
    kind = kind_of(words, factor.kind)
    model = plain(factor.model, NAME) if factor.model else ""
    about = [part for part in (kind, model) if part and part.casefold() not in name.casefold()]
    used = words("time.never") if factor.last_used is None else day(words, factor.last_used)
    dates = (words("factor.added", when=day(words, factor.added)), words("factor.used", when=used))
    lines = (" · ".join(about), " · ".join(dates))
    return Matter(KIND_ICONS[factor.kind], name, "\n".join(line for line in lines if line), state_of(words, factor))
