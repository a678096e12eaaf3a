"""A nested stage on two monitors, and Ada's workspace on it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.fakes.staging import Staging
from tests.fakes.visible_display import Glass, xvfb
from tests.stage.nested.seen import RED, sees


@pytest.fixture(scope="module")
def glass() -> Iterator[Glass]:
    """Two monitors side by side, 1280 and 1280 wide."""
    with xvfb(2560, 1024) as name:
        seen = Glass(name)
        for words in (["left", "1280/340x1024/270+0+0", "screen"], ["right", "1280/340x1024/270+1280+0", "none"]):
            subprocess.run(["xrandr", "--display", name, "--setmonitor", *words], check=True, timeout=10)
        yield seen
        seen.close()


@pytest.fixture
def stage(glass: Glass) -> Iterator[Staging]:
    with Staging(glass) as staging:
        yield staging


@pytest.fixture
def ada(stage: Staging) -> int:
    """Ada's workspace is shown; the number of its first process."""
    stage.greet()
    first = stage.open(1, "ada")
    sees(stage, RED)
    return first
