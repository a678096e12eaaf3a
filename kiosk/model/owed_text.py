"""What somebody owes after an emergency access: a text about it, within the hours that the hospital sets."""

from __future__ import annotations

from dataclasses import dataclass

MAX_OWED_TEXT = 400
"""Characters."""


@dataclass(frozen=True, slots=True)
class OwedText:
    """One emergency access about which nothing was written yet. ``emergency``: its id. ``station``: where it was.
    ``begun``, ``due``: epoch seconds. ``overdue``: it was due before."""

    emergency: str
    station: str
    begun: int
    due: int
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class OwedTexts:
    """Answer of ``GET /v1/sessions/{id}/owed``: of the session's person, the oldest first."""

    texts: tuple[OwedText, ...]


@dataclass(frozen=True, slots=True)
class OwedTextIn:
    """Body of ``POST /v1/sessions/{id}/owed``."""

    emergency: str
    text: str
