"""Composes the six sounds beside it: ``python resources/sounds/compose.py``. Soft sine tones, 22.05 kHz, 16 bit, mono.

Success rises, refusal falls, so that they can be told apart without looking and at low volume.
"""

from __future__ import annotations

import math
import struct
import wave
from pathlib import Path

RATE = 22_050
SOUNDS = {
    # name: (frequency in Hz, seconds), one after the other; 0 Hz is silence
    "tap": ((1046.5, 0.07),),
    "welcome": ((659.3, 0.09), (880.0, 0.16)),
    "granted": ((659.3, 0.08), (880.0, 0.08), (1108.7, 0.18)),
    "refused": ((349.2, 0.14), (0, 0.04), (261.6, 0.22)),
    "locked": ((587.3, 0.08), (440.0, 0.14)),
    "attention": ((784.0, 0.12), (0, 0.08), (784.0, 0.16)),
}


def samples(tones: tuple[tuple[float, float], ...]) -> list[int]:
    """16-bit samples; each tone swells in 5 ms and dies away, so that nothing clicks."""
    out = []
    for frequency, seconds in tones:
        count = int(RATE * seconds)
        for i in range(count):
            swell = min(1.0, i / (0.005 * RATE)) * (1 - i / count) ** 1.5
            tone = math.sin(2 * math.pi * frequency * i / RATE) + 0.2 * math.sin(4 * math.pi * frequency * i / RATE)
            out.append(int(0.4 * 32767 * swell * tone / 1.2))
    return out


for name, tones in SOUNDS.items():
    with wave.open(str(Path(__file__).with_name(f"{name}.wav")), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        data = samples(tones)
        file.writeframes(struct.pack(f"<{len(data)}h", *data))
