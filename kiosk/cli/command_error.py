"""What a command says when it cannot do its work."""

from __future__ import annotations


class CommandError(Exception):
    """A sentence for the person at the terminal; ``status`` is the exit status."""

    def __init__(self, sentence: str, status: int = 2) -> None:
        super().__init__(sentence)
        self.status = status
