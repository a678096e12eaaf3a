"""``kiosk admin``: factor, person show and leave."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kiosk.cli.admin_leaf import Do, Things, act, login, thing
from kiosk.cli.admin_metadata import key_rules
from kiosk.cli.command_error import CommandError
from kiosk.cli.service_door import AdminDesk
from kiosk.model.counted import counted

if TYPE_CHECKING:
    from kiosk.service.store.factors import Factor


def configure(things: Things) -> None:
    """Declare the words."""
    kind = thing(things, "factor", "whatever a person proves with: badges, keys, cards, PIN, code app")
    login(act(kind, "list", "list them, with when each was last used", _list))
    suspend = _about_one(kind, "suspend", "let one prove nothing until it is resumed", _suspend)
    suspend.add_argument("--reason", required=True, metavar="TEXT", help="for whoever resumes it")
    _about_one(kind, "resume", "let a suspended one count again", _resume)
    _about_one(kind, "lost", "suspend one that was reported lost, and lock what is open", _lost)
    _about_one(kind, "revoke", "take one away for good", _revoke)


def configure_person(person: Things) -> None:
    """``show``, ``rename``, ``move``, ``contact`` and ``leave``."""
    login(act(person, "show", "show a person with all factors, and what is missing", _show))
    rename = act(person, "rename", "call a person otherwise; the login stays", _rename)
    login(rename)
    rename.add_argument("name", metavar="NAME", help="as shown on screens, such as “Anna Okonkwo”")
    move = act(person, "move", "let a person usually work elsewhere", _move)
    login(move)
    move.add_argument("place", metavar="PLACE", help="as shown on screens, such as “Ward 3 North”")
    contact = act(person, "contact", "set where a person is told of what is done to their factors", _contact)
    login(contact)
    where = contact.add_mutually_exclusive_group(required=True)
    where.add_argument("--to", dest="contact", metavar="ADDRESS", help="such as mailto:anna@hospital.example")
    where.add_argument("--none", action="store_true", help="nowhere")
    leave = act(person, "leave", "take everything away from somebody who works here no more", _leave)
    login(leave)
    leave.add_argument("--reason", metavar="TEXT", help="for the trail")


def _contact(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import people

    desk.db.write_now(people.set_contact, desk.admin, args.login, args.contact)
    print(f"{args.login} is told there now." if args.contact else f"{args.login} is told nowhere now.")


def _rename(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import people

    desk.db.write_now(people.rename, desk.admin, args.login, args.name)
    print(f"{args.login} is called {args.name} now.")


def _move(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import people

    desk.db.write_now(people.move, desk.admin, args.login, args.place)
    print(f"{args.login} works at {args.place} now.")


def _about_one(kind: Things, name: str, text: str, do: Do) -> argparse.ArgumentParser:
    leaf = act(kind, name, text, do)
    login(leaf)
    leaf.add_argument("factor", metavar="FACTOR", help="as listed, such as key:k7q2m4xd, or its name")
    return leaf


def moment(text: str) -> int:
    """Epoch seconds of an ISO 8601 time; of this machine's time zone if it names none. Raises ``CommandError``."""
    try:
        return int(datetime.fromisoformat(text).astimezone().timestamp())
    except (ValueError, OverflowError):
        raise CommandError(f"“{text}” is not a time. Write it like 2026-11-30T18:00.") from None


def when(at: int | None) -> str:
    """A time as lists show it: UTC, to the minute."""
    return "-" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%MZ")


def _line(one: Factor) -> str:
    state = f"suspended {when(one.suspended)}: {one.why}" if one.suspended is not None else "good"
    if one.until is not None:
        state += f", until {when(one.until)}"
    model = (one.model or "unknown model") + (", hardware" if one.hardware else "") if one.kind == "key" else "-"
    return "\t".join((one.short, one.name, f"since {when(one.since)}", f"used {when(one.last_used)}", state, model))


def _list(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin.act import the_person
    from kiosk.service.store import factors

    person = desk.db.read_now(the_person, args.login)
    for factor in desk.db.read_now(factors.of_person, person.id):
        print(_line(factor))


def _show(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin.act import the_person
    from kiosk.service.admin.life import keys_missing

    person = desk.db.read_now(the_person, args.login)
    print(f"{person.login}\t{person.name}\t{person.state}")
    print(f"roles\t{', '.join(person.roles) or '-'}")
    _list(desk, args)
    missing = desk.db.read_now(keys_missing, key_rules(desk), person)
    if missing:
        print(f"missing\t{missing} more key{'s' if missing > 1 else ''}, as these roles need two: key add {args.login}")


def _suspend(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import life

    found = desk.db.write_now(life.suspend_factor, desk.admin, args.login, args.factor, args.reason)
    print(f"{found.short} of {args.login} proves nothing now. Back with: factor resume {args.login} {found.short}")


def _resume(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import life

    found = desk.db.write_now(life.resume_factor, desk.admin, key_rules(desk), args.login, args.factor)
    print(f"{found.short} of {args.login} counts again.")


def _lost(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import life

    found = desk.db.write_now(life.report_lost, desk.admin, args.login, args.factor)
    print(f"{found.short} of {args.login} opens nothing now. Found again: factor resume. Gone for good: factor revoke.")


def _revoke(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import life

    found = desk.db.write_now(life.revoke_factor, desk.admin, args.login, args.factor)
    print(f"Took {found.short} from {args.login} for good.")


def _leave(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import life

    gone, ended = desk.db.write_now(life.leave, desk.admin, args.login, args.reason)
    factors, sessions = counted(gone, "factor"), counted(ended, "session ends", "sessions end")
    print(f"{args.login} has left: {factors} and all roles are gone, {sessions} now.")
