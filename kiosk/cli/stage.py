"""``kiosk stage``: the station's whole screen. Runs the stage process, which runs the agent."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from kiosk.cli.command_error import CommandError
from kiosk.cli.doctor_stage import missing_packages
from kiosk.model.reach import read_reach
from kiosk.settings import NAMES_SHOWN, NAMESPACES, AgentSettings, ProgramSettings, load
from kiosk.settings.owners import BELIEVED, NotOursError, check_folder, check_programs
from kiosk.stage.plan_words import SEPARATOR
from kiosk.stage.users import NoUsersError, Users
from kiosk.ui.words import ENGLISH, Words, languages

_AGAIN = """
told=
trap 'told=1; kill -TERM "$stage" 2>/dev/null' TERM INT HUP
while [ -z "$told" ]; do
    "$@" & stage=$!
    [ -z "$told" ] || kill -TERM "$stage" 2>/dev/null
    wait "$stage"; status=$?
    while kill -0 "$stage" 2>/dev/null; do wait "$stage"; status=$?; done
    case $status in 0 | 78) exit "$status" ;; esac
    [ -n "$told" ] || sleep 0.2
done
"""
"""Starts the stage again unless it ended well or we are told to end: with its display gone it never ends well.
With 78 it says that another stage has the display; that one is not disturbed further.

A shell, because it takes one megabyte and cannot fail much.
"""
_SECRET = ("keys", "run", "log")
"""In the station's folder: its key, its doorbell, what happened here."""
ROOT = (
    "stage: Nothing limits how many processes root may have, so “workspace_processes” counts nothing here. "
    "Run the station as a user of its own, or set workspace_users = true."
)
START = "import sys; sys.path[:0] = {paths!r}; from kiosk.stage.main import main; sys.exit(main(sys.argv[1:]))"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds ``run``."""
    acts = parser.add_subparsers(dest="act", metavar="run", required=True)
    run_parser = acts.add_parser("run", help="own the display until told to stop; to be an X session's only program")
    run_parser.add_argument("--home", required=True, type=Path, metavar="DIR", help="the workstation's own folder")
    run_parser.add_argument("--bar", type=int, default=56, metavar="PX", help="height left to the session bar at first")
    run_parser.add_argument("--agent-option", action="append", default=[], help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Becomes the stage; returns only by raising. Raises ``CommandError``, ``SettingsError``."""
    home = args.home.resolve()
    try:
        check_folder(args.home, BELIEVED)
        settings = load(AgentSettings, home / "agent.toml")
        check_programs(settings)
    except NotOursError as error:
        raise CommandError(str(error)) from None
    if settings.stage != "nested":
        raise CommandError(
            f'{home}/agent.toml does not say stage = "nested". Add it, or run: kiosk agent run --home {home}'
        )
    _check_readable(home, settings.workspace_readable)
    missing = missing_packages(settings)
    if missing:
        raise CommandError(f"Install what the stage needs: apt install {' '.join(missing)}")
    if settings.workspace_users:
        try:
            Users()
        except NoUsersError as error:
            raise CommandError(f"{error}, or set workspace_users = false in {home}/agent.toml.") from None
    if not os.environ.get("DISPLAY"):
        raise CommandError("There is no display. Start the stage as an X session, or set DISPLAY.")
    words = stage_words(home, settings, args.bar, args.agent_option)
    if os.getuid() == 0 and settings.workspace_processes and not settings.workspace_users:
        print(ROOT, file=sys.stderr, flush=True)
    os.execv("/bin/sh", ["sh", "-c", _AGAIN, "kiosk-stage", *words])  # noqa: S606 # becomes it


def _check_readable(home: Path, readable: Sequence[str]) -> None:
    """Programs must never read the station's key, nor ring at its own doorbell. Raises ``CommandError``.

    Single files of the folder may be shown; what holds its secrets, or all of it, may not.
    """
    for path in readable:
        shown = Path(path).resolve()
        if any(shown.is_relative_to(home / name) or (home / name).is_relative_to(shown) for name in _SECRET):
            raise CommandError(
                f"“workspace_readable” in {home}/agent.toml may not hold “{path}”: programs could read this station's "
                "key there. Name narrower folders."
            )


