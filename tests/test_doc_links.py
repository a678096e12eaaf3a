"""Documents that name their tests name tests that exist; decisions have one number each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NAMED = re.compile(r"`(test_\w+\.py)::(test_\w+)`")
PAGES = sorted(page for page in (ROOT / "docs").rglob("*.md") if NAMED.search(page.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def there() -> set[tuple[str, str]]:
    """File and name of every test."""
    return {
        (path.name, name)
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)\(", path.read_text("utf-8"), re.M)
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_a_page_names_is_there(page: Path, there: set[tuple[str, str]]) -> None:
    named = NAMED.findall(page.read_text(encoding="utf-8"))
    assert [f"{file}::{name}" for file, name in named if (file, name) not in there] == []
    assert PAGES, "no page names a test: the pattern is wrong"


def test_every_row_of_what_was_tried_names_its_test() -> None:
    lines = (ROOT / "docs" / "tried.md").read_text("utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| ") and not line.startswith("| tried")]
    assert len(rows) > 90
    # "the same": as the row above it.
    assert [row for row in rows if not NAMED.search(row) and not row.endswith("| the same |")] == []


def test_every_decision_has_a_number_of_its_own() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        assert page.read_text(encoding="utf-8").startswith(f"# {int(page.name[:4])}. "), page.name


LINKED = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
LINK = re.compile(r"\]\(([^)\s]+)\)")


def headings(page: Path) -> set[str]:
    """The anchors of a page, as GitHub makes them of its headings."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower() for title in titles)
    return {re.sub(r"[^\w\- ]", "", title).strip().replace(" ", "-") for title in plain}


def test_every_link_within_the_repository_leads_somewhere() -> None:
    assert len(LINKED) > 100, "pages are found"
    assert [f"{page.relative_to(ROOT)}: {link}" for page in LINKED for link in lost_links(page)] == []


def lost_links(page: Path) -> list[str]:
    """The links of ``page`` that lead nowhere."""
    lost = []
    for link in LINK.findall(re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)):
        if link.startswith(("https:", "http:", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        known = target.exists()
        if not known or (anchor and target.suffix == ".md" and anchor not in headings(target)):
            lost.append(link)
    return lost


def test_every_page_is_in_the_index() -> None:
    """Decisions are one entry: their folder."""
    docs = ROOT / "docs"
    index = docs / "index.md"
    linked = {(docs / link.partition("#")[0]).resolve() for link in LINK.findall(index.read_text(encoding="utf-8"))}
    pages = [page for page in sorted(docs.rglob("*.md")) if page != index and page.parent.name != "decisions"]
    assert [str(page.relative_to(docs)) for page in pages if page not in linked] == []
