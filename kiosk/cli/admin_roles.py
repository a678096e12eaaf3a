"""``kiosk admin role``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from kiosk.cli.admin_leaf import Things, act, login, new_role, thing
from kiosk.cli.admin_metadata import all_rules
from kiosk.cli.service_door import AdminDesk
from kiosk.model.counted import counted


def configure(things: Things) -> None:
    """Declare the words."""
    role = thing(things, "role", "roles")
    add = act(role, "add", "give a role, and lock what is open", _add)
    remove = act(role, "remove", "take a role away, and lock what is open", _remove)
    transfer = act(role, "transfer", "give another role in place of one, and lock what is open", _transfer)
    for leaf, roles in ((add, ("role",)), (remove, ("role",)), (transfer, ("old", "new"))):
        login(leaf)
        for name in roles:
            leaf.add_argument(name, metavar=name.upper())
    new_role(add)
    new_role(transfer)


def named(desk: AdminDesk, args: argparse.Namespace) -> frozenset[str] | None:
    """The roles of the rules; None where a new one is meant as it is written. Raises ``CommandError``."""
    from kiosk.service.policy import roles

    return None if args.new_role else roles.named(all_rules(desk))


def fresh(desk: AdminDesk, said: Sequence[str], known: frozenset[str] | None) -> tuple[str, ...]:
    """Those of ``said`` that neither a rule names nor anybody has. Raises ``ActRefusedError``."""
    from kiosk.service.admin import people

    return desk.db.read_now(people.check_known, said, known)


def tell(desk: AdminDesk, new: Sequence[str]) -> None:
    """Say which roles came new, and which ones the rules know: what was meant as one of those has no effect."""
    from kiosk.service.policy import roles

    if new:
        said, known = ", ".join(new), ", ".join(sorted(roles.named(all_rules(desk))))
        print(
            f"Warning: nobody had the role {said} before, and no rule names it. The rules name {known}.",
            file=sys.stderr,
        )


def _add(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import people

    known = named(desk, args)
    new = fresh(desk, (args.role,), known)
    locked = desk.db.write_now(people.add_role, desk.admin, args.login, args.role, known)
    print(f"{args.login} has the role {args.role} now; {_locked(locked)}.")
    tell(desk, new)


def _remove(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import people

    locked = desk.db.write_now(people.remove_role, desk.admin, args.login, args.role)
    print(f"{args.login} no longer has the role {args.role}; {_locked(locked)}.")


def _transfer(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import life

    known = named(desk, args)
    new = fresh(desk, (args.new,), known)
    locked = desk.db.write_now(life.transfer_role, desk.admin, args.login, args.old, args.new, known)
    print(f"{args.login} is {args.new} in place of {args.old} now; {_locked(locked)}.")
    tell(desk, new)


def _locked(sessions: int) -> str:
    return counted(sessions, "open session is", "open sessions are") + " locked"
