"""``python -m kiosk.service.openapi docs/openapi.json`` writes the interface's description."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from kiosk.service.app import openapi


def main(argv: list[str]) -> int:
    """Write the description to the one path given. The exit status."""
    if len(argv) != 1:
        print("Say where to write it: python -m kiosk.service.openapi docs/openapi.json", file=sys.stderr)
        return 2
    Path(argv[0]).write_text(json.dumps(openapi(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
