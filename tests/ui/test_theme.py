"""Colours can be told apart, sizes are what they say, the typeface is ours."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication

from kiosk.resources import resource
from kiosk.ui.measure import measure_for
from kiosk.ui.theme import EDGE_PAIRS, FONT, TEXT_PAIRS, THEMES, contrast, load_fonts, theme


def test_contrast_is_computed_as_wcag_defines_it() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.478, abs=0.001)


def below(name: str, pairs: Sequence[tuple[str, str]], least: float) -> dict[str, float]:
    """The pairs of that theme that cannot be told apart well enough, each with its contrast."""
    chosen = theme(name)
    found = {f"{ink} on {ground}": contrast(getattr(chosen, ink), getattr(chosen, ground)) for ink, ground in pairs}
    return {pair: ratio for pair, ratio in found.items() if ratio < least}


@pytest.mark.parametrize("name", THEMES)
def test_text_has_the_contrast_of_aa_and_of_aaa_in_the_contrast_theme(name: str) -> None:
    assert below(name, TEXT_PAIRS, 7 if name == "contrast" else 4.5) == {}


@pytest.mark.parametrize("name", THEMES)
def test_boundaries_and_signs_have_the_contrast_of_aa(name: str) -> None:
    assert below(name, EDGE_PAIRS, 3) == {}


@pytest.mark.parametrize("dpi", [96, 120, 192])
def test_a_target_is_20_mm_whatever_the_resolution(dpi: float) -> None:
    measure = measure_for(3840, 2160, dpi)
    assert 20 <= measure.target * 25.4 / dpi < 20.5


@pytest.mark.parametrize("size", [(1024, 768), (1920, 1080), (1080, 1920), (3840, 2160)], ids=str)
@pytest.mark.parametrize("dpi", [86, 96, 163])
def test_the_bar_has_room_for_a_finger_on_every_display(size: tuple[int, int], dpi: int) -> None:
    measure = measure_for(*size, dpi)
    assert measure.bar >= measure.mm(14)
    assert measure.bar - measure.px(8) >= measure.mm(12), "what is pressed on it"


def test_where_a_screen_would_have_no_room_a_millimetre_is_a_little_less() -> None:
    assert measure_for(1920, 1080, 166).dpi == 135, "13.3 inches: as large as 1024 x 768 at 96 dpi allows"
    assert measure_for(1280, 800, 149).dpi == 100


def test_type_grows_with_the_display_and_never_shrinks_below_what_can_be_read() -> None:
    scales = [
        measure_for(w, h, 96).scale for w, h in ((800, 600), (1024, 768), (1280, 800), (1920, 1080), (3840, 2160))
    ]
    assert scales == sorted(scales)
    assert min(scales) == 0.9


def test_the_typeface_is_shipped_with_its_licence(qapp: QApplication) -> None:
    load_fonts()
    assert FONT in QFontDatabase.families()
    assert "SIL OPEN FONT LICENSE" in resource("fonts", "LICENSE-Inter.txt").read_text(encoding="utf-8")
