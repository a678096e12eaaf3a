"""What git runs before a commit is what ``make check`` runs, command by command."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_hooks_are_the_commands_of_make_check() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    check = re.search(r"^check: .*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert check
    commands = [line.strip().removeprefix("@$(PY) ") for line in check[1].splitlines()]
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    entries = [entry.removeprefix(".venv/bin/python ") for entry in re.findall(r"^ +entry: (.+)$", hooks, re.MULTILINE)]
    assert entries == commands
