"""What verification finds: the first thing that does not hold, and what was read until then.

::

    NotHeldError       the trail does not hold; ``finding`` says where and why
    NotCheckableError  what is to be checked cannot be read: nothing is said about the trail
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

MAX_ALONE = 100_000
"""Rows that are remembered until an act of erasing names them; more are only counted."""
HOLDS, BROKEN, UNCHECKED, UNVOUCHED, LACKS = 0, 1, 2, 3, 4
"""Exit statuses of ``kiosk audit verify``."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The first thing that does not hold: a row (``chain``, ``seq``), a checkpoint, or neither; and why."""

    why: str
    chain: str | None = None
    seq: int | None = None
    checkpoint: int | None = None

    def __str__(self) -> str:
        if self.chain is not None:
            return f"Row {self.seq} of chain {self.chain}: {self.why}."
        if self.checkpoint is not None:
            return f"Checkpoint {self.checkpoint}: {self.why}."
        return f"A row of the database: {self.why}."


class NotHeldError(Exception):
    """Something does not hold."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


class NotCheckableError(Exception):
    """A file is damaged, or is not what it is given for; the message is a sentence that names it."""


@dataclass(slots=True)
class Openings:
    """Of the identifiers that stand in evidence as commitments: how many were opened, and how many are erased.

    ``left_out``: of those in an export that was written without openings. ``named``: rows that acts of erasing name;
    ``_alone``: how many are erased of each row that none names yet. Of a part nothing is said of acts outside of it.
    """

    opened: int = 0
    erased: int = 0
    left_out: int = 0
    named: set[tuple[str, int]] = field(default_factory=set)
    more: bool = False  # an act erased from more rows than it names
    _alone: dict[tuple[str, int], int] = field(default_factory=dict)
    _beyond: int = 0

    def miss(self, place: tuple[str, int], number: int) -> None:
        """``number`` identifiers of a row are erased."""
        self.erased += number
        if place in self.named or not number:
            return
        if len(self._alone) < MAX_ALONE:
            self._alone[place] = number
        else:
            self._beyond += number

    def name(self, place: tuple[str, int]) -> None:
        """An act says that it erased from this row."""
        self.named.add(place)
        self._alone.pop(place, None)

    @property
    def unnamed(self) -> int:
        """How many are erased of which no act says that it did it."""
        return 0 if self.more else sum(self._alone.values()) + self._beyond


@dataclass(slots=True)
class ExportCoverage:
    """Of an export that is a part of a trail. ``since``, ``until``, ``made``: epoch seconds; ``person``: an id.

    ``parts``: the first and the last that was given. ``complete``: nothing of what it is to cover is left out.
    ``archived``: the checkpoint up to which rows were archived before, and are not in it. ``last``: the row that it
    ends with. ``vouched``: rows that a checkpoint vouches for. ``unbound``: signatures of keys that a row outside of it
    bound.
    """

    since: int | None
    until: int | None
    person: str | None
    made: int
    parts: tuple[int, int]
    complete: bool
    last: tuple[str, int] | None
    vouched: int = 0
    unbound: int = 0
    archived: int | None = None


@dataclass(frozen=True, slots=True)
class ArchiveCoverage:
    """Of archives that were verified: they have what checkpoints above ``after`` and up to ``upto`` vouch for."""

    after: int
    upto: int


@dataclass(frozen=True, slots=True)
class FoundRestore:
    """A restore that the trail tells of. ``at``, ``made``: epoch seconds, of it and of its backup. ``gone``: chain,
    first and last row of what somebody still knows of, and nobody has."""

    at: int
    made: int
    by: str
    gone: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class FoundArchive:
    """What was archived out of the trail. ``at``: epoch seconds; ``checkpoint``: up to which; ``by``: the account that
    took it out; ``sha256``: of the archive's file."""

    at: int
    checkpoint: int
    by: str
    sha256: str


@dataclass(slots=True)
class VerificationReport:
    """What was read. ``signatures`` were verified again; ``codes`` are proofs that carry none.

    ``asked``: rows for which their workstation signed. ``unsigned``: how many rows of each chain it need not sign yet,
    because its program is older. ``kept``: rows that were archived and stay. ``uncovered``: how many of each no
    checkpoint covers. Chains without any are left out.
    """

    chains: int = 0
    rows: int = 0
    signatures: int = 0
    codes: int = 0
    checkpoints: int = 0
    clock_set_back: int = 0
    asked: int = 0
    openings: Openings = field(default_factory=Openings)
    uncovered: Counter[str] = field(default_factory=Counter)
    unsigned: Counter[str] = field(default_factory=Counter)
    finding: Finding | None = None
    covers: ExportCoverage | None = None
    restores: list[FoundRestore] = field(default_factory=list)
    archived: FoundArchive | None = None
    archive: ArchiveCoverage | None = None
    kept: int = 0

    @property
    def status(self) -> int:
        """``HOLDS``; ``BROKEN``; ``UNVOUCHED`` for rows without any checkpoint; of a part, without any in it;
        ``LACKS`` for a trail that holds, of which a restore took rows away."""
        if self.finding is not None:
            return BROKEN
        vouched = self.checkpoints if self.covers is None else self.covers.vouched
        if self.rows and not vouched:
            return UNVOUCHED
        return LACKS if any(restore.gone for restore in self.restores) else HOLDS
