"""No ``Any`` in the service but where a library leaves no other word, each place with its reason."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.house.source import nodes, parsed

SERVICE = Path(__file__).parent.parent.parent / "kiosk" / "service"
ALLOWED = {
    "store/spending.py": 2,  # each database's insert has a type of its own
    "store/sql_types.py": 6,  # SQLAlchemy Core's tables are values: it types rows, columns and selects of them by Any
    "store/unit.py": 3,  # what a transaction keeps is of the type that its keeper knows
}
"""Files and how often each says it: no more, and no fewer, or the number here is to be lowered."""
HISTORY = "store/migrations/"
"""What a migration does to old databases is not touched again."""


def untyped(path: Path) -> int:
    """How often ``Any`` is used there, in whatever place."""
    found = nodes(parsed(path))
    names = [node for node in found if isinstance(node, ast.Name) and node.id == "Any"]
    words = [node for node in found if isinstance(node, ast.Constant) and node.value == "Any"]  # cast("Any", …)
    return len(names) + len(words)


def test_any_is_said_only_where_a_library_leaves_no_other_word() -> None:
    found = {str(path.relative_to(SERVICE)): untyped(path) for path in SERVICE.rglob("*.py")}
    said = {name: count for name, count in found.items() if count and not name.startswith(HISTORY)}
    assert said == ALLOWED
