"""Every command that a page tells somebody to type is one that ``kiosk`` takes: its words, options and order."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from kiosk.__main__ import COMMANDS, _parsed

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted(page for page in (ROOT / "docs").rglob("*.md") if "decisions" not in page.parts),
]
FENCE = re.compile(r"^ *```(\w*)[^\n]*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(kiosk [a-z][^`\n]*|… [a-z][^`\n]*)`")
COMMAND = re.compile(rf"^.*?\bkiosk +(?=(?:{'|'.join(COMMANDS)})\b)")
THINGS = re.compile(
    r"^(factor|key|piv|pkoc|badge|person|role|pin|totp|piv-ca|crl|metadata|start-code|window|messages|ca|workstation"
    r"|report|reset|app|program|import|export|exception) [a-z]"
)
"""What ``kiosk admin`` knows, where a page says once that it is meant."""
PLACES = {"N": "1", "NUMBER": "1", "HEX": "04A1B2C3", "TIME": "2026-11-30", "DAY": "2026-11-30"}


def commands(text: str) -> list[tuple[str, bool]]:
    """The commands of a page, and of each whether it stands whole, in an example of its own."""
    examples = [block for kind, block in FENCE.findall(text) if kind in ("", "sh")]
    whole = [(line, "─" not in block) for block in examples for line in _lines(block)]  # else it is a picture
    rest = FENCE.sub("", text)
    return whole + [(line, False) for piece in INLINE.findall(rest) for line in _lines(piece)]


def _lines(block: str) -> list[str]:
    found = []
    for line in re.sub(r"\\\n\s*", " ", block).splitlines():
        line = re.sub(r"\s+#.*", "", line).strip()
        line = COMMAND.sub("kiosk ", line)
        if line.startswith("… ") or THINGS.match(line):
            line = "kiosk admin --data DIR " + line.removeprefix("… ")
        if line.startswith("kiosk "):
            found.append(" ".join(re.split(r"\s{3,}", line)[0].split()))
    return found


def words_of(command: str) -> list[str]:
    """As a shell would hand them over: what is optional is given, of alternatives the first."""
    command = re.sub(r"\[([^\]|]*)(?:\|[^\]]*)?\]", r"\1", command).replace("admin … ", "admin --data DIR ")
    command = re.sub(r"(\w)\|[\w|]+", r"\1", command).replace("report NAME", "report factors")
    command = re.split(r" [<>|;&─]", command.split("”")[0])[0]
    words = [word for word in shlex.split(command)[1:] if word.strip("….") != ""]
    return [PLACES.get(word, word) for word in words]


def test_each_command_of_a_page_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(PAGES) > 50, "pages are found"
    assert [f"{page.relative_to(ROOT)}: {wrong}" for page in PAGES for wrong in not_taken(page, capsys)] == []


def not_taken(page: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The commands of ``page`` that are none."""
    wrong = []
    for command, whole in commands(page.read_text(encoding="utf-8")):
        words = words_of(command)
        if words[:1] == [] or words[0] not in COMMANDS:
            wrong.append(f"{command}: no such command")
            continue
        try:
            _parsed(words)
        except SystemExit:
            said = capsys.readouterr().err.strip().splitlines()
            if whole or not re.search("required|expected one argument", said[-1]):
                wrong.append(f"{command}: {said[-1]}")
    return wrong


def test_commands_are_found_where_pages_have_them() -> None:
    text = (
        "Type `kiosk doctor --home DIR`.\n```\nsudo -u x kiosk service run \\\n  --data D   # now\n… person list\n```\n"
    )
    assert commands(text) == [
        ("kiosk service run --data D", True),
        ("kiosk admin --data DIR person list", True),
        ("kiosk doctor --home DIR", False),
    ]
    assert words_of("kiosk audit find --data D [--limit N] [--json | --csv] < FILE")[-3:] == ["--limit", "1", "--json"]
