"""A chart as a picture: SVG by pygal, PNG of the same by resvg. No script, nothing that is fetched, no date.

Five fillings differ by hue, by lightness and by pattern, so that they can be told apart in black and white, and by
people who see colours otherwise (Okabe and Ito's palette). Every number also stands in words beside its bar.
"""

from __future__ import annotations

import math
import sys
from xml.etree.ElementTree import Element, SubElement

import pygal
import resvg_py
from pygal.style import Style

from kiosk.resources import resource
from kiosk.service.records.chart import Chart

# It looks for plugins that draw maps at every import of the whole program, in a way that Python no longer takes.
sys.meta_path[:] = [finder for finder in sys.meta_path if not type(finder).__module__.startswith("pygal")]

WIDTH, ROW, LINE, REST = 1200, 28, 25, 85
"""Pixels: of the picture, of a bar, of a line of the title, of axis, legend and margins."""
LETTER, BOX = 7.5, 34
"""Pixels that a letter takes at most as a rule, and a name's box in the legend."""
MAX_BESIDE = 0.6
"""Of the width beside the labels, what the numbers beside the longest bar may take."""
SHARPNESS = 2.0
"""Pixels of PNG for one of SVG."""
FONT = "Inter"
_SOLID = ("#0072B2", "#D55E00", "#F0E442", "#999999", "#FFFFFF")
_PATTERNS = (
    "",
    '<path d="M-2 2L2 -2M0 8L8 0M6 10L10 6" stroke="#FFFFFF" stroke-width="2"/>',
    '<circle cx="4" cy="4" r="1.4" fill="#000000"/>',
    '<path d="M0 0L8 8M8 0L0 8" stroke="#000000" stroke-width="1"/>',
    "",
)
_LOOK = """
text {{ font-family: {font}, "Liberation Sans", sans-serif; font-size: 13px; fill: #000000; }}
.title {{ font-size: 15px; text-anchor: middle; }}
.background {{ fill: #FFFFFF; stroke: none; }}
.axis .line {{ stroke: #000000; fill: none; }}
.axis .guide.line {{ stroke: #CCCCCC; fill: none; }}
.axis.y .guide.line {{ stroke: none; }}
.axis.y text {{ text-anchor: end; }}
.axis.x text {{ text-anchor: middle; }}
{fillings}
"""


def as_svg(chart: Chart) -> bytes:
    """UTF-8, complete in itself. Its ``desc`` says every number, for whoever has it read out."""
    longest = max((sum(bar.parts) for bar in chart.bars), default=0)
    columns = _columns(chart)
    heads = (1 + len(chart.lines)) * LINE + math.ceil(len(chart.legend) / columns) * LINE
    drawn = pygal.HorizontalStackedBar(
        style=Style(font_family=FONT, title_font_size=15, label_font_size=13, legend_font_size=13, value_font_size=13),
        title="\n".join((chart.title, *chart.lines)),
        width=WIDTH,
        height=REST + heads + ROW * max(1, len(chart.bars)),
        range=(0, max(1.0, longest / (1 - _beside_share(chart)))),
        x_label_rotation=0,
        legend_at_bottom=True,
        legend_at_bottom_columns=columns,
        truncate_label=-1,
        truncate_legend=-1,
        print_values=True,
        show_x_guides=False,
        show_y_guides=True,
        value_formatter=lambda value: f"{value:g}" if float(value).is_integer() else "",
        no_data_text="",
        defs=[_pattern(number) for number in range(len(_SOLID))],
        js=(),
        no_prefix=True,
        explicit_size=True,
    )
    bars = chart.bars[::-1]  # the first is drawn lowest
    drawn.x_labels = [bar.label for bar in bars]
    for number, name in enumerate(chart.legend):
        drawn.add(name, [bar.parts[number] for bar in bars], formatter=lambda _: "")
    # A part of no width at the end of each bar, which carries what is written beside it.
    drawn.add(None, [{"value": 0, "formatter": lambda _, note=bar.note: note} for bar in bars])
    drawn.add_xml_filter(lambda root: _plain(root, chart))
    return bytes(drawn.render())


def as_png(svg: bytes) -> bytes:
    """The picture at twice its size, in the type of the screens; other letters in what the machine has."""
    types = [str(path) for path in sorted(resource("fonts").glob("*.otf"))]
    return resvg_py.svg_to_bytes(
        svg_string=svg.decode("utf-8"), font_files=types, font_family=FONT, sans_serif_family=FONT, zoom=SHARPNESS
    )


def _columns(chart: Chart) -> int:
    """Names of the legend beside one another below the bars, so that none runs into the next."""
    widest = max(len(name) for name in chart.legend) * LETTER + BOX
    return min(len(chart.legend), max(1, int(_width(chart) // widest)))


def _width(chart: Chart) -> float:
    """Pixels that bars, and the numbers beside them, have together."""
    return WIDTH - 60 - max((len(bar.label) for bar in chart.bars), default=0) * LETTER


def _beside_share(chart: Chart) -> float:
    """The share of that for the numbers, so that those beside the longest bar end within the picture."""
    widest = max((len(bar.note) for bar in chart.bars), default=0) * LETTER + BOX
    return min(MAX_BESIDE, widest / _width(chart))


def _pattern(number: int) -> str:
    return (
        f'<pattern id="fill-{number}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<rect width="8" height="8" fill="{_SOLID[number]}"/>{_PATTERNS[number]}</pattern>'
    )


def _plain(root: Element, chart: Chart) -> Element:
    """What pygal draws, without its scripts, notes and looks, and with ours."""
    root.attrib.pop("id", None)
    root.set("role", "img")
    for parent in list(root.iter()):
        for child in list(parent):
            if not isinstance(child.tag, str) or child.tag in ("script", "style", "desc"):
                parent.remove(child)
    for title in root.findall("title"):
        title.text = chart.title
    said = SubElement(root, "desc")
    said.text = "\n".join((*chart.lines, ", ".join(chart.legend), *(f"{bar.label}: {bar.note}" for bar in chart.bars)))
    look = SubElement(root, "style")
    numbers = range(len(_SOLID))
    fillings = [f".color-{n} .rect, rect.color-{n} {{ fill: url(#fill-{n}); stroke: #000000; }}" for n in numbers]
    look.text = _LOOK.format(font=FONT, fillings="\n".join(fillings))
    _beside(root, len(chart.legend))
    return root


def _beside(root: Element, last: int) -> None:
    """Move what the last part carries to the right of its bar."""
    for group in root.iter("g"):
        if f"serie-{last}" in (group.get("class") or "").split():
            for rect in group.iter("rect"):
                rect.set("visibility", "hidden")
            for note in group.iter("text"):
                note.set("text-anchor", "start")
                note.set("x", str(float(note.get("x") or 0) + 8))
