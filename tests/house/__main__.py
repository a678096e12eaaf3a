"""``python -m tests.house PAGE`` draws the picture of the house into PAGE; ``--of ROOT`` counts a source."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.house.picture import counts, drawn, placed

ROOT = Path(__file__).parents[2]


def main(words: list[str]) -> int:
    match words:
        case ["--of", root]:
            print(counts(Path(root)))
        case [page]:
            file = Path(page)
            file.write_text(placed(file.read_text(encoding="utf-8"), drawn(ROOT)), encoding="utf-8")
        case _:
            print("Say which page to draw into: python -m tests.house docs/architecture.md", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
