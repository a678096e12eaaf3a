"""Eight people who type their PINs at once cost two checks' memory, and that is given back."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import asyncio, sys
from kiosk.service.platform import memory
from kiosk.service.platform.budgets import Budgets
from kiosk.service.proofs import pin_and_otp as memorised
from kiosk.service.platform.pin_turns import PinTurns

def now():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmRSS")).split()[1]) // 1024

async def run():
    if sys.argv[1] == "bounded":
        memory.give_back()
    turns = PinTurns(Budgets())
    stored = await asyncio.to_thread(memorised.HASHER.hash, "1")
    before = now()
    for _ in range(2):
        await asyncio.gather(*(memorised.pin_matches(turns, f"s{at}", stored, "2") for at in range(8)))
    print(now() - before)

before = now()
asyncio.run(run())
print(now() - before)
"""


def test_what_checks_of_pins_took_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT, "bounded"], capture_output=True, text=True, check=True)
    more, whole = map(int, done.stdout.split())
    assert more <= 8 and whole <= 30, done.stdout
