"""``kiosk admin import``: a list is read, judged and shown; then it comes in, whole."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli import admin_roles, asking, badge
from kiosk.cli.admin_leaf import Things, act, new_role
from kiosk.cli.admin_metadata import all_rules
from kiosk.cli.command_error import CommandError
from kiosk.cli.service_door import AdminDesk
from kiosk.model.counted import counted

if TYPE_CHECKING:
    from kiosk.service.records.importing import CheckedList, Imported
    from kiosk.service.records.people_csv import PeopleFile
    from kiosk.service.records.updating import UpdatePlan

TELL_EVERY = 1.0
COLUMNS = ("login", "name", "roles", "uid", "place", "contact")
"""As in ``records.layout``; here so that ``--help`` loads no service."""
PREVIEWED = 3
EXAMPLES = """examples:
  import staff.csv --dry-run                          what is wrong, how it reads, who would get which power
  import staff.csv                                    add everybody: all of it, or nothing
  import staff.csv --update --dry-run                 what would change of people who are there
  import staff.csv --update --yes                     change it, as a script does every night
  import moves.csv --update                           a file with the columns login,place alone moves people
  import hr.csv --map login=PersNr --map name=Vorname+Nachname --encoding cp1252
  import badges.csv --badge-format H10301,typed=card,facility=17     the column uid holds printed card numbers
