"""``kiosk server-login``: what PAM and FreeRADIUS run on a server where people sign in.

Exit status 0 lets somebody in. Every other one does not.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from kiosk.cli.command_error import CommandError
from kiosk.server_login import asking, one_time, pam, radius
from kiosk.server_login.service_line import ServerLoginError, ServiceLine
from kiosk.settings import SettingsError, load
from kiosk.settings.server_login import DEFAULT, ServerLoginSettings

REFUSED = 1
_ENVIRON = Path("/proc/self/environ")


def configure(parser: argparse.ArgumentParser) -> None:
    ways = {
        "ask": "for pam_exec: the person approves at the workstation where they are",
        "one-time": "for pam_exec with expose_authtok: a one-time password was typed, or handed on by a program",
        "radius": "for FreeRADIUS's module exec: a one-time password, answered by attributes",
    }
    parser.add_argument("way", choices=ways, help="; ".join(f"{name}: {text}" for name, text in ways.items()))
    parser.add_argument("--settings", type=Path, default=Path(DEFAULT), metavar="FILE", help=f"default: {DEFAULT}")


def run(args: argparse.Namespace) -> int:
    """The exit status. Raises ``CommandError``."""
    try:
        settings = load(ServerLoginSettings, args.settings)
    except SettingsError as error:
        raise CommandError(str(error), radius.FAIL) from None
    if args.way == "radius":
        return _radius(settings)
    said: dict[str, str] = {}
    try:
        said = pam.environment(_ENVIRON.read_bytes())
        login = pam.login_of(said)
        text = pam.message(said, settings.name)
        if args.way == "ask":  # before anything is known of the login
            print(f"Approve at your workstation: {text}.", flush=True)
        pam.check_account(login, settings.system_accounts)
        line = ServiceLine(settings)
        if args.way == "ask":
            asking.approved(line, settings, login, text)
        else:
            one_time.signed_in(line, settings, login, pam.typed(sys.stdin.buffer.read(pam.MAX_PASSWORD)))
    except ServerLoginError as error:
        print(pam.printed(error), flush=True)  # pam_exec hands it on to the person
        _log(said.get("PAM_USER", ""), error)
        return REFUSED
    return 0


def _log(login: str, error: ServerLoginError) -> None:
    """For whoever keeps the server: why it was."""
    import syslog

    syslog.openlog("kiosk-server-login", 0, syslog.LOG_AUTH)
    syslog.syslog(syslog.LOG_NOTICE, pam.logged(login if pam.LOGIN.fullmatch(login) else "-", error))


def _radius(settings: ServerLoginSettings) -> int:
    try:
        login, password = radius.shown(os.environ)
        print(radius.attributes(settings, one_time.signed_in(ServiceLine(settings), settings, login, password)))
    except ServerLoginError as error:
        print(radius.sentence(error))
        return radius.REJECT
    return radius.OK
