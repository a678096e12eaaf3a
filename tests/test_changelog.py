"""The changelog is for whoever decides about an upgrade: by audience, briefly, and of the version that this is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
AUDIENCES = ["People at stations", "Administrators", "Integrators", "Auditors", "Maintainers"]
MAX_WORDS = 15


def parts() -> list[tuple[str, str]]:
    """Version and text of each part, the newest first."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    return re.findall(r"^## \[([^\]]+)\][^\n]*\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)


def test_the_newest_part_is_of_the_version_that_this_is() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [version for version, _ in parts()][:2] == [project["version"], "0.1.0"]


def test_the_newest_part_is_split_by_audience() -> None:
    assert re.findall(r"^### (.+)$", parts()[0][1], re.MULTILINE) == AUDIENCES


def test_an_entry_is_one_line_of_few_words() -> None:
    for _, text in parts():
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        assert [line for line in lines if not line.startswith("- ")] == []
        entries = [re.sub(r"\]\([^)]*\)", "]", line[2:]) for line in lines]
        assert [entry for entry in entries if len(entry.split()) > MAX_WORDS] == []
        assert len(set(entries)) == len(entries)
