"""The Python that integrators read or copy, as a page: from the source's docstrings, nothing is imported."""

from __future__ import annotations

import ast
from pathlib import Path

from tools.api_http import prose

MODULES = ("kiosk/demo/token_check.py", "kiosk/model/stepup.py")
"""What a program that asks, or that checks a token, looks at."""


def python_page(root: Path) -> str:
    """One heading a module, then its public classes and functions."""
    parts = [
        "# Python\n\nThe files to copy from, and the words of a step-up. Everything else may change with any version.\n"
    ]
    for path in MODULES:
        tree = ast.parse((root / path).read_text(encoding="utf-8"))
        parts.append(f"## {path}\n\n{prose(ast.get_docstring(tree))}\n")
        public = (node for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef))
        parts += [_entry(node) for node in public if not node.name.startswith("_")]
    return "\n".join(part for part in parts if part)


def _entry(node: ast.ClassDef | ast.FunctionDef) -> str:
    if isinstance(node, ast.FunctionDef):
        returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
        call = f"```python\n{node.name}({ast.unparse(node.args)}){returns}\n```"
        return f"### {node.name}\n\n{call}\n\n{prose(ast.get_docstring(node))}\n"
    lines = [f"### {node.name}", "", prose(ast.get_docstring(node)), ""]
    members = [line for line in _members(node) if line]
    return "\n".join([*lines, *members, ""] if members else lines)


def _members(node: ast.ClassDef) -> list[str]:
    """Fields and members of an enumeration, each with the docstring that follows it."""
    found = []
    for here, after in zip(node.body, [*node.body[1:], None], strict=True):
        said = _said(after)
        if isinstance(here, ast.AnnAssign) and isinstance(here.target, ast.Name):
            default = f" = {ast.unparse(here.value)}" if here.value else ""
            found.append(f"- `{here.target.id}: {ast.unparse(here.annotation)}{default}`{said}")
        elif isinstance(here, ast.Assign) and isinstance(here.targets[0], ast.Name):
            found.append(f"- `{ast.unparse(here.value)}`{said}")
    return found


def _said(node: ast.stmt | None) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return ": " + prose(node.value.value)
    return ""
