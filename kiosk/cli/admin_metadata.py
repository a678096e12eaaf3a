"""``kiosk admin metadata``: what the FIDO Metadata Service says of key models."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.admin_leaf import Things, act, thing
from kiosk.cli.complaint import Complaint
from kiosk.cli.service_door import Desk

if TYPE_CHECKING:
    from kiosk.service.admin.metadata import Judged
    from kiosk.service.policy import Rules
    from kiosk.service.policy.keys import KeyRules


def configure(things: Things) -> None:
    """Declare the words."""
    kind = thing(things, "metadata", "what is known of models of keys (FIDO Metadata Service)")
    take = act(kind, "import", "take a file in, and judge every enrolled key by it", _import)
    take.add_argument("file", type=Path, metavar="FILE.jwt", help="as fetched from https://mds3.fidoalliance.org/")
    take.add_argument("--root", type=Path, metavar="FILE.pem", help="another root than the published one")
    take.add_argument("--signer", metavar="NAME", help="another name in the signer's certificate")
    show = act(kind, "show", "say which file counts, until when, and what enrolled keys are", _show)
    show.add_argument("--models", action="store_true", help="list every model with its AAGUID")
    act(kind, "judge", "judge every enrolled key again, after a change of the policy", _judge)


def key_rules(desk: Desk) -> KeyRules:
    """The ``[policy]`` of the data folder, as far as it is about keys. Raises ``Complaint``."""
    return all_rules(desk).keys


def all_rules(desk: Desk) -> Rules:
    """The ``[policy]`` of the data folder. Raises ``Complaint``."""
    from kiosk.service.policy import rules_from
    from kiosk.settings import BadSettings

    try:
        return rules_from(desk.folder.settings.policy)
    except BadSettings as error:
        raise Complaint(str(error)) from None


def _import(desk: Desk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import metadata

    root = _bytes(args.root) if args.root else None
    blob = metadata.verified(_bytes(args.file), desk.admin.now, root, args.signer)
    judged = desk.db.write_now(metadata.take_in, desk.admin, key_rules(desk), blob)
    print(f"Took in number {blob.no}: {len(blob.models)} models, good until {metadata.day(blob.next_update - 1)}.")
    _say(judged)


def _judge(desk: Desk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import metadata

    _say(desk.db.write_now(metadata.judge_all, desk.admin, key_rules(desk)))


def _say(judged: Judged) -> None:
    print(
        f"{judged.keys} keys are enrolled, {judged.trusted} of them known to be hardware;"
        f" {judged.suspended} suspended now, {judged.resumed} count again."
    )


def _show(desk: Desk, args: argparse.Namespace) -> None:
    from kiosk.service.admin.metadata import day
    from kiosk.service.store import metadata

    here = desk.db.read_now(metadata.newest)
    if here is None:
        raise Complaint("No metadata is here yet. Take a file in: metadata import FILE.jwt", 1)
    late = " (overdue: fetch the present one)" if here.next_update <= desk.admin.now else ""
    print(f"number\t{here.no}")
    print(f"signed by\t{here.signer}")
    print(f"root, SHA-256\t{here.root}")
    print(f"file, SHA-256\t{here.digest}")
    print(f"taken in\t{day(here.added)}")
    print(f"good until\t{day(here.next_update - 1)}{late}")
    print(f"models\t{here.models}")
    if args.models:
        for identifier, name in desk.db.read_now(metadata.models):
            print(f"{identifier}\t{name}")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Complaint(f"{path} cannot be read: {error.strerror}.") from None
