"""Runs in a workspace: plays one note as long as it may, and says whenever the microphone begins or ends to be heard.

``sound_inside.py SAMPLE REPORT``: what it plays, two bytes of ``SAMPLE`` over and over; where it says ``hears`` or
``hears nothing``, and the moment of the last sample that was heard (CLOCK_MONOTONIC, seconds).
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path

SPEC = ["--raw", "--format=s16le", "--rate=48000"]
SILENCE = 0.3


def play(sample: int) -> None:
    player = subprocess.Popen(["pacat", *SPEC, "--channels=2", "--latency-msec=40"], stdin=subprocess.PIPE)
    assert player.stdin is not None
    while True:
        player.stdin.write(bytes([sample]) * 1920)


def main(sample: str, report: str) -> None:
    threading.Thread(target=play, args=(int(sample),), daemon=True).start()
    words = ["parec", *SPEC, "--channels=1", "--latency-msec=20", "--device=microphone"]
    recorder = subprocess.Popen(words, stdout=subprocess.PIPE)
    assert recorder.stdout is not None
    before, last = "", 0.0
    while recorder.poll() is None:
        there = select.select([recorder.stdout], [], [], SILENCE)[0]
        heard = any(os.read(recorder.stdout.fileno(), 1 << 16)) if there else False
        now = "hears" if heard else "hears nothing"
        last = time.monotonic() if heard else last
        if now != before:
            Path(report).write_text(f"{now} {last:.4f}\n")
            before = now


if __name__ == "__main__":
    main(*sys.argv[1:])
