"""How large a monitor really is, from what it says of itself; and what does not deserve belief."""

from __future__ import annotations

import pytest

from kiosk.model.monitor_size import Glass, glass_of, true_dpi

REAL = {
    (1920, 1080, 531, 299): 92,  # 24 inches
    (3840, 2160, 597, 336): 163,  # 27 inches
    (1080, 1920, 299, 531): 92,  # on its side
    (1080, 1920, 531, 299): 92,  # on its side, and says its size lying
    (1024, 768, 304, 228): 86,  # 15 inches
}
NONSENSE = [
    (1920, 1080, 0, 0),
    (1920, 1080, 16, 9),
    (1920, 1080, 160, 90),  # the picture's shape
    (1280, 800, 160, 100),
    (1920, 1080, 53, 30),  # centimetres
    (1920, 1080, 531, 531),  # not the picture's shape
    (1920, 1080, 5310, 2990),
    (1920, 1080, -531, -299),
    (0, 0, 531, 299),
]


@pytest.mark.parametrize(("monitor", "dpi"), REAL.items(), ids=str)
def test_a_monitor_that_says_its_size_is_believed(monitor: tuple[int, int, int, int], dpi: int) -> None:
    assert round(true_dpi(*monitor) or 0) == dpi


@pytest.mark.parametrize("monitor", NONSENSE, ids=str)
def test_one_that_says_nothing_or_nonsense_is_not(monitor: tuple[int, int, int, int]) -> None:
    assert true_dpi(*monitor) is None
    assert glass_of(*monitor) == Glass(96, 100)


@pytest.mark.parametrize(
    ("monitor", "percent"),
    [
        ((1920, 1080, 531, 299), 100),
        ((3840, 2160, 597, 336), 175),  # 27 inches
        ((3840, 2160, 531, 299), 200),  # 24 inches
        ((1920, 1080, 344, 194), 150),  # 15.6 inches
        ((1280, 800, 216, 135), 100),  # 10 inches: larger would leave no room
    ],
    ids=str,
)
def test_programs_draw_larger_in_quarters_as_far_as_there_is_room(
    monitor: tuple[int, int, int, int], percent: int
) -> None:
    assert glass_of(*monitor).percent == percent
