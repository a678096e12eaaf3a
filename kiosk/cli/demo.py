"""``kiosk demo``: windows with a display, the scripted tour without; or two monitors, or a chart, in pictures."""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
from pathlib import Path
from types import FrameType

from kiosk.cli.command_error import CommandError


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tour", action="store_true", help="the scripted tour, even where there is a display")
    parser.add_argument("--two-monitors", action="store_true", help="pictures of switching on two virtual monitors")
    parser.add_argument("--chart", action="store_true", help="pictures of an electronic chart in Chromium")
    parser.add_argument("--out", type=Path, default=None, help="folder for the pictures (default: build/tour)")
    parser.add_argument("--theme", choices=["light", "dark", "contrast"], default="light")


def run(args: argparse.Namespace) -> int:
    from kiosk.demo.processes import ChildFailedError

    signal.signal(signal.SIGTERM, _end)
    with tempfile.TemporaryDirectory(prefix="kiosk-demo-") as work:
        try:
            if args.two_monitors:
                return _switching(Path(work), args.out or Path("build/two-monitors"))
            if args.chart:
                return _chart(Path(work), args.out or Path("build/chart"))
            if args.tour or not os.environ.get("DISPLAY"):
                return _tour(Path(work), args.out or Path("build/tour"))
            from kiosk.demo.run_table import run_table

            return run_table(Path(work), args.theme)
        except ChildFailedError as failure:
            raise CommandError(f"The demo could not go on: {failure}", status=1) from failure


def _end(number: int, _frame: FrameType | None) -> None:
    """Told to end: on the way out everything is taken down, and nothing stays behind in the temporary folder."""
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


def _tour(work: Path, out: Path) -> int:
    from kiosk.demo.run_tour import run_tour

    print("No display here: a scripted tour on a virtual screen." if not os.environ.get("DISPLAY") else "The tour.")
    well, said = run_tour(work, out)
    print(f"Pictures in {out}. {said}")
    return 0 if well else 1


def _switching(work: Path, out: Path) -> int:
    from kiosk.demo.two_monitors import run_switching

    well = run_switching(work, out)
    print(f"Pictures in {out}. " + ("Every step worked." if well else "At least one step FAILED."))
    return 0 if well else 1


def _chart(work: Path, out: Path) -> int:
    from kiosk.demo.chart_tour import run_chart

    well = run_chart(work, out)
    print(f"Pictures in {out}. " + ("Every step worked." if well else "At least one step FAILED."))
    return 0 if well else 1
