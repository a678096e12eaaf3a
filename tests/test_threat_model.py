"""The threat model is true of the tests that it leads to: each is there, and no attack is tried that it leaves out."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "security" / "threat-model.md"
LINK = re.compile(r"\]\(([^)#]+)(?:#([^)]+))?\)")
WHO = {
    *("The finder of a badge, or who copied its number", "A program in somebody's workspace", "A web page"),
    *("A colleague", "A station taken over", "The network", "Who can write to the database", "A thief of backups"),
    *("An administrator", "A directory, or who has its token", "Another system that sends signals"),
}


def links() -> list[tuple[str, str]]:
    """Where the page leads to, and which test there, empty for the whole file."""
    return LINK.findall(PAGE.read_text())


def is_there(path: str, name: str) -> bool:
    """Whether that file is one of the repository's, and has a test of that name where one is named."""
    found = (PAGE.parent / path).resolve()
    if not found.is_relative_to(ROOT) or not found.is_file():
        return False
    return not name or re.search(rf"^(async )?def {re.escape(name)}\(", found.read_text(), re.MULTILINE) is not None


def test_what_it_leads_to_is_there() -> None:
    assert [f"{path} {name}" for path, name in links() if not is_there(path, name)] == []


def test_each_row_that_says_that_something_is_stopped_leads_to_a_test() -> None:
    """Where nothing stops it, the row says so."""
    rows = [
        line.split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| ") and "can try" not in line
    ]
    assert len(rows) > 60
    assert [row[0] for row in rows if "/tests/" not in row[1] and not row[1].startswith("nothing ")] == []


def test_every_attack_that_is_tried_is_told_of() -> None:
    told = {(PAGE.parent / path).resolve() for path, _ in links()}
    tried = set((ROOT / "tests" / "attacks").glob("test_*.py"))
    assert sorted(path.name for path in tried - told) == [], "add a row, or a link, to docs/security/threat-model.md"


def test_it_tells_of_everybody_and_of_what_is_not_stopped() -> None:
    text = PAGE.read_text()
    assert set(re.findall(r"^## (.+)$", text, re.MULTILINE)) == WHO
    assert text.count("| can try | what stops them | what does not |") == len(WHO)


def test_it_is_found_from_the_first_pages() -> None:
    assert "docs/security/threat-model.md" in (ROOT / "README.md").read_text()
    assert "security/threat-model.md" in (ROOT / "docs" / "architecture.md").read_text()
