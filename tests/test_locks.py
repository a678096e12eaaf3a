"""The lock files: what the program needs, what its tests and checks need besides, and what tries these, at the same
versions."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def pins(name: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Each package's version and where it is for, and its files' hashes."""
    text = (ROOT / name).read_text()
    found = re.finditer(r"^([a-z0-9.-]+)==([^\\\n]+)\\\n((?: +--hash=\S+(?: \\)?\n)+)", text, re.MULTILINE)
    return {match[1]: (match[2].strip(), frozenset(re.findall(r"sha256:\w{64}", match[3]))) for match in found}


def test_what_the_program_runs_with_is_what_it_is_tested_with() -> None:
    program, everything = pins("requirements.lock"), pins("requirements-dev.lock")
    assert "pyscard" in program
    assert "pytest" in everything
    versions = {name: (version.partition(" ")[0], hashes) for name, (version, hashes) in everything.items()}
    assert {name: (version.partition(" ")[0], hashes) for name, (version, hashes) in program.items()} == {
        name: versions.get(name) for name in program
    }


def test_the_tests_are_tried_with_what_they_run_with() -> None:
    tests, tried = pins("requirements-dev.lock"), pins("requirements-mutants.lock")
    assert "mutmut" in tried.keys() - tests.keys()
    assert {name: tried.get(name) for name in tests} == tests


def test_the_demo_installs_no_test_tool() -> None:
    assert not {"pytest", "mypy", "ruff", "hypothesis", "aiohttp"} & pins("requirements.lock").keys()
