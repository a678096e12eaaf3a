"""``kiosk policy confirm`` and ``withdraw``, and what ``apply`` does where two administrators are needed."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from kiosk.cli import moments
from kiosk.cli.command_error import CommandError

if TYPE_CHECKING:
    from kiosk.cli.service_door import AdminDesk
    from kiosk.service.store.policy_proposals import PolicyProposal

INSTEAD = {
    "expired": "It was proposed too long ago, and is not put in force. Propose it again.",
    "outdated": "Another version came into force since it was proposed. Look at both, and propose it again.",
}

BESIDE_TABLES = (
    "[policy.actions], other_actions or barred_roles of service.toml say something, too. The policy that was applied "
    "counts alone; of those tables only sensitivity, labels and purposes of an action still do."
)


def wanted(opened: AdminDesk) -> bool:
    """Whether a policy needs a second administrator here."""
    from kiosk.service.policy import rules_from

    return rules_from(opened.folder.settings.policy_table()).two_administrators


def propose(opened: AdminDesk, text: str, reason: str) -> int:
    """Propose ``text``, and say what the second administrator does."""
    from kiosk.service.admin import policy_proposals

    _told(opened.db.write_now(policy_proposals.propose, opened.admin, text, reason))
    return 0


def propose_roll_back(opened: AdminDesk, to: int | None, reason: str) -> int:
    """The same of a version of before."""
    from kiosk.service.admin import policy_proposals

    _told(opened.db.write_now(policy_proposals.propose_roll_back, opened.admin, to, reason))
    return 0


def _told(made: PolicyProposal) -> None:
    print("Proposed, and not in force yet. Another administrator looks at it and confirms it within seven days:")
    print(f"kiosk policy confirm {made.sha256 or 'none'} --data DIR")


def confirm(args: argparse.Namespace) -> int:
    """``kiosk policy confirm``."""
    from kiosk.cli.service_door import desk
    from kiosk.service.admin import policy_proposals

    with desk(args) as opened:
        made = opened.db.write_now(policy_proposals.confirm, opened.admin, args.digest)
        if isinstance(made, str):
            raise CommandError(INSTEAD[made], 1)
        if made.sha256:
            print(f"Version {made.version} is in force. SHA-256 {made.sha256}")
            beside_tables(opened)
        else:
            print(f"Version {made.version}: no policy of your own is in force. What holds is what service.toml says.")
    return 0


def withdraw(args: argparse.Namespace) -> int:
    """``kiosk policy withdraw``."""
    from kiosk.cli.service_door import desk
    from kiosk.service.admin import policy_proposals

    with desk(args) as opened:
        gone = opened.db.write_now(policy_proposals.withdraw, opened.admin)
        print(f"Withdrawn: what {gone.administrator} proposed is not put in force.")
    return 0


def beside_tables(opened: AdminDesk) -> None:
    """Say that tables of ``service.toml`` count no longer, where they say something."""
    from kiosk.service.policy import of_tables, rules_from

    if of_tables(rules_from(opened.folder.settings.policy_table())):
        print(BESIDE_TABLES, file=sys.stderr)


def print_waiting(opened: AdminDesk) -> None:
    """What waits for a second administrator, if anything does."""
    from kiosk.service.store import policy_proposals

    found = opened.db.write_now(policy_proposals.waiting)
    if found is not None:
        what, who = found.sha256 or "none", found.administrator
        print("\t".join(("proposed", moments.shown(found.at), who, what, "-", found.reason)))
