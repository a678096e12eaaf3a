"""``python -m tools.api_pages docs/api``: the pages for integrators, from the OpenAPI description and the docstrings.

``--check`` writes nothing and ends with 1 where a page is not what it would be. By hand stay ``README.md`` and
``first-token.md``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools.api_http import http_page, types_page
from tools.api_python import python_page
from tools.api_refusals import refusals_page

ROOT = Path(__file__).parents[1]
NOTE = "<!-- Written by `make api`: change the docstrings, not this page. -->\n\n"


def pages() -> dict[str, str]:
    """File name and text of each page."""
    made = {
        "http.md": http_page(),
        "types.md": types_page(),
        "python.md": python_page(ROOT),
        "refusals.md": refusals_page(ROOT),
    }
    return {name: NOTE + text.rstrip() + "\n" for name, text in made.items()}


def stale(folder: Path) -> list[str]:
    """Names of the pages in ``folder`` that are not what they would be."""
    return [name for name, text in pages().items() if _text(folder / name) != text]


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def main(argv: list[str]) -> int:
    """The exit status: 2 for wrong words, 1 for pages that are out of date."""
    check = "--check" in argv
    folders = [word for word in argv if word != "--check"]
    if len(folders) != 1:
        print("Say where: python -m tools.api_pages [--check] docs/api", file=sys.stderr)
        return 2
    folder = Path(folders[0])
    if check:
        old = stale(folder)
        if old:
            print(f"Out of date in {folder}: {', '.join(old)}. Run: make api", file=sys.stderr)
        return 1 if old else 0
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
