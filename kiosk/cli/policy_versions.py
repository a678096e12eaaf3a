"""``kiosk policy apply``, ``history``, ``rollback`` and ``simulate``: the policy of a running service."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli import moments, policy_second
from kiosk.cli.admin_leaf import Things
from kiosk.cli.command_error import CommandError
from kiosk.model.counted import counted

if TYPE_CHECKING:
    from kiosk.service.records.replayed_policy import AnswerChange, PolicyReplay
    from kiosk.service.store.policy_proposals import PolicyProposal
    from kiosk.service.store.policy_versions import PolicyVersion

MAX_LINES = 30
"""Kinds of changed answers that ``simulate`` names."""
MAX_NAMED = 10
MONTH = 31 * 86_400


def configure(acts: Things) -> None:
    """Their words."""
    apply = leaf(acts, "apply", "check a policy text and put it in force, at every replica at once", _apply)
    apply.add_argument("file", type=Path, metavar="FILE", help="a policy in Cedar; - is standard input")
    leaf(acts, "history", "list the policies that were put in force, the newest first", _history).add_argument(
        "--show", type=int, metavar="VERSION", help="print the text of that version"
    )
    back = leaf(acts, "rollback", "put a policy of before in force once more", _rollback)
    back.add_argument(
        "--to", type=int, metavar="VERSION", help="that version; 0: none, as before the first; else the one before"
    )
    confirm = leaf(
        acts, "confirm", "confirm, as a second administrator, the policy that was proposed", policy_second.confirm
    )
    confirm.add_argument(
        "digest", metavar="SHA256", help="of the text, as it was proposed; none: no policy of your own"
    )
    leaf(acts, "withdraw", "take back the policy that waits for a second administrator", policy_second.withdraw)
    for parser in (apply, back):
        parser.add_argument("--reason", required=True, metavar="TEXT", help="why; it stands in the trail")
    simulate = leaf(acts, "simulate", "decide once more what was decided, and say who would be asked otherwise", _try)
    simulate.add_argument("file", nargs="?", type=Path, metavar="FILE", help="under this text; else the one in force")
    moments.configure(simulate)


def leaf(acts: Things, name: str, text: str, do: object) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = acts.add_parser(name, help=text, description=text[:1].upper() + text[1:] + ".")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the service's data folder")
    parser.set_defaults(do=do)
    return parser


def _apply(args: argparse.Namespace) -> int:
    from kiosk.cli.policy_words import text_of
    from kiosk.cli.service_door import desk
    from kiosk.service.admin import policies

    text = text_of(args.file)
    with desk(args) as opened:
        if policy_second.wanted(opened):
            return policy_second.propose(opened, text, args.reason)
        made = opened.db.write_now(policies.apply, opened.admin, text, args.reason)
        print(f"Version {made.version} is in force. SHA-256 {made.sha256}")
        policy_second.beside_tables(opened)
    return 0


def _rollback(args: argparse.Namespace) -> int:
    from kiosk.cli.service_door import desk
    from kiosk.service.admin import policies

    with desk(args) as opened:
        if policy_second.wanted(opened):
            return policy_second.propose_roll_back(opened, args.to, args.reason)
        made = opened.db.write_now(policies.roll_back, opened.admin, args.to, args.reason)
        if made.sha256:
            print(f"Version {made.version} is in force, with the text of version {made.again}. SHA-256 {made.sha256}")
            policy_second.beside_tables(opened)
        else:
            print(f"Version {made.version}: no policy of your own is in force. What holds is what service.toml says.")
    return 0


def _history(args: argparse.Namespace) -> int:
    from kiosk.cli.service_door import desk
    from kiosk.service.store import policy_proposals, policy_versions

    with desk(args) as opened:
        if args.show is not None:
            found = opened.db.read_now(policy_versions.find, args.show)
            if found is None:
                raise CommandError(f"There is no version {args.show}.", 1)
            print(opened.db.read_now(policy_versions.text_of, found), end="")
            return 0
        policy_second.print_waiting(opened)
        proposals = opened.db.write_now(policy_proposals.of_versions)
        for version in opened.db.read_now(policy_versions.every):
            print("\t".join(_line(version, proposals.get(version.version))))
    return 0


def _line(version: PolicyVersion, proposal: PolicyProposal | None) -> tuple[str, ...]:
    """``who``: with the second administrator, where there was one."""
    what = version.sha256 or "none"
    again = f"as {version.again}" if version.again is not None else "-"
    who = version.administrator or version.by
    if proposal is not None:
        who = f"{proposal.administrator}, {proposal.confirmed_by}"
    return str(version.version), moments.shown(version.at), who, what, again, version.reason


def _try(args: argparse.Namespace) -> int:
    from kiosk.cli.policy_words import text_of
    from kiosk.cli.service_door import desk
    from kiosk.service.policy import PolicyTextError, book_of, read, rules_from
    from kiosk.service.records import replayed_policy
    from kiosk.service.shared import policy_in_force

    span = moments.span_of(args)
    until = int(time.time()) if span.until is None else span.until
    since = until - MONTH if span.since is None else span.since
    try:
        book = None if args.file is None else read(text_of(args.file))
    except PolicyTextError as error:
        raise CommandError(f"{args.file}: {error}", 1) from None
    with desk(args) as opened:
        if book is None:
            rules = rules_from(opened.folder.settings.policy_table())
            book = opened.db.read_now(policy_in_force.in_force, book_of(rules))
        made = opened.db.read_now(replayed_policy.replay, book, since, until)
        opened.db.write_now(replayed_policy.record_replay, opened.admin, book, since, until, made)
    _print(made, since, until)
    return 0


def _print(made: PolicyReplay, since: int, until: int) -> None:
    from kiosk.service.records.replayed_policy import CHANGES

    print(
        f"From {moments.shown(since)} to {moments.shown(until)}: {counted(made.replayed, 'decision')} made once more."
    )
    for change, words in CHANGES.items():
        if made.counts[change]:
            print(f"  {made.counts[change]} {words}{_named(made, change)}")
    if made.changed:
        print("Changed:")
    for found, count in made.changed.most_common(MAX_LINES):
        before, after = (" ".join(part for part in said if part) for said in (found.before, found.after))
        print(f"  {count} {CHANGES[found.change]}: {found.action}, roles {found.roles}: {before} -> {after}")
    if len(made.changed) > MAX_LINES:
        print(f"  and {counted(len(made.changed) - MAX_LINES, 'kind')} more")
    for sentence in _limits(made):
        print(sentence)


def _named(made: PolicyReplay, change: AnswerChange) -> str:
    people = sorted(made.people.get(change, ()))
    if not people:
        return ""
    more = f" and {len(people) - MAX_NAMED} more" if len(people) > MAX_NAMED else ""
    return f" ({len(people)} people: {', '.join(people[:MAX_NAMED])}{more})"


def _limits(made: PolicyReplay) -> list[str]:
    """What this cannot know."""
    said = []
    if made.unsure:
        rules = ", ".join(sorted(made.unsure))
        said.append(
            "Not known are those that these rules could decide, which speak of the resource, the purpose or the "
            f"address; the trail does not keep these: {rules}."
        )
    if made.bare:
        said.append(f"{counted(made.bare, 'row is', 'rows are')} left out, without what the decision was made from.")
    said.append(
        "What people would have done when asked otherwise, no trail can tell. Its rows are taken as they are: see "
        "kiosk audit verify."
    )
    return said
