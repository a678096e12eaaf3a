"""How windows inside a workspace look: the settings of its small window manager (openbox 3.6), as fingers need them.

A window either fills the monitor and has no title bar, or has one that is 10 mm high: its title, and a cross that asks
before it closes anything. There are no other buttons: each would be one that does nothing here.
"""

from __future__ import annotations

from typing import NamedTuple

TITLE_MM = 10
_CROSS_MM = 5
_MM, _POINT = 25.4, 72
_LINE = 1.2
"""Height of a line of text over its size, about, in the typeface named below (``fonts-dejavu-core``, which Debian 13's
fontconfig no longer brings along). Other ones for "sans" have higher lines: a title bar is up to 2 mm higher then."""


class Looks(NamedTuple):
    """``titles``: whether every window has a title bar; else those of dialogs alone. ``dpi``: of the monitor;
    ``percent``: how much larger than at 96 dpi programs draw. ``close``, ``keep``: what the cross asks, in words."""

    titles: bool = True
    dpi: int = 96
    percent: int = 100
    close: str = "Close this window"
    keep: str = "Keep it open"


def resources(looks: Looks) -> bytes:
    """For all programs of the display, as ``xrdb`` would set them."""
    return f"Xft.dpi:\t{96 * looks.percent // 100}\n".encode()


def environment(looks: Looks) -> dict[str, str]:
    """What toolkits that do not look at ``Xft.dpi`` alone are told; nothing at 100 percent.

    GTK counts whole pixels and doubles the type with them, so the type is told the other half. Qt would count
    ``Xft.dpi`` twice. [GTK 3 reference, "Running GTK Applications"; Qt 6, "High DPI"]
    """
    if looks.percent == 100:
        return {}
    env = {"QT_SCALE_FACTOR": f"{looks.percent / 100:g}", "QT_FONT_DPI": "96"}
    whole = looks.percent // 100
    if whole > 1:
        env |= {"GDK_SCALE": str(whole), "GDK_DPI_SCALE": f"{1 / whole:.4g}"}
    return env


def script(looks: Looks) -> str:
    """For the shell: write the manager's files into the home."""
    files = {".openbox.xml": _settings(looks), ".openbox-menu.xml": _menu(looks)}
    files[".themes/kiosk/openbox-3/themerc"] = _THEME
    files[".themes/kiosk/openbox-3/close.xbm"] = _cross(round(_CROSS_MM / _MM * looks.dpi))
    lines = ['mkdir -p "$HOME/.themes/kiosk/openbox-3"\n']
    lines += [f"cat >\"$HOME/{name}\" <<'END'\n{text}END\n" for name, text in files.items()]
    return "".join(lines)


def _settings(looks: Looks) -> str:
    # Twice the padding of the theme is the title bar's, the rest is one line of text, and the cross is as high.
    points = (TITLE_MM / _MM * looks.dpi - 2) / _LINE * _POINT / (96 * looks.percent / 100)
    fonts = "".join(_FONT.format(place=place, size=max(8, round(points))) for place in _TITLES)
    fonts += "".join(_FONT.format(place=place, size=max(8, round(points * 1.2))) for place in _MENUS)
    bare = "" if looks.titles else _BARE
    return _SETTINGS.format(fonts=fonts, bare=bare)


def _menu(looks: Looks) -> str:
    return _MENU.format(close=_label(looks.close), keep=_label(looks.keep))


def _cross(side: int) -> str:
    """As an X bitmap, ``side`` pixels square; the manager's own is 6 pixels small."""
    thick, width = max(1, side // 12), -(-side // 8)
    rows = []
    for y in range(side):
        bits = sum(1 << x for x in range(side) if abs(x - y) <= thick or abs(x + y - side + 1) <= thick)
        rows.append(",".join(f"0x{byte:02x}" for byte in bits.to_bytes(width, "little")))
    head = f"#define close_width {side}\n#define close_height {side}\nstatic unsigned char close_bits[] = {{\n"
    return head + ",\n".join(rows) + "};\n"


def _label(text: str) -> str:
    """One line, as XML; openbox takes an underscore for a shortcut."""
    line = "".join(c for c in text if c.isprintable()).replace("_", " ")
    return line.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


_TITLES, _MENUS = ("ActiveWindow", "InactiveWindow"), ("MenuHeader", "MenuItem", "ActiveOnScreenDisplay")
_FONT = (
    '<font place="{place}"><name>DejaVu Sans,sans</name><size>{size}</size>'
    "<weight>normal</weight><slant>normal</slant></font>"
)
_BARE = """<applications><application type="normal"><decor>no</decor><maximized>yes</maximized></application>
</applications>"""
_SETTINGS = """<openbox_config xmlns="http://openbox.org/3.4/rc">
<focus><focusNew>yes</focusNew><followMouse>no</followMouse></focus>
<placement><monitor>Primary</monitor><primaryMonitor>1</primaryMonitor></placement>
<theme><name>kiosk</name><titleLayout>LC</titleLayout><keepBorder>yes</keepBorder>{fonts}</theme>
<desktops><number>1</number></desktops>
<keyboard><keybind key="A-Tab"><action name="NextWindow"/></keybind></keyboard>
<mouse><context name="Client"><mousebind button="Left" action="Press"><action name="Focus"/><action name="Raise"/>
</mousebind></context><context name="Titlebar"><mousebind button="Left" action="Drag"><action name="Move"/></mousebind>
<mousebind button="Left" action="Press"><action name="Focus"/><action name="Raise"/></mousebind></context>
<context name="Close"><mousebind button="Left" action="Press"><action name="Focus"/><action name="Raise"/></mousebind>
<mousebind button="Left" action="Click"><action name="If"><query target="default"><type>normal</type></query>
<then><action name="ShowMenu"><menu>ask</menu></action></then><else><action name="Close"/></else></action></mousebind>
</context></mouse>
<menu><file>~/.openbox-menu.xml</file><hideDelay>0</hideDelay></menu>
{bare}
</openbox_config>
"""
_MENU = """<openbox_menu xmlns="http://openbox.org/3.4/menu"><menu id="ask" label="">
<item label="{keep}"/>
<item label="{close}"><action name="Close"/></item>
</menu></openbox_menu>
"""
_THEME = """
border.width: 1
padding.width: 12
padding.height: 1
menu.border.width: 2
menu.overlap.x: 0
window.client.padding.width: 0
window.handle.width: 0
border.color: #44525B
window.active.title.bg: flat solid
window.active.title.bg.color: #DCE4E9
window.active.title.separator.color: #44525B
window.active.label.bg: parentrelative
window.active.label.text.color: #14212A
window.active.button.*.bg: flat solid
window.active.button.*.bg.color: #DCE4E9
window.active.button.*.image.color: #14212A
window.active.button.pressed.bg.color: #9FB2BD
window.inactive.title.bg: flat solid
window.inactive.title.bg.color: #EEF2F4
window.inactive.title.separator.color: #44525B
window.inactive.label.bg: parentrelative
window.inactive.label.text.color: #44525B
window.inactive.button.*.bg: flat solid
window.inactive.button.*.bg.color: #EEF2F4
window.inactive.button.*.image.color: #44525B
window.label.text.justify: left
menu.items.bg: flat solid
menu.items.bg.color: #FFFFFF
menu.items.text.color: #14212A
menu.items.active.bg: flat solid
menu.items.active.bg.color: #CFE3EE
menu.items.active.text.color: #14212A
menu.title.bg: flat solid
menu.title.bg.color: #FFFFFF
menu.title.text.color: #14212A
"""
