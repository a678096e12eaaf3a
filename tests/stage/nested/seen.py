"""What is seen of a nested stage, and which processes belong to it."""

from __future__ import annotations

from tests.fakes.process_table import family, only, until
from tests.fakes.staging import LOCKED, Staging

RED, GREEN = (0xC0, 0x20, 0x20), (0x20, 0xC0, 0x20)
MIDDLE = (1280, 512)


def sees(stage: Staging, colour: tuple[int, int, int]) -> None:
    """Whoever looks at the middle, and at both monitors, sees ``colour``."""
    points = (MIDDLE, (40, 900), (2500, 200))
    until(f"{colour}", lambda: all(stage.glass.pixel(*point) == colour for point in points))


def is_locked(stage: Staging) -> None:
    until("nothing but the shield", lambda: stage.glass.colours() == {LOCKED})


def stage_pid(stage: Staging) -> int:
    assert stage.process is not None
    return stage.process.pid


def one(stage: Staging, name: str, under: int = 0) -> int:
    """The only process of that name."""
    return until(f"one {name}", lambda: only([p for p, n in family(under or stage_pid(stage)).items() if n == name]))
