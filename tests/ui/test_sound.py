"""Each player is told how loud, and one that cannot be told gets softer samples."""

from __future__ import annotations

import io
import wave
from array import array

import pytest

from kiosk.resources import resource
from kiosk.ui.sound import SOUNDS, command, softer


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("/usr/bin/pw-play", ["--volume", "0.20", "tap.wav"]),
        ("/usr/bin/paplay", ["--volume=13107", "tap.wav"]),
        ("/usr/bin/afplay", ["-v", "0.20", "tap.wav"]),
        ("/usr/bin/aplay", ["-q", "-"]),
    ],
)
def test_each_player_is_told_how_loud(program: str, words: list[str]) -> None:
    assert command(program, "tap.wav", 20) == [program, *words]


def test_at_full_loudness_the_file_is_played_as_it_is() -> None:
    assert command("/usr/bin/aplay", "tap.wav", 100) == ["/usr/bin/aplay", "-q", "tap.wav"]


@pytest.mark.parametrize("name", SOUNDS)
def test_softer_samples_are_the_same_sound(name: str) -> None:
    whole = resource("sounds", f"{name}.wav").read_bytes()
    with wave.open(io.BytesIO(whole)) as before, wave.open(io.BytesIO(softer(whole, 20))) as after:
        assert before.getparams() == after.getparams()
        loud, soft = (array("h", file.readframes(file.getnframes())) for file in (before, after))
    assert list(soft) == [sample * 20 // 100 for sample in loud] and max(soft) > 0
