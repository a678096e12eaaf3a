"""The bare loop that our watcher is held against: one reader, a line of monotonic seconds a tap."""

from __future__ import annotations

import sys
import time

from smartcard import scard


def main(reader: str) -> None:
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    state = scard.SCARD_STATE_UNAWARE
    while True:
        _, answers = scard.SCardGetStatusChange(context, scard.INFINITE, [(reader, state)])
        seen = time.monotonic()
        (_, now, _) = answers[0]
        came = now & scard.SCARD_STATE_PRESENT and not state & scard.SCARD_STATE_PRESENT
        if came and state != scard.SCARD_STATE_UNAWARE:
            print(f"{seen:.6f}", flush=True)
        state = now


if __name__ == "__main__":
    main(sys.argv[1])
