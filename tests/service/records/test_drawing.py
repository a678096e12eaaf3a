"""Charts as pictures: complete in themselves, readable without colour, each number beside its bar."""

from __future__ import annotations

import itertools
import re
import struct
import sys
import zlib
from xml.etree import ElementTree

from kiosk.service.records import drawing
from kiosk.service.records.chart import Chart, ChartBar, sum_of

SVG = "{http://www.w3.org/2000/svg}"
LEGEND = ("granted", "refused by the person", "out of time", "ended otherwise", "never answered")
PARTS = ((30, 4, 3, 5, 6), (12, 2, 0, 1, 0), (0, 0, 0, 0, 1))
BARS = tuple(ChartBar(f"<{number}> & names", parts, sum_of(parts)) for number, parts in enumerate(PARTS))
CHART = Chart("Prompts by action", ("2026 to 2027 (UTC)", "Beside each bar."), LEGEND, BARS)
NEEDED_CONTRAST = 0.15
"""Of lightness, from 0 to 1, between two fillings of which neither has a pattern."""


def read(chart: Chart) -> ElementTree.Element:
    return ElementTree.fromstring(drawing.as_svg(chart))  # noqa: S314 - just made here


def texts(root: ElementTree.Element) -> list[str]:
    return [node.text or "" for node in root.iter(f"{SVG}text")]


def test_every_label_and_every_number_is_written() -> None:
    said = texts(read(CHART))
    for bar in BARS:
        assert bar.label in said and bar.note in said
    assert {"Prompts by action", "2026 to 2027 (UTC)", "Beside each bar.", *LEGEND} <= set(said)


def test_numbers_stand_to_the_right_of_their_bar_and_inside_the_picture() -> None:
    root = read(CHART)
    for group in root.iter(f"{SVG}g"):
        if f"serie-{len(LEGEND)}" in (group.get("class") or "").split():
            for note in group.iter(f"{SVG}text"):
                assert note.get("text-anchor") == "start"
                assert float(note.get("x") or 0) + drawing.LETTER * len(note.text or "") < drawing.WIDTH
    widths: dict[str, float] = {}
    for rect in root.iter(f"{SVG}rect"):
        if "reactive" in (rect.get("class") or "") and "rect" in (rect.get("class") or ""):
            widths[str(rect.get("y"))] = widths.get(str(rect.get("y")), 0) + float(rect.get("width") or 0)
    longest, middle, shortest = sorted(widths.values(), reverse=True)
    assert abs(longest / middle - 48 / 15) < 0.01 and abs(middle / shortest - 15) < 0.1


def test_long_numbers_beside_the_longest_bar_end_within_the_picture() -> None:
    note = "12345 = 8000 + 2000 + 1000 + 1000 + 345 · 66.7 % sin conceder"
    root = read(Chart("t", ("",), LEGEND, (ChartBar("record.export", (8000, 2000, 1000, 1000, 345), note),)))
    (beside,) = [text for text in root.iter(f"{SVG}text") if text.text == note]
    labels = len("record.export") * drawing.LETTER + 60
    assert labels + float(beside.get("x") or 0) + len(note) * drawing.LETTER < drawing.WIDTH + 10


def test_the_first_bar_stands_highest() -> None:
    places = {text.text: float(text.get("y") or 0) for text in read(CHART).iter(f"{SVG}text")}
    assert places[BARS[0].label] < places[BARS[1].label] < places[BARS[2].label]


def test_a_picture_is_complete_in_itself_and_says_no_date() -> None:
    svg = drawing.as_svg(CHART).decode()
    assert "<script" not in svg and "@import" not in svg and "<!--" not in svg
    assert re.findall(r"(?:href|src|url)\s*[=(]\s*[\"']?(?!#)\S", svg) == []
    assert set(re.findall(r"https?://[^\s\"']+", svg)) == {"http://www.w3.org/2000/svg"}
    assert drawing.as_svg(CHART) == drawing.as_svg(CHART)


def test_the_library_leaves_how_others_are_imported_alone() -> None:
    assert [finder for finder in sys.meta_path if not hasattr(finder, "find_spec")] == []


def test_whoever_has_it_read_out_hears_every_number() -> None:
    root = read(CHART)
    said = root.findtext(f"{SVG}desc") or ""
    assert root.get("role") == "img" and root.findtext(f"{SVG}title") == CHART.title
    assert all(f"{bar.label}: {bar.note}" in said for bar in BARS)


def lightness(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_fillings_are_told_apart_without_colour() -> None:
    plain = [(number, pattern) for number, pattern in enumerate(drawing._PATTERNS) if not pattern]
    light = sorted(lightness(drawing._SOLID[number]) for number, _ in plain)
    assert all(higher - lower > NEEDED_CONTRAST for lower, higher in itertools.pairwise(light))
    patterns = [pattern for pattern in drawing._PATTERNS if pattern]
    assert len(set(patterns)) == len(patterns) and len(drawing._PATTERNS) >= len(LEGEND)


def test_names_of_the_legend_never_run_into_each_other() -> None:
    wide = tuple(ChartBar("n" * 64, (1, 1, 1, 1, 1), "5") for _ in range(2))
    assert drawing._columns(Chart("t", (), tuple("rechazadas por la persona " for _ in range(5)), wide)) == 2
    assert drawing._columns(CHART) == len(LEGEND)


def rows_of(png: bytes) -> tuple[int, int, list[bytes]]:
    """Width, height and the unfiltered bytes of each line of a PNG with 8 bits a channel and transparency."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert (depth, kind) == (8, 6)
    data, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += length + 12
    raw, size = zlib.decompress(data), width * 4 + 1
    return width, height, [raw[line * size : (line + 1) * size] for line in range(height)]


def test_the_png_is_the_same_picture_at_twice_its_size() -> None:
    svg = drawing.as_svg(CHART)
    width, height, rows = rows_of(drawing.as_png(svg))
    root = read(CHART)
    assert (width, height) == (2 * int(root.get("width") or 0), 2 * int(root.get("height") or 0))
    assert len({bytes(row) for row in rows}) > 100, "something is drawn"
    blank = rows_of(drawing.as_png(drawing.as_svg(Chart("", ("",), ("",), ()))))
    assert len({bytes(row) for row in blank[2]}) < 100


def test_a_chart_of_nothing_can_be_drawn() -> None:
    root = read(Chart("Nothing", ("Nothing happened in this time.",), LEGEND, ()))
    assert "Nothing happened in this time." in texts(root)
