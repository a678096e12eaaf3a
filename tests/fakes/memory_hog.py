"""A program that takes all the memory it can get: ``memory_hog.py LOGIN FIFO`` tells how many MiB, and keeps them."""

import os
import signal
import sys

if __name__ == "__main__":
    eaten = []
    try:
        while True:
            eaten.append(b"\xff" * (1 << 20))
    except MemoryError:
        notes = os.open(sys.argv[2], os.O_WRONLY)
        os.write(notes, f"{len(eaten)}\n".encode())
    signal.pause()