"""


def configure(things: Things) -> None:
    """Declare the words."""
    text = "add persons, their roles and badges from a CSV file, or change those who are there: all of it or nothing"
    bring = act(things, "import", text, _import)
    bring.epilog, bring.formatter_class = EXAMPLES, argparse.RawDescriptionHelpFormatter
    bring.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="its first line: login,name,roles,uid[,place,contact]; other columns are left",
    )
    bring.add_argument("--dry-run", action="store_true", help="only say what is wrong, line by line, and what it does")
    bring.add_argument(
        "--update",
        action="store_true",
        help="change people who are there, too: names, roles, places, contacts, one more badge. An empty cell or a"
        " column that is not there changes nothing",
    )
    bring.add_argument(
        "--leave-missing",
        action="store_true",
        help="with --update: whoever works here and is not in the list leaves, as by person leave",
    )
    asking.configure(bring, "give powerful roles, take roles away and let people leave without being asked")
    new_role(bring)
    bring.add_argument("--encoding", metavar="NAME", help="of a file that is not Unicode, such as cp1252")
    bring.add_argument("--delimiter", type=_delimiter, metavar="CHAR", help="between its cells, if it is not found out")
    asking.add_map(bring, COLUMNS)
    badge.add_format(bring)
    bring.add_argument(
        "--allow-resembling", action="store_true", help="only warn of numbers that look like another badge's, reversed"
    )


def _import(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.policy import roles
    from kiosk.service.records import importing, people_csv
    from kiosk.service.records.layout import Wishes

    if args.leave_missing and not args.update:
        raise CommandError("--leave-missing goes with --update.")
    formats = badge.formats_of(args)
    wishes = Wishes(args.encoding, args.delimiter, asking.columns_of(args), partial=args.update, formats=formats)
    read = people_csv.read(_bytes(args.file, people_csv.MAX_BYTES + 1), wishes)
    keys, named = desk.folder.keys.badge, admin_roles.named(desk, args)
    terms = importing.Terms(args.allow_resembling, named, args.update, args.leave_missing)
    checked = desk.db.read_now(importing.check, keys, read, terms)
    for problem in checked.problems:
        print(problem)
    if not checked.ok:
        raise CommandError(str(importing.ImportRefusedError(checked.problems)), 1)
    powers = checked.plan.given(roles.privileged(all_rules(desk)))
    if args.dry_run or args.update:
        _preview(read, checked)
    _tell_powers(powers)
    if args.dry_run:
        print(f"{_would(checked)} SHA-256 of the file: {read.sha256}")
        return
    _ask(checked, powers, yes=args.yes)
    progress = Progress(len(checked.plan.new))
    try:
        done = desk.db.write_now(importing.run, desk.admin, keys, read, args.file.name, checked, progress.tell)
    finally:
        progress.end()
    print(f"{_done(done, update=args.update)} SHA-256 of the file: {read.sha256}")


def _preview(read: PeopleFile, checked: CheckedList) -> None:
    """How the file was read, its first new persons, so that a wrong guess shows, and every change."""
    if read.layout is not None:
        print(f"Read as {read.encoding}, {read.layout.said()}.")
    for entry in checked.plan.new[:PREVIEWED]:
        roles, place = ", ".join(entry.roles) or "no role", f", {entry.place}" if entry.place else ""
        print(f"  {entry.login}: {entry.name} ({roles}{place}{', badge' if entry.number else ''})")
    if checked.terms.update:
        _preview_changes(checked.plan, leave=checked.terms.leave)


def _preview_changes(plan: UpdatePlan, *, leave: bool) -> None:
    from kiosk.service.records.table import ReportTable

    def show(title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
        if rows:
            print(f"{title}:\n{ReportTable(columns, tuple(rows)).as_text()}", end="")

    changed = [
        (change.login, change.what, change.before, change.after)
        for change in plan.changes
        if change.what != "role taken"
    ]
    show("Changes", ("login", "what", "before", "after"), changed)
    show("Roles taken away", ("login", "role"), [(change.login, change.before) for change in plan.taken])
    if leave:
        show(
            "Leaving, with all factors and roles",
            ("login", "name"),
            [(person.login, person.name) for person in plan.missing],
        )
    elif plan.missing:
        print(f"Not in the list, and left as they are: {counted(len(plan.missing), 'person')}.")


def _tell_powers(powers: list[tuple[str, str, str]]) -> None:
    from kiosk.service.records.table import ReportTable

    if powers:
        print(f"Powerful roles given:\n{ReportTable(('login', 'name', 'role'), tuple(powers)).as_text()}", end="")


def _ask(checked: CheckedList, powers: list[tuple[str, str, str]], *, yes: bool) -> None:
    """At a terminal before any change, in a script before what gives power or takes it away. Raises
    ``CommandError``."""
    plan, said = checked.plan, []
    if powers:
        said.append(f"This gives {counted(len({login for login, _, _ in powers}), 'person')} powerful roles.")
    if plan.taken:
        said.append(f"This takes roles from {counted(len({change.login for change in plan.taken}), 'person')}.")
    if checked.terms.leave and plan.missing:
        said.append(f"Not in the list, and so they leave: {counted(len(plan.missing), 'person')}.")
    if said or (plan.changes and sys.stdin.isatty()):
        asking.sure(" ".join(said) or _would(checked), yes=yes)


def _would(checked: CheckedList) -> str:
    plan = checked.plan
    badges = sum(entry.number is not None for entry in plan.new)
    said = f"{counted(len(plan.new), 'person')} and {counted(badges, 'badge')} would be added."
    if not checked.terms.update:
        return said
    people = len({change.login for change in plan.changes})
    said += f" {counted(len(plan.changes), 'change')} of {counted(people, 'person')}; {plan.same} are so already."
    return said + (f" {len(plan.missing)} would leave." if checked.terms.leave else "")


def _done(done: Imported, *, update: bool) -> str:
    said = f"Added {counted(done.persons, 'person')} and {counted(done.badges, 'badge')}."
    if update:
        said += f" Made {counted(done.changes, 'change')}." + (f" {done.gone} left." if done.gone else "")
    return said


def _delimiter(text: str) -> str:
    found = {"tab": "\t", "\\t": "\t"}.get(text.lower(), text)
    if len(found) != 1 or found.isalnum() or found == '"':
        raise argparse.ArgumentTypeError("one character, such as ; or the word tab")
    return found


class Progress:
    """Tells on standard error how far a long act is, once a second; nothing for a short one.

    From a thread of its own: a terminal that is held (Ctrl-S) holds that thread, and not the act in its transaction.
    """

    def __init__(self, whole: int) -> None:
        self._whole, self._count, self._said = whole, 0, False
        self._over = threading.Event()
        self._teller = threading.Thread(target=self._tell_on, name="progress", daemon=True)
        self._teller.start()

    def tell(self, count: int) -> None:
        """``count`` of the whole are done."""
        self._count = count

    def end(self) -> None:
        """It is over, well or not: nothing is told any more."""
        self._over.set()
        self._teller.join()
        if self._said and self._count >= self._whole:
            self._say()

    def _tell_on(self) -> None:
        while not self._over.wait(TELL_EVERY):
            self._said = True
            self._say()

    def _say(self) -> None:
        print(f"{self._count} of {counted(self._whole, 'person')}", file=sys.stderr, flush=True)


def _bytes(path: Path, most: int) -> bytes:
    """At most ``most`` bytes of a file. Raises ``CommandError``."""
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
