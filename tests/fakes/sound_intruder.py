"""Runs in a workspace and tries to reach sound that is not its own; says in one line of JSON what came of it.

``sound_intruder.py STATION THEIRS REPORT``: the address of the station's sound server; the folder of the test, which
only tests show to programs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path


def said(*words: str) -> str:
    """What ``pactl`` said; nothing where it failed."""
    done = subprocess.run(["pactl", *words], capture_output=True, text=True, timeout=20)
    return done.stdout if done.returncode == 0 else ""


def files(kind: Callable[[Path], bool], but: str) -> list[str]:
    """All of a kind, outside of folder ``but``, which tests alone show to programs."""
    found = []
    for folder, folders, names in os.walk("/"):
        folders[:] = [
            name for name in folders if f"{folder}/{name}" not in ("//proc", "//usr", "//sys", f"/{but}", but)
        ]
        found += [f"{folder}/{name}" for name in names if kind(Path(folder, name))]
    return found


def main(station: str, theirs: str, report: str) -> None:
    own = os.environ["PULSE_SERVER"]
    others = [f"unix:{path}" for path in files(Path.is_socket, theirs) if f"unix:{path}" != own and "pulse" in path]
    for uid in (0, os.getuid(), 1000):
        others.append(f"unix:/run/user/{uid}/pulse/native")
    others = [address for address in dict.fromkeys([station, "tcp:127.0.0.1", *others]) if address != own]
    found = {
        "own": bool(said("info")),
        "reached": [address for address in others if said("-s", address, "info")],
        "loaded": [name for name in ("module-null-sink", "module-native-protocol-tcp") if said("load-module", name)],
        "sources": [line.split("\t")[1] for line in said("list", "short", "sources").splitlines()],
        "clients": len(said("list", "short", "clients").splitlines()),
        "streams": len(said("list", "short", "sink-inputs").splitlines()),
        "devices": Path("/dev/snd").exists(),
        "pipes": files(Path.is_fifo, theirs),
    }
    Path(report).write_text(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
