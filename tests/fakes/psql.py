"""A psql that stays: starting one for each question takes longer than the answer."""

from __future__ import annotations

import contextlib
import secrets
import subprocess
from pathlib import Path

WITHIN = 20
"""Seconds to end in, once nobody asks."""


class Psql:
    """One connection of the user ``kiosk`` to ``database`` on loopback, without a password. Whoever asked closes it."""

    def __init__(self, binary: Path, port: int, database: str) -> None:
        self.database = database
        words = [str(binary), "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(port), "-U", "kiosk"]
        self._process = subprocess.Popen(
            [*words, "-d", database],
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._said, self._asked = self._process.stdout, self._process.stdin

    def ask(self, *statements: str) -> str:
        """Run them one after another; what they printed. Raises ``RuntimeError`` with what went wrong, and is over."""
        done, said = f"done-{secrets.token_hex(8)}\n", ""
        try:
            self._asked.write(";\n".join([*statements, f"\\echo {done}"]))
            self._asked.flush()
            while (line := self._said.readline()) != done:
                if not line:
                    raise RuntimeError(f"psql {self.database}: {said}")
                said += line
        except BrokenPipeError:
            self.close()
            raise RuntimeError(f"psql {self.database} is gone") from None
        except BaseException:
            self.close()
            raise
        return said

    @property
    def gone(self) -> bool:
        """Whether it ended."""
        return self._process.poll() is not None

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait(WITHIN)
        self._said.close()
        with contextlib.suppress(BrokenPipeError):  # what was asked last was never read
            self._asked.close()
