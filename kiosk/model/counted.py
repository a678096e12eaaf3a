"""How many there are, in words that agree with the number: “1 row”, “2 rows”, “0 rows”.

For English sentences of commands, logs and answers. What screens say has its plural in each language's file.
"""

from __future__ import annotations


def counted(number: int, one: str, several: str | None = None) -> str:
    """``number`` with its noun: ``one`` for 1 and -1, else ``several``, which is ``one`` with an s if not given."""
    return f"{number} {one if abs(number) == 1 else several or one + 's'}"
