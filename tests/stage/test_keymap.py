"""What is changed in the host's map before a nested server gets it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from kiosk.stage.host import HostDisplay
from kiosk.stage.keymap import HostKeymap, for_nested
from kiosk.stage.loop import Loop
from tests.fakes.visible_display import xvfb
from tests.stage.test_keyboard_layouts import layout

LEVEL3 = 'key <RALT> {\n type= "ONE_LEVEL",\n symbols[Group1]= [ ISO_Level3_Shift ]\n};\n'
STAND_IN = "modifier_map Mod5 { <LVL3> };\nmodifier_map Mod5 { <MDSW> };\n"


def test_the_alt_gr_key_carries_its_own_modifier() -> None:
    assert for_nested(LEVEL3 + STAND_IN) == LEVEL3 + STAND_IN.replace("<LVL3>", "<RALT>")


def test_a_right_alt_key_that_is_plain_alt_stays_as_it_is() -> None:
    plain = LEVEL3.replace("ISO_Level3_Shift", "Alt_R") + STAND_IN
    assert for_nested(plain) == plain


@pytest.mark.parametrize(
    ("keys", "carrier"),
    [
        (["LVL3", "RALT"], "RALT"),
        (["LVL3", "RALT", "COMP"], "COMP"),
        (["LVL3", "RCTL", "RALT"], "RCTL"),
        (["CAPS", "LVL3", "RALT"], "CAPS"),
        (["LVL3", "RALT", "LWIN"], "LWIN"),
        (["LALT", "LVL3", "RALT"], "LALT"),
        (["LV3", "COMP"], "COMP"),
        (["LVL3"], "LVL3"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else value,
)
def test_whichever_key_is_alt_gr_carries_its_modifier(keys: list[str], carrier: str) -> None:
    """As xkbcomp writes the maps of ``lv3:ralt_switch``, ``menu_switch``, ``switch``, ``caps_switch`` and others."""
    told = "".join(f"    key <{key}> {{         [ ISO_Level3_Shift ] }};\n" for key in keys)
    mine = "LV3" if "LV3" in keys else "LVL3"
    made = for_nested(f"{told}modifier_map Mod5 {{ <{mine}> }};\nmodifier_map Mod5 {{ <MDSW> }};\n")
    assert made == f"{told}modifier_map Mod5 {{ <{carrier}> }};\nmodifier_map Mod5 {{ <MDSW> }};\n"


class Followed:
    """The map of the display ``name``, as it is read into ``folder``; ``changes``: how often it was another."""

    def __init__(self, name: str, folder: Path) -> None:
        self._path, self._host, self.loop = folder / "keymap", HostDisplay(name), Loop()
        self.changes = 0
        self._keymap = HostKeymap(self.loop, self._host, str(folder), self._changed, lambda: None)
        self.loop.watch(self._host.fileno(), lambda: self._keymap.notice(self._host.events()))
        self.loop.pending(self._host.fileno(), self._host.has_news)

    def reading(self) -> int:
        """Another number for each time that it was read."""
        return self._path.stat().st_ino if self._path.exists() else 0

    def is_read_since(self, reading: int) -> bool:
        return self.reading() != reading

    def go(self, story: Iterator[Callable[[], bool]]) -> None:
        """Follow until ``story`` ends; it goes on whenever what it yielded is true."""
        wanted = next(story, None)

        def look() -> None:
            nonlocal wanted
            if wanted is not None and wanted():
                wanted = next(story, None)
            if wanted is None:
                self.loop.end()
            self.loop.after(0.01, "look", look)

        look()
        self.loop.run()

    def close(self) -> None:
        self._host.display.close()

    def _changed(self) -> None:
        self.changes += 1


@pytest.mark.display
def test_a_map_that_is_told_again_is_no_other(tmp_path: Path) -> None:
    """As a display tells it when a key of another keyboard is pressed: setting it anew would let go of Shift."""
    with xvfb() as name, closing(Followed(name, tmp_path)) as followed:
        counts: list[int] = []

        def story() -> Iterator[Callable[[], bool]]:
            for words in ("de", *["us"] * 5):
                since = followed.reading()
                layout(name, words)
                yield partial(followed.is_read_since, since)
                counts.append(followed.changes)

        followed.go(story())
        assert counts[0] > 0
        assert counts[-1] == counts[-2], counts
