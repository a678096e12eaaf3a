"""The service as it would be if rows had no codes: nothing is made of a row, and nothing is asked of one.

``python -m tests.benchmarks.without_codes COMMAND…`` is ``kiosk COMMAND…`` so. Manifests are read and written still, as
lists of what counts; only the codes are not worked out. For a data folder that is used by nobody else.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from kiosk.__main__ import main
from kiosk.demo.processes import ChildProgram
from kiosk.service.platform.row_keys import MAC_BYTES, RowKeys
from kiosk.service.store import integrity, manifests
from tests.benchmarks.throughput import Counter

WORDS = (sys.executable, "-m", "tests.benchmarks.without_codes")


@contextmanager
def no_codes() -> Iterator[None]:
    """In this process, while it lasts."""
    with ExitStack() as changed:
        changed.enter_context(patch.object(RowKeys, "mac", _head_alone))
        changed.enter_context(patch.object(RowKeys, "right", lambda *_: True))
        for module, name in ((integrity, "message"), (integrity, "manifest_message"), (manifests, "manifest_message")):
            changed.enter_context(patch.object(module, name, lambda *_: b""))
        yield


def _head_alone(keys: RowKeys, _table: str, revision: int, _message: bytes) -> bytes:
    """Key number and revision, which manifests list; of the code zeros."""
    return (keys.current.to_bytes(4, "big") + revision.to_bytes(8, "big")).ljust(MAC_BYTES, b"\0")


class Uncoded(Counter):
    """A hospital all of whose programs are so."""

    def start_service(self) -> None:
        self._runs += 1
        words = [*WORDS, "service", "run", "--data", str(self.data)]
        self.service = ChildProgram(words, self.folder / f"service-{self._runs}.out", env=self.env)
        self.service.wait_for("ready")

    def command(self, *words: str, typed: str | None = None) -> str:
        with no_codes():
            return super().command(*words, typed=typed)


if __name__ == "__main__":
    with no_codes():
        sys.exit(main())
