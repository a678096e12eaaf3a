"""The trail for other programs: one JSON object a line, each a row with its hashes and, on wish, its evidence."""

from __future__ import annotations

import json
from typing import TextIO

from sqlalchemy import Connection

from kiosk.service.audit import reading


class NotWritable(Exception):
    """The place that the trail is written to takes no more; the message is a sentence. ``closed``: nobody reads on."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"The export cannot be written: {error.strerror}.")
        self.closed = isinstance(error, BrokenPipeError)


def as_jsonl(conn: Connection, out: TextIO) -> int:
    """Write every row of every chain in order; how many. Raises ``NotWritable``.

    A line is the row's own object, with ``hash`` and ``prev`` (hex), ``body`` (the exact text that was hashed) and
    ``evidence`` (the object, where there is one). Openings of commitments are left out.
    """
    count = 0
    for chain in reading.chains(conn):
        for row in reading.rows(conn, chain):
            kept = reading.evidence_of(conn, chain, row.seq)
            line = {**json.loads(row.body), "prev": bytes(row.prev).hex(), "hash": bytes(row.hash).hex()}
            line["evidence"] = json.loads(kept[1]) if kept else None
            line["body"] = row.body
            try:
                out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
            except OSError as error:
                raise NotWritable(error) from None
            count += 1
    return count
