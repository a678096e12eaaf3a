"""``kiosk admin metadata``: what the FIDO Metadata Service says of key models."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.admin_leaf import Things, act, thing
from kiosk.cli.command_error import CommandError
from kiosk.cli.service_door import AdminDesk
from kiosk.model.counted import counted

if TYPE_CHECKING:
    from kiosk.service.admin.metadata import Judged
    from kiosk.service.policy import PolicyRules
    from kiosk.service.policy.authenticator_rules import KeyRules


def configure(things: Things) -> None:
    """Declare the words."""
    kind = thing(things, "metadata", "what is known of models of keys (FIDO Metadata Service)")
    take = act(kind, "import", "take a file in, and judge every enrolled key by it", _import)
    take.add_argument("file", type=Path, metavar="FILE.jwt", help="as fetched from https://mds3.fidoalliance.org/")
    take.add_argument(
        "--root", type=Path, metavar="FILE", help="other roots than the published ones: PEM (several too), DER, PKCS #7"
    )
    take.add_argument("--signer", metavar="NAME", help="another name in the signer's certificate")
    show = act(kind, "show", "say which file counts, until when, and what enrolled keys are", _show)
    show.add_argument("--models", action="store_true", help="list every model with its AAGUID")
    act(kind, "judge", "judge every enrolled key again, after a change of the policy", _judge)
    accept = act(
        kind,
        "accept",
        "let keys of a compromised model count, such as those with fixed firmware, until the metadata says more",
        _accept,
    )
    accept.add_argument("model", metavar="MODEL", help="its AAGUID, as of: metadata show --models")
    accept.add_argument("--reason", required=True, metavar="TEXT", help="why these keys are not concerned")
    accept.add_argument("--login", metavar="LOGIN", help="one key of this person alone, with --key")
    accept.add_argument("--key", metavar="KEY", help="as of: factor list LOGIN")
    back = act(kind, "withdraw", "let the metadata count again where a model was accepted", _withdraw)
    back.add_argument("number", type=int, metavar="NUMBER", help="as of: metadata show")
    back.add_argument("--reason", required=True, metavar="TEXT", help="why it counts again")


def key_rules(desk: AdminDesk) -> KeyRules:
    """The ``[policy]`` of the data folder, as far as it is about keys. Raises ``CommandError``."""
    return all_rules(desk).keys


def all_rules(desk: AdminDesk) -> PolicyRules:
    """The ``[policy]`` of the data folder. Raises ``CommandError``."""
    from kiosk.service.policy import rules_from
    from kiosk.settings import SettingsError

    try:
        return rules_from(desk.folder.settings.policy_table())
    except SettingsError as error:
        raise CommandError(str(error)) from None


def _import(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import metadata

    root = _bytes(args.root) if args.root else None
    for sentence in metadata.roots_left(root) if root is not None else ():
        print(sentence, file=sys.stderr)
    blob = metadata.verified(_bytes(args.file), desk.admin.now, root, args.signer)
    desk.db.write_now(metadata.take_in, desk.admin, key_rules(desk), blob, judge=False)
    models = counted(len(blob.models), "model")
    print(f"Took in number {blob.no}: {models}, good until {metadata.day(blob.next_update - 1)}.")
    for unread in blob.unread[: metadata.MAX_UNREAD_TOLD]:
        print(f"Warning: {unread}", file=sys.stderr)
    if len(blob.unread) > metadata.MAX_UNREAD_TOLD:
        print(f"Warning: {len(blob.unread)} entries cannot be read in all. See: metadata show", file=sys.stderr)
    _judge_all(desk)


def _judge(desk: AdminDesk, args: argparse.Namespace) -> None:
    _judge_all(desk)


def _judge_all(desk: AdminDesk) -> None:
    from kiosk.service.admin import judging

    _say(judging.judge(desk.db, desk.admin, key_rules(desk)))


def _accept(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import acceptances

    words = (args.model, args.reason, args.login, args.key)
    done = desk.db.write_now(acceptances.accept, desk.admin, key_rules(desk), *words, judge=False)
    whose = "This key" if args.login else f"Keys of {done.name}"
    print(f"{whose} may count although the metadata says: {'; '.join(done.reports)}.")
    print(f"Anything more that it comes to say counts. Take this back with: metadata withdraw {done.number} --reason …")
    _judge_all(desk)


def _withdraw(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import acceptances

    desk.db.write_now(acceptances.withdraw, desk.admin, key_rules(desk), args.number, args.reason, judge=False)
    _judge_all(desk)


def _say(judged: Judged) -> None:
    print(
        f"{counted(judged.keys, 'key is', 'keys are')} enrolled, {judged.trusted} known to be hardware;"
        f" {judged.suspended} suspended now, {counted(judged.resumed, 'counts', 'count')} again."
    )


def _show(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin.metadata import day
    from kiosk.service.store import acceptances, metadata

    here = desk.db.read_now(metadata.newest)
    if here is None:
        raise CommandError("No metadata is here yet. Take a file in: metadata import FILE.jwt", 1)
    late = " (overdue: fetch the present one)" if here.next_update <= desk.admin.now else ""
    print(f"number\t{here.no}")
    print(f"signed by\t{here.signer}")
    print(f"root, SHA-256\t{here.root}")
    print(f"file, SHA-256\t{here.digest}")
    print(f"taken in\t{day(here.added)}")
    print(f"good until\t{day(here.next_update - 1)}{late}")
    print(f"models\t{here.models}")
    for model in desk.db.read_now(metadata.unread):
        told = f"keys of {model.name} are refused" if model.name else "which model it is about cannot be told"
        print(f"not read\t{model.ids[0]}: {model.unread}; {told}")
    for acceptance in desk.db.read_now(acceptances.every):
        if acceptance.closed is None:
            whose = f"the key {acceptance.credential}" if acceptance.credential else "every key"
            by = f"by {acceptance.opened_by} on {day(acceptance.opened)}: {acceptance.reason}"
            told = f"{'; '.join(acceptance.reports)} {by}"
            print(f"accepted\t{acceptance.id}: {acceptance.model}, {whose}, {told}")
    if args.models:
        for identifier, name in desk.db.read_now(metadata.models):
            print(f"{identifier}\t{name}")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
