"""``kiosk admin directory``: whom a directory lets come and go, what it would change, and who may speak for it."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from kiosk.cli.admin_leaf import Things, act, login, thing
from kiosk.cli.admin_life import when
from kiosk.cli.admin_metadata import all_rules
from kiosk.cli.command_error import CommandError
from kiosk.cli.service_door import AdminDesk
from kiosk.model.counted import counted

if TYPE_CHECKING:
    from kiosk.service.directory.deciding import RoleGiving
    from kiosk.service.directory.planning import DirectoryPlan

LET_HOURS = 1
TOKEN_DAYS = 365


def configure(things: Things) -> None:
    """Declare the words."""
    directory = thing(things, "directory", "people's coming and going by a directory")
    _source(act(directory, "plan", "say what a directory would change, and change nothing", _plan))
    apply = act(directory, "apply", "carry out what a directory wants, now", _apply)
    _source(apply)
    _beyond(apply, "--let-")
    let = act(directory, "let", "let a directory do more than the brake allows, for an hour", _let)
    let.add_argument("source", metavar="SOURCE")
    _beyond(let, "--")
    act(directory, "status", "say how each directory's last answer was", _status)
    adopt = act(directory, "adopt", "let a directory manage a person whom an administrator added", _adopt)
    login(adopt)
    adopt.add_argument("--source", required=True, metavar="SOURCE", help="“ldap”, or as its token was made for")
    adopt.add_argument("--external-id", metavar="ID", help="what the directory calls the person for good")
    login(act(directory, "release", "let no directory manage a person any more; nothing else changes", _release))
    token = thing(directory, "token", "tokens by which a directory speaks SCIM")
    add = act(token, "add", "make a token and print it, once", _token_add)
    add.add_argument("source", metavar="SOURCE", help="a name for that directory, such as entra")
    add.add_argument("--days", type=int, default=TOKEN_DAYS, metavar="N", help=f"good for so long ({TOKEN_DAYS})")
    act(token, "list", "list all tokens, without their secrets", _token_list)
    act(token, "revoke", "refuse a token from now on", _token_revoke).add_argument("token", metavar="ID")


def _source(leaf: argparse.ArgumentParser) -> None:
    leaf.add_argument("--source", default="ldap", metavar="SOURCE", help="which directory (ldap)")


BEYOND = {
    "leave": "so many may lose their access",
    "altered": "so many may have another login, or a role less",
    "privileged": "so many roles with power may be given",
}


def _beyond(leaf: argparse.ArgumentParser, begin: str) -> None:
    for name, told in BEYOND.items():
        leaf.add_argument(f"{begin}{name}", dest=name, type=int, default=0, metavar="N", help=told)


def _giving(desk: AdminDesk) -> RoleGiving:
    """Raises ``CommandError``."""
    from kiosk.service.directory import pulling

    return pulling.giving_from(desk.folder.settings.directory, all_rules(desk))


def _planned(desk: AdminDesk, source: str, giving: RoleGiving) -> DirectoryPlan:
    """Of LDAP by asking it now, of another by what it said so far. Raises ``CommandError``."""
    from kiosk.service.directory import ldap_people, planning
    from kiosk.service.directory.ldif import NoAnswerError
    from kiosk.service.directory.wanted import LDAP

    if source != LDAP:
        return desk.db.read_now(planning.kept, source, giving)
    if giving.rules.ldap is None:
        raise CommandError("No LDAP is set. See [directory.ldap] in docs/directory.md.")
    try:
        answer = ldap_people.fetch(giving.rules.ldap, giving.rules)
    except NoAnswerError as error:
        raise CommandError(f"{error} Nothing was changed.", 1) from None
    return desk.db.read_now(planning.make, source, answer, giving)


def _tell(plan: DirectoryPlan) -> None:
    from kiosk.service.directory.deciding import WORDS
    from kiosk.service.records.table import visible

    for item in plan.persons:
        for planned in item.plan.acts:
            print("\t".join(map(visible, (item.plan.login, WORDS[planned.kind], planned.value or "-"))))
        if item.plan.refused is not None:
            print("\t".join(map(visible, (item.plan.login, "cannot be", item.plan.refused))))
    changed = len(plan.persons) - plan.refused
    print(
        f"{changed} of {counted(plan.managed, 'person')} would change: {plan.leaving} lose their access, "
        f"{counted(plan.altering, 'has', 'have')} another login or a role less, "
        f"{counted(plan.raising, 'role with power is', 'roles with power are')} given; {plan.refused} cannot be.",
        file=sys.stderr,
    )


def _plan(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin.act import ActRefusedError
    from kiosk.service.directory import planning

    giving = _giving(desk)
    plan = _planned(desk, args.source, giving)
    _tell(plan)
    try:
        desk.db.read_now(planning.check, plan, giving, desk.admin.now)
    except ActRefusedError as error:
        print(f"It would not be carried out. {error}", file=sys.stderr)


def _apply(desk: AdminDesk, args: argparse.Namespace) -> None:
    from dataclasses import replace

    from kiosk.service.directory import planning, pulling

    giving = _giving(desk)
    if args.leave or args.altered or args.privileged:
        _let_beyond(desk, args, 60)
    plan = _planned(desk, args.source, giving)
    _tell(plan)
    desk.db.read_now(planning.check, plan, giving, desk.admin.now)
    done = planning.carry_out(desk.db, replace(desk.admin, source=args.source), plan, giving)
    pulling.note(desk.db, args.source, pulling.trouble_of(done), desk.admin.now, whole=True)
    for who, why in done.refused:
        print(f"{who}: {why}", file=sys.stderr)
    print(f"{counted(done.changed, 'person is', 'persons are')} changed.")


def _let_beyond(desk: AdminDesk, args: argparse.Namespace, seconds: int) -> None:
    from kiosk.service.admin import directory

    numbers = (args.leave, args.privileged, args.altered)
    desk.db.write_now(directory.let, desk.admin, args.source, *numbers, seconds)


def _let(desk: AdminDesk, args: argparse.Namespace) -> None:
    _let_beyond(desk, args, LET_HOURS * 3600)
    print(f"Within the next hour {args.source} may go so far; after that the brake holds again.")


def _status(desk: AdminDesk, _args: argparse.Namespace) -> None:
    from kiosk.service.store import directory, directory_sources

    states = desk.db.read_now(directory_sources.states)
    if not states:
        print("No directory has spoken yet.")
    for state in states:
        count = desk.db.read_now(directory.count, state.name, desk.admin.now, desk.admin.now + 1)
        good = f"last carried out {when(state.good)}" if state.good else "never carried out"
        print("\t".join((state.name, f"{counted(count, 'person')}", good, state.trouble or "no trouble")))


def _adopt(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.directory import carrying

    desk.db.write_now(carrying.adopt, desk.admin, args.login, args.source, args.external_id)
    print(f"The directory “{args.source}” manages {args.login} from now on.")


def _release(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.directory import carrying

    source = desk.db.write_now(carrying.release, desk.admin, args.login)
    print(f"The directory “{source}” does not manage {args.login} any more. Nothing else changed.")


def _token_add(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.directory import tokens

    print(desk.db.write_now(tokens.make, desk.admin, args.source, args.days))
    print(
        f"Shown this once: give it to the directory now, with {desk.folder.origin}/scim/v2 as the address.",
        file=sys.stderr,
    )


def _token_list(desk: AdminDesk, _args: argparse.Namespace) -> None:
    from kiosk.service.store import directory_sources

    for token in desk.db.read_now(directory_sources.tokens):
        state = "revoked" if token.revoked else "ended" if token.expires <= desk.admin.now else "good"
        times = (f"until {when(token.expires)}", f"used {when(token.last_used)}")
        print("\t".join((token.id, token.source, state, *times)))


def _token_revoke(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.directory import tokens

    desk.db.write_now(tokens.revoke, desk.admin, args.token)
    print(f"{args.token} is refused from now on.")
