"""Readers and their card service, and how they are: the part of ``card`` that the lock screen draws and waits for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

StorageHealth = Literal["ok", "low", "full"]
"""The disk under the service's database. ``low``: soon, ``full``: already, it takes only sign-ins and locks."""


AwayCause = Literal["", "name", "certificate", "answer"]
"""Why the service cannot be reached, where that is known: its name is not found; something else answers, or its
certificate is of nobody whom we trust; an answer comes that no service of ours gives."""


class ReaderRole(StrEnum):
    """How a station uses a reader, by its settings."""

    TAP = "tap"
    """Contactless or touch: an arrival is a tap; a lift means nothing."""
    INSERTION = "insertion"
    """A slot: the card stays in; removal may lock (policy)."""


class ReaderState(StrEnum):
    """Health of one reader."""

    READY = "ready"
    CARD = "card"
    """A card is present."""
    LEFT = "left"
    """A card has been lying here since before we looked; it counts only after a lift."""
    MUTE = "mute"
    """A card is present that does not answer to reset."""
    EXCLUSIVE = "exclusive"
    """Another program holds the card."""
    GONE = "gone"
    """Was here, is unplugged."""


class CardService(StrEnum):
    """Health of the card service (pcscd)."""

    OK = "ok"
    STOPPED = "stopped"
    DENIED = "denied"
    """It runs, and refuses this user: polkit does not allow them."""
    NO_READER = "no_reader"

    @property
    def serves(self) -> bool:
        """Whether it can be asked for readers."""
        return self not in (CardService.STOPPED, CardService.DENIED)


@dataclass(frozen=True, slots=True)
class ReaderHealth:
    """One reader's line on the lock screen."""

    name: str
    role: ReaderRole
    state: ReaderState
