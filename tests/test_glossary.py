"""The glossary is true, and the code keeps to it."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from tests.house.source import ROOT, files, nodes, parsed

GLOSSARY = ROOT / "docs" / "glossary.md"
QUOTING = {
    "docs/glossary.md": "the table of pronouns' rule itself names none, but it may quote",
    "tests/test_glossary.py": "says which words it looks for",
}
"""Files that may say she or her, each with its reason."""
TWICE: dict[str, str] = {}
"""Public class names that are defined in two places of ``kiosk/``, each with the reason."""
BASES = {"BaseException", "Exception"}
OLD_LIMIT = re.compile(r"_?(?:\w+_)?(?:MOST|LONGEST|SHORTEST|LARGEST|SMALLEST|FEWEST|LEAST)(?:_\w+)?")
GENDERED = re.compile(r"(?<![A-Za-z])(?:she|her|hers|herself)(?![A-Za-z])", re.IGNORECASE)


@dataclass
class Facts:
    """What the tests below ask of one module."""

    names: set[str] = field(default_factory=set)
    """Whatever has a name in it: classes, functions, fields, constants and parameters."""
    words: set[str] = field(default_factory=set)
    """Its texts that are not prose."""
    classes: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """Each with its bases."""
    limits: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)

    def take(self, node: ast.AST) -> None:
        match node:
            case ast.ClassDef(name=name, bases=bases):
                self.names.add(name)
                self.classes.append((name, tuple(map(ast.unparse, bases))))
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.arg(arg=name):
                self.names.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                self.names.add(name)
                self.limits += [name] if OLD_LIMIT.fullmatch(name) else []
            case ast.Attribute(attr=name):
                self.names.add(name)
            case ast.Constant(value=str(text)) if text.isidentifier():
                self.words.add(text)
            case ast.For() | ast.AsyncFor() | ast.comprehension():
                named = {part.id for part in nodes(node.target) if isinstance(part, ast.Name)}
                self.odd += [f"for one in {ast.unparse(node.iter)}"] if "one" in named else []
            case ast.ExceptHandler(name="no"):
                self.odd.append("except … as no")
            case _:
                pass


@cache
def modules(folder: str) -> dict[str, Facts]:
    """Every module under this folder by its path from the root."""
    found: dict[str, Facts] = {}
    for path in files(folder):
        facts = found[path.relative_to(ROOT).as_posix()] = Facts()
        for node in nodes(parsed(path)):
            facts.take(node)
    return found


@cache
def identifiers() -> frozenset[str]:
    """Whatever has a name in ``kiosk/``, the modules too."""
    names: set[str] = set()
    for path, facts in modules("kiosk").items():
        names |= set(Path(path).with_suffix("").parts) | facts.names
    return frozenset(names)


@cache
def strings() -> frozenset[str]:
    """Every text in ``kiosk/`` that is not prose."""
    return frozenset(word for facts in modules("kiosk").values() for word in facts.words)


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
    for path, facts in modules("kiosk").items():
        for name, _ in facts.classes:
            if not name.startswith("_"):
                where[name].append(path)
    assert {name: paths for name, paths in where.items() if len(paths) > 1 and name not in TWICE} == {}
    assert [name for name in TWICE if len(where[name]) < 2] == [], "no longer an exception"


def test_every_exception_ends_in_error() -> None:
    facts = [*modules("kiosk").values(), *modules("tests").values()]
    classes = [made for module in facts for made in module.classes]
    raised = set(BASES)
    while True:
        more = {name for name, bases in classes if any(_is_one(base, raised) for base in bases)} - raised
        if not more:
            break
        raised |= more
    assert sorted(name for name in raised - BASES if not name.endswith("Error")) == []


def _is_one(base: str, raised: set[str]) -> bool:
    name = base.split(".")[-1].split("[")[0]
    return name in raised or name.endswith("Error")


def test_limits_are_max_or_min() -> None:
    found = {**modules("kiosk"), **modules("tests")}
    assert [f"{path}: {name}" for path, facts in found.items() for name in facts.limits] == []


@pytest.mark.parametrize("folder", ["kiosk", "tests", "installer"])
def test_what_is_iterated_has_a_name(folder: str) -> None:
    assert [f"{path}: {odd}" for path, facts in modules(folder).items() for odd in facts.odd] == []


def test_a_person_is_they() -> None:
    texts = [
        path
        for folder in ("kiosk", "docs", "tests")
        for end in ("py", "md")
        for path in (ROOT / folder).rglob(f"*.{end}")
    ]
    said = [
        f"{name}:{number}: {line.strip()[:90]}"
        for path in sorted(texts)
        if (name := path.relative_to(ROOT).as_posix()) not in QUOTING
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if GENDERED.search(line)
    ]
    assert said == []
