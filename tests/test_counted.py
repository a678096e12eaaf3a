"""No sentence says “1 rows”: a number and its noun are written by ``counted``, or agree by themselves."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from kiosk.model.counted import counted

ROOT = Path(__file__).parents[1]
NOUN = re.compile(r" (?:(?:more|other|new|wrong|silent|last|open) )?([a-z]+s)\b")
"""What follows a number."""
NO_NOUN = {
    *(
        "is",
        "was",
        "has",
        "does",
        "needs",
        "names",
        "says",
        "ends",
        "lacks",
        "tells",
        "takes",
        "covers",
        "opens",
        "begins",
    ),
    *("binds", "counts", "belongs", "exists", "runs", "works", "lies", "proves", "keeps", "stays", "means", "answers"),
    *("sets", "holds", "knows", "makes", "owns", "ms", "this", "as", "its", "channels"),
}
"""Verbs and small words: a name stands before them, and no number."""
NEVER_ONE = {
    *(
        "args.number",
        "key.key_size",
        "value.bit_length()",
        "width",
        "layout.bits",
        "made.named.length",
        "made.named.bytes",
    ),
    *(
        "args.name",  # a name, before a verb
        "len(blob.unread)",
        "len(found.items)",
        "len(text)",
        "len(rules.actions)",
        "newest - walk.first_bare",
        "_BY[base]",
    ),
    *("abs(now - theirs)", "abs(off)"),  # beyond a limit of seconds
    *("named.length", "found.width", "settings.workspaces", "longest", "most", "taken", "len(keys)", "len(widths)"),
}


def test_one_is_one_and_all_others_are_several() -> None:
    assert [counted(n, "row") for n in (0, 1, 2, -1)] == ["0 rows", "1 row", "2 rows", "-1 row"]
    assert [counted(n, "entry is", "entries are") for n in (1, 21)] == ["1 entry is", "21 entries are"]


def bare(source: str) -> Iterator[str]:
    """Every number in a sentence of a program that says “s” whether or not it is one."""
    for found in ast.walk(ast.parse(source)):
        if not isinstance(found, ast.JoinedStr):
            continue
        for number, after in zip(found.values, found.values[1:], strict=False):
            if not isinstance(number, ast.FormattedValue) or not isinstance(after, ast.Constant):
                continue
            noun, said = NOUN.match(str(after.value)), ast.unparse(number.value)
            if noun and noun[1] not in NO_NOUN and said not in NEVER_ONE and not _constant(said):
                yield f"line {found.lineno}: {{{said}}}{noun[0]}"


def _constant(said: str) -> bool:
    """Limits are written in capitals, and are never 1."""
    return re.fullmatch(r"(\w+\.)*_?[A-Z][A-Z_]+( // 60)?", said) is not None


def test_what_it_looks_for_is_found() -> None:
    assert list(bare('f"{len(rows)} rows"')) == ["line 1: {len(rows)} rows"]
    assert list(bare('f"{n} more keys of {name} says {MAX_ROWS} rows"')) == ["line 1: {n} more keys"]


def test_every_number_agrees_with_its_noun() -> None:
    paths = sorted((ROOT / "kiosk").rglob("*.py"))
    assert paths
    assert [f"{path.relative_to(ROOT)} {said}" for path in paths for said in bare(path.read_text("utf-8"))] == []
