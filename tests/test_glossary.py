"""The glossary is true, and the code keeps to it."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GLOSSARY = ROOT / "docs" / "glossary.md"
QUOTING = {"docs/glossary.md": "the table of pronouns' rule itself names none, but it may quote"}
"""Files that may say she or her, each with its reason."""
TWICE: dict[str, str] = {}
"""Public class names that are defined in two places of ``kiosk/``, each with the reason."""
BASES = {"BaseException", "Exception"}
OLD_LIMIT = re.compile(r"_?(?:\w+_)?(?:MOST|LONGEST|SHORTEST|LARGEST|SMALLEST|FEWEST|LEAST)(?:_\w+)?")
GENDERED = re.compile(r"\b(?:she|her|hers|herself)\b", re.IGNORECASE)


@cache
def trees(*folders: str) -> dict[str, ast.Module]:
    """Every module under these folders by its path from the root."""
    found = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text()) for path in found}


@cache
def identifiers() -> frozenset[str]:
    """Whatever has a name in ``kiosk/``: modules, classes, functions, fields, constants and parameters."""
    names: set[str] = set()
    for path, tree in trees("kiosk").items():
        names |= set(Path(path).with_suffix("").parts)
        for node in ast.walk(tree):
            match node:
                case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    names.add(name)
                case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) | ast.Attribute(attr=name):
                    names.add(name)
                case _:
                    pass
    return frozenset(names)


@cache
def strings() -> frozenset[str]:
    """Every text in ``kiosk/`` that is not prose."""
    found = (node for tree in trees("kiosk").values() for node in ast.walk(tree))
    return frozenset(
        node.value
        for node in found
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier()
    )


def rows() -> list[tuple[bool, str, str, str]]:
    """The glossary's lines: whether its first column is checked, and three cells."""
    found, first = [], False
    for line in GLOSSARY.read_text().splitlines():
        if line.startswith("## "):
            first = line.startswith("## Names on the wire")
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 3 and cells[0] not in ("our word", "name"):
            found.append((first, cells[0], cells[1], cells[2]))
    return found


def test_each_term_is_in_the_code() -> None:
    missing = [
        name
        for wire, _, code, _ in rows()
        if not wire
        for term in re.findall(r"`([^`]+)`", code)
        for name in term.split(".")
        if name not in identifiers()
    ]
    assert missing == []


def test_each_name_that_stays_is_still_there() -> None:
    said = [name for wire, first, _, _ in rows() if wire for name in re.findall(r"`([^`]+)`", first)]
    assert said
    assert [name for name in said if name not in strings() | identifiers()] == []


def test_each_word_has_a_term() -> None:
    assert len(rows()) > 50
    assert [first for _, first, code, term in rows() if not term or not code] == []


def test_a_public_class_name_stands_for_one_thing() -> None:
    where: defaultdict[str, list[str]] = defaultdict(list)
    for path, tree in trees("kiosk").items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                where[node.name].append(path)
    assert {name: paths for name, paths in where.items() if len(paths) > 1 and name not in TWICE} == {}
    assert [name for name in TWICE if len(where[name]) < 2] == [], "no longer an exception"


def test_every_exception_ends_in_error() -> None:
    classes = [
        node for tree in trees("kiosk", "tests").values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    ]
    raised = set(BASES)
    while True:
        more = {node.name for node in classes if any(_is_one(base, raised) for base in node.bases)} - raised
        if not more:
            break
        raised |= more
    assert sorted(name for name in raised - BASES if not name.endswith("Error")) == []


def _is_one(base: ast.expr, raised: set[str]) -> bool:
    name = ast.unparse(base).split(".")[-1].split("[")[0]
    return name in raised or name.endswith("Error")


def test_limits_are_max_or_min() -> None:
    odd = [
        f"{path}: {node.id}"
        for path, tree in trees("kiosk", "tests").items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and OLD_LIMIT.fullmatch(node.id)
    ]
    assert odd == []


@pytest.mark.parametrize("folder", ["kiosk", "tests", "installer"])
def test_what_is_iterated_has_a_name(folder: str) -> None:
    odd = []
    for path, tree in trees(folder).items():
        for node in ast.walk(tree):
            if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
                names = {part.id for part in ast.walk(node.target) if isinstance(part, ast.Name)}
                odd += [f"{path}: for one in {ast.unparse(node.iter)}"] if "one" in names else []
            elif isinstance(node, ast.ExceptHandler) and node.name == "no":
                odd.append(f"{path}: except … as no")
    assert odd == []


def test_a_person_is_they() -> None:
    texts = [path for folder in ("kiosk", "docs") for end in ("py", "md") for path in (ROOT / folder).rglob(f"*.{end}")]
    said = [
        f"{name}:{number}: {line.strip()[:90]}"
        for path in sorted(texts)
        if (name := path.relative_to(ROOT).as_posix()) not in QUOTING
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if GENDERED.search(line)
    ]
    assert said == []
