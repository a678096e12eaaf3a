"""How far signed checkpoints vouch for each chain. Nothing that the database says of this is believed.

Checkpoints are a chain of their own, and each chain of rows may only grow from one to the next. A row is covered by the
first checkpoint whose head stands at or after it: the checkpoint names the hash that the row is part of.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.service.audit.checkpoint import FIRST_PREV, Checkpoint, Head, sealed_digest
from kiosk.service.audit.finding import Finding, NotHeldError
from kiosk.service.platform.json_fields import JsonObject, items, members, number, text

MAX_UNCOVERED = 600
"""Seconds of rows that no checkpoint covers, at most: two of the service's intervals."""


@dataclass(slots=True)
class Heads:
    """What checkpoints say of one chain: numbers of rows, rising, with the hash of each and who named it."""

    seqs: list[int] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)
    by: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Coverage:
    """``times``: of each checkpoint, epoch seconds, the first one's at index 0. ``heads``: by chain."""

    times: list[int] = field(default_factory=list)
    heads: dict[str, Heads] = field(default_factory=dict)

    def ends(self) -> list[Head]:
        """The last row of each chain that is covered."""
        return [Head(chain, heads.seqs[-1], heads.hashes[-1]) for chain, heads in self.heads.items()]

    def upto(self, number: int) -> Coverage:
        """What checkpoints up to ``number`` say."""
        found = Coverage(self.times[:number])
        for chain, heads in self.heads.items():
            end = bisect_right(heads.by, number)
            if end:
                found.heads[chain] = Heads(heads.seqs[:end], heads.hashes[:end], heads.by[:end])
        return found

    def of(self, chain: str, seq: int) -> int | None:
        """Number of the first checkpoint that covers this row; None if none does."""
        known = self.heads.get(chain)
        place = bisect_left(known.seqs, seq) if known else 0
        return known.by[place] if known and place < len(known.by) else None

    def covered(self, chain: str) -> int:
        """The last row of ``chain`` that is covered, 0 for none."""
        known = self.heads.get(chain)
        return known.seqs[-1] if known else 0

    def window(self, number: int) -> tuple[int, int]:
        """The earliest and the latest time at which rows can have been written that ``number`` covers first.

        A clock that was set back between two checkpoints shows in their own, signed, times.
        """
        at = self.times[number - 1]
        before = self.times[number - 2] if number > 1 else 0
        return min(before, at), max(before, at)


def read(checkpoints: Iterable[Checkpoint], keys: Mapping[str, Ed25519PublicKey]) -> Coverage:
    """Verify each of ``checkpoints`` under ``keys``, and that they are one chain. Raises ``NotHeldError``."""
    coverage, prev, said = Coverage(), FIRST_PREV, None
    for checkpoint in checkpoints:
        number = len(coverage.times) + 1
        said = _signed(checkpoint, number, keys)
        if (said["id"], said["at"], said["prev"]) != (checkpoint.id, checkpoint.at, prev.hex()):
            raise NotHeldError(Finding("it does not follow the checkpoint before", checkpoint=number))
        for head in heads_in(said):
            _grow(coverage.heads.setdefault(head.chain, Heads()), head, number)
        coverage.times.append(checkpoint.at)
        prev = checkpoint.hash()
    if said is not None and said.get("sealed") not in (None, sealed_digest(coverage.ends())):
        raise NotHeldError(Finding("it does not say how far every chain had come", checkpoint=len(coverage.times)))
    return coverage


def heads_in(said: JsonObject) -> list[Head]:
    """The heads that a checkpoint names. Raises ``KeyError``, ``TypeError`` or ``ValueError`` for what is none."""
    found = [members(head) for head in items(said["heads"])]
    return [Head(text(check, "chain"), number(check, "seq"), bytes.fromhex(text(check, "hash"))) for check in found]


def _signed(one: Checkpoint, number: int, keys: Mapping[str, Ed25519PublicKey]) -> JsonObject:
    if one.id != number:
        raise NotHeldError(Finding("it is missing", checkpoint=number))
    if not one.signed_by(keys):
        raise NotHeldError(Finding("its signature is wrong", checkpoint=number))
    return members(json.loads(one.body))


def _grow(heads: Heads, head: Head, number: int) -> None:
    if heads.seqs and head.seq <= heads.seqs[-1]:
        why = f"it says that chain {head.chain} ends with row {head.seq}, which an earlier one had passed"
        raise NotHeldError(Finding(why, checkpoint=number))
    heads.seqs.append(head.seq)
    heads.hashes.append(head.link)
    heads.by.append(number)
