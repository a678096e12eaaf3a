"""The pages for integrators are what the doors and docstrings say; the script says when they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import api_pages
from tools.api_pages import main, pages, stale
from tools.api_refusals import refusals_page

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    """The pages, written once for all."""
    return pages()


@pytest.fixture(autouse=True)
def once(written: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_pages, "pages", written.copy)


def test_the_pages_in_docs_are_up_to_date() -> None:
    assert stale(ROOT / "docs" / "api") == [], "run: make api"


def test_a_page_that_was_changed_by_hand_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 0
    assert main(["--check", str(tmp_path)]) == 0
    (tmp_path / "types.md").write_text("another text")
    (tmp_path / "http.md").unlink()
    assert main(["--check", str(tmp_path)]) == 1
    assert "http.md, types.md. Run: make api" in capsys.readouterr().err


def test_each_type_that_a_door_names_is_described(written: dict[str, str]) -> None:
    made = written
    named = {part.partition(")")[0] for part in made["http.md"].split("types.md#")[1:]}
    described = {line[4:].lower() for line in made["types.md"].splitlines() if line.startswith("### ")}
    assert named
    assert named <= described


def test_the_service_s_refusals_are_told(written: dict[str, str]) -> None:
    for known in ("| 403 | `unsigned_request` |", "| 422 | `purpose_needed` |"):
        assert known in written["refusals.md"]


def test_a_refusal_is_read_from_the_source(tmp_path: Path) -> None:
    room = tmp_path / "kiosk" / "service"
    room.mkdir(parents=True)
    (room / "door.py").write_text(
        'raise HttpProblemError(409, "used", f"{what} was used.")\n'
        'raise HttpProblemError(403, RefusalCode.INTEGRITY, "No.")\n'
        'raise HttpProblemError(status, "not a constant", "left out")\n'
    )
    assert refusals_page(tmp_path).splitlines()[-2:] == [
        "| 403 | `integrity` | No. |",
        "| 409 | `used` | … was used. |",
    ]
