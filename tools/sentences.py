"""``python -m tools.sentences``: the pages that administrators and integrators work by can be read once.

No sentence there has more than ``MAX_WORDS`` words, and those outside of tables have ``MAX_AVERAGE`` at most on the
average. Code and quoted words count as one word, a link as its text; examples and headings are not looked at.
``--all`` shows every page.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
PAGES = (
    *("install.md", "service.md", "keys.md", "audit.md", "hooks.md", "database.md", "limits.md", "reports.md"),
    *("readers.md", "step-up.md", "assurance.md", "index.md", "api/README.md", "api/first-token.md"),
    *("stage.md", "accessibility.md", "dependencies.md", "adding-a-factor.md", "translating.md"),
    *("backup.md", "directory.md", "downtime.md", "emergency-access.md", "network.md", "operate.md", "phone.md"),
    *("policy.md", "printing.md", "review.md", "risk.md", "second-person.md"),
)
MAX_WORDS = 35
MAX_AVERAGE = 15.0

_FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_CODE = re.compile(r"`[^`]*`")
_QUOTED = re.compile(r"“[^”]*”")
_END = re.compile(r"(?<=[.!?])[)”]?\s+(?=[A-Z“(0-9])|:\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sentence:
    """``text``: without code and links' targets. ``cell``: of a table."""

    text: str
    cell: bool = False

    @property
    def words(self) -> int:
        """Words and numbers; a sign by itself is none."""
        return words_in(self.text)


@dataclass(frozen=True, slots=True)
class Measure:
    """``sentences``: of one page, in their order."""

    page: str
    sentences: tuple[Sentence, ...]

    @property
    def average(self) -> float:
        """Words a sentence outside of tables; 0 for a page without any."""
        prose = [sentence.words for sentence in self.sentences if not sentence.cell]
        return sum(prose) / len(prose) if prose else 0.0

    @property
    def too_long(self) -> list[Sentence]:
        return [sentence for sentence in self.sentences if sentence.words > MAX_WORDS]


def words_in(sentence: str) -> int:
    return sum(1 for word in sentence.split() if any(letter.isalnum() for letter in word))


def sentences_of(text: str) -> tuple[Sentence, ...]:
    """The sentences of a page in Markdown: of paragraphs, list items and cells of tables."""
    text = _CODE.sub("Code", _LINK.sub(r"\1", _COMMENT.sub("", _FENCE.sub("", text))))
    text = _QUOTED.sub("Quoted", text)
    found: list[Sentence] = []
    for block in _blocks(text):
        pieces = _END.split(" ".join(block.text.split()))
        found += [Sentence(piece.strip(), block.cell) for piece in pieces if words_in(piece)]
    return tuple(found)


def _blocks(text: str) -> list[Sentence]:
    """Paragraphs and items, lines joined; each cell for itself; no headings."""
    blocks: list[Sentence] = []
    fresh = True
    for line in text.splitlines():
        bare = line.strip()
        if bare.startswith("|"):
            blocks += [Sentence(cell, cell=True) for cell in bare.strip("|").split("|")]
            fresh = True
        elif not bare or bare.startswith("#"):
            fresh = True
        elif fresh or re.match(r"([-*]|\d+\.) ", bare):
            blocks.append(Sentence(re.sub(r"^([-*]|\d+\.) ", "", bare)))
            fresh = False
        else:
            blocks[-1] = Sentence(f"{blocks[-1].text} {bare}")
    return blocks


def measured(page: str, folder: Path = DOCS) -> Measure:
    return Measure(page, sentences_of((folder / page).read_text(encoding="utf-8")))


def main(argv: list[str]) -> int:
    """The exit status: 1 where a page must be read twice."""
    bad = False
    for page in PAGES:
        found = measured(page)
        for sentence in found.too_long:
            print(f"docs/{page}: {sentence.words} words, {MAX_WORDS} at most: {sentence.text[:90]}…")
        if found.average > MAX_AVERAGE:
            print(f"docs/{page}: {found.average:.1f} words a sentence, {MAX_AVERAGE:.0f} at most.")
        elif "--all" in argv:
            print(f"docs/{page}: {found.average:.1f} words in each of {len(found.sentences)} sentences.")
        bad = bad or bool(found.too_long) or found.average > MAX_AVERAGE
    return int(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