def stage_words(home: Path, settings: AgentSettings, bar: int, agent_options: list[str]) -> list[str]:
    """The command line of the stage process. It reads no settings by itself: less code, less memory, less to attack."""
    # The installed command finds its packages by itself (installer/debian); “-m” would look where it may not.
    program = ["-IS", sys.argv[0]] if sys.flags.no_site else ["-m", "kiosk"]
    agent = [sys.executable, *program, "agent", "run", "--home", str(home), *agent_options]
    runtime = os.environ.get("XDG_RUNTIME_DIR") or "/tmp"  # noqa: S108 # made private by the stage itself
    plan = {
        "agent": SEPARATOR.join(agent),
        "folder": f"{runtime}/kiosk-stage-{os.getuid()}",
        "bar": str(bar),
        "kerberos": SEPARATOR.join([sys.executable, *program, "kerberos"] if settings.workspace_kerberos else []),
        **_of_the_settings(settings),
    }
    words = [f"{name}={value}" for name, value in plan.items()]
    words += [f"readable={path}" for path in settings.workspace_readable]
    words += [f"reach={SEPARATOR.join(read_reach(entry).words())}" for entry in settings.workspace_reach]
    words += [f"printer={printer.name}{'=raw' * printer.raw}" for printer in settings.printer]
    words += [
        f"program{'_again' * program.again}{'_awake' * program.awake}={SEPARATOR.join(_told(program))}"
        for program in settings.programs
    ]
    # Isolated and without site: what is not imported takes no memory and cannot be led astray by the environment.
    return [sys.executable, "-I", "-S", "-c", START.format(paths=_import_paths()), *words]


def _of_the_settings(settings: AgentSettings) -> dict[str, str]:
    """What a word says once; what may repeat is not here."""
    return {
        "network": str(int(settings.workspace_network == "host")),
        "door": str(settings.doorbell_port if settings.pages_ring_inside else 0),
        "proxy": settings.workspace_proxy,
        "namespaces": str(NAMESPACES.index(settings.workspace_namespaces)),
        "most": str(settings.workspaces),
        "data_mib": str(settings.workspace_memory),
        "each_mib": str(settings.workspace_total),
        "processes": str(settings.workspace_processes),
        "users": str(int(settings.workspace_users)),
        "hidden_seconds": str(settings.workspace_hidden),
        "rest": str(settings.workspace_rest),
        "idle_limit": str(settings.idle_limit),
        "titles": str(int(settings.workspace_titles == "all")),
        "scale": str(settings.workspace_scale),
        "sound": str(int(settings.workspace_sound)),
        "microphone": str(int(settings.workspace_microphone)),
        "print_server": settings.print_server,
        "notices": SEPARATOR.join(settings.workspace_notices),
        "krb5_conf": settings.workspace_krb5_conf,
        "asks": SEPARATOR.join(_asks(settings.language)),
    }


def _told(program: ProgramSettings) -> tuple[str, ...]:
    """Its name as people read it, its icon, its words."""
    name = "".join(c if c.isprintable() else " " for c in program.name)[:NAMES_SHOWN]
    return name, program.icon, *program.command


def _asks(language: str) -> tuple[str, str]:
    """What the cross of a window asks, in the station's language; in English where that does not say it, or is none."""
    words = Words(language if language in languages() else ENGLISH)  # an agent without its language says so itself
    return words("window.close"), words("window.keep")


def _import_paths() -> list[str]:
    found = []
    for package in ("kiosk", "Xlib", "six", "jeepney"):
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise CommandError(f"The Python package {package} is missing. Run installer/setup.sh again.")
        origin = Path(spec.origin).parent
        path = str(origin if package == "six" else origin.parent)
        if path not in found:
            found.append(path)
    return found
