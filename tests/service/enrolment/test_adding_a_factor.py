"""A new kind of factor is one file and one line in one table: as docs/adding-a-factor.md says, done to a copy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.model.enrolment import FactorKind
from kiosk.service.enrolment.table import HANDLERS

ROOT = Path(__file__).parent.parent.parent.parent
PAGE = ROOT / "docs" / "adding-a-factor.md"
LINE = re.compile(r"After `(?P<anchor>[^`]+)` in `(?P<path>[^`]+)`:\n\n```python\n(?P<line>.*?)\n```", re.DOTALL)
FILE = re.compile(r"The new file `(?P<path>[^`]+)`:\n\n```python\n(?P<text>.*?)```", re.DOTALL)
STORY = """
from tests.fakes.enrolling import uid
from tests.fakes.service import Hospital
from tests.service.enrolment.proving import proved

BAND, OTHER = "04A1B2C3D4E5F6", "04112233445566"


async def test_a_wristband_is_enrolled(service: Hospital) -> None:
    here, _ = await proved(service, "wristband")
    assert here.view["make"]["until"] == int(service.clock()) + 8 * 3600
    await here.made({"presented": uid(BAND), "kind": "badge"})
    assert (here.step, here.view["factor"]["name"], here.view["factor"]["kind"]) == ("try", "Wristband", "wristband")
    await here.try_badge(OTHER)
    assert (here.step, here.refused) == ("try", "wrong_thing")
    await here.try_badge(BAND)
    assert here.step == "done"
    [row] = await service.trail("factor_added")
    assert row["detail"]["factor_kind"] == "wristband"
"""


def test_every_kind_has_its_handler() -> None:
    assert set(HANDLERS) == set(FactorKind)


def add(tree: Path) -> int:
    """Do what the page says to the copy in ``tree``; how many lines were added to files that were there."""
    page = PAGE.read_text(encoding="utf-8")
    for found in FILE.finditer(page):
        (tree / found["path"]).write_text(found["text"], encoding="utf-8")
    [new] = [found["path"] for found in FILE.finditer(page)]
    lines = list(LINE.finditer(page))
    for found in lines:
        path = tree / found["path"]
        text = path.read_text(encoding="utf-8")
        assert text.count(found["anchor"]) == 1 and "\n" not in found["line"], found["path"]
        text = text.replace(found["anchor"], f"{found['anchor']}\n{found['line']}")
        if "Handler()" in found["line"]:
            imported = f"from {new.removesuffix('.py').replace('/', '.')} import WristbandHandler\n"
            text = text.replace("\n\nHANDLERS", f"\n{imported}\nHANDLERS")
        path.write_text(text, encoding="utf-8")
    return len(lines)


@pytest.mark.timeout(180)
def test_a_wristband_is_added_as_the_page_says(tmp_path: Path) -> None:
    for folder in ("kiosk", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    assert add(tmp_path) == 2, "its word, and its line in the table"
    story = tmp_path / "tests" / "service" / "enrolment" / "test_wristband.py"
    story.write_text(STORY, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(story)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert "1 passed" in done.stdout
