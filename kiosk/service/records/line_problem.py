"""What is wrong with one line of a list."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LineProblem:
    """What is wrong with one line (from 1; 0 for the whole file). A ``warning`` does not keep the list out.

    ``resembles``: reversed or truncated, for a badge that looks like another.
    """

    line: int
    sentence: str
    column: str = ""
    warning: bool = False
    resembles: str = ""

    def __str__(self) -> str:
        parts = [f"line {self.line}"] if self.line else []
        parts += [self.column] if self.column else []
        parts += ["warning"] if self.warning else []
        return ": ".join([*parts, self.sentence])
