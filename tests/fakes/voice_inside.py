"""Runs in a workspace: records the microphone, and says what it heard last and when that came.

``voice_inside.py REPORT``: every tenth of a second a line with the moment at which the newest sample that is not
silence came (CLOCK_MONOTONIC, seconds), and that sample.
"""

from __future__ import annotations

import array
import os
import select
import subprocess
import sys
import time

EVERY = 0.1


def main(report: str) -> None:
    out = os.open(report, os.O_WRONLY)
    words = ["parec", "--raw", "--format=s16le", "--rate=48000", "--channels=1", "--latency-msec=10"]
    recorder = subprocess.Popen([*words, "--device=microphone"], stdout=subprocess.PIPE)
    assert recorder.stdout is not None
    heard, at, told, odd = 0, 0.0, 0.0, b""
    while True:
        if select.select([recorder.stdout], [], [], EVERY)[0]:
            odd += os.read(recorder.stdout.fileno(), 1 << 16)
            whole = len(odd) // 2 * 2
            samples, odd = array.array("h", odd[:whole]), odd[whole:]
            newest = next((sample for sample in reversed(samples) if sample), 0)
            if newest:
                heard, at = newest, time.monotonic()
        if time.monotonic() - told >= EVERY:
            told = time.monotonic()
            os.write(out, f"{at:.4f} {heard}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
