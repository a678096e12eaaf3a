"""Every refusal of the service as a page: status, code and sentence, as the source has them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from kiosk.model.refusal import RefusalCode
from kiosk.service.platform.problems import HttpProblemError, TokenProblemError

PROBLEMS = {HttpProblemError.__name__, TokenProblemError.__name__}
INTRO = """# Refusals

The status, the `code` and the `detail` of each answer that is not a success. Decide by `code`.
`detail` is for people and may change. `…` stands for what differs.
`POST /oauth/token` says `error` and `error_description` beside them (RFC 6749 section 5.2).

| status | `code` | `detail` |
|---|---|---|
"""


def refusals_page(root: Path) -> str:
    """One line for each refusal that is written out in ``kiosk/service``."""
    found: set[tuple[int, str, str]] = set()
    for path in sorted((root / "kiosk" / "service").rglob("*.py")):
        found |= set(_refusals(ast.parse(path.read_text(encoding="utf-8"))))
    rows = [f"| {status} | `{code}` | {detail.replace('|', chr(92) + '|')} |" for status, code, detail in sorted(found)]
    return INTRO + "\n".join(rows)


def _refusals(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in PROBLEMS:
            continue
        words = [_text(word) for word in node.args[:3]]
        if len(words) == 3 and words[0].isdecimal() and "…" not in words[1]:
            yield int(words[0]), words[1], words[2]


def _text(node: ast.expr) -> str:
    """A constant or code as it is, a formatted text with ``…`` for its places, anything else ``…``."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == RefusalCode.__name__:
        return RefusalCode[node.attr].value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return "…"
