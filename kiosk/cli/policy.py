"""``kiosk policy``: what step-ups need. Check a policy, ask it, try it on what happened, put it in force."""

from __future__ import annotations

import argparse

from kiosk.cli import policy_explain, policy_versions, policy_words


def configure(parser: argparse.ArgumentParser) -> None:
    """``translate``, ``check``, ``explain``, ``simulate``, ``apply``, ``history``, ``rollback``."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    for module in (policy_words, policy_explain, policy_versions):
        module.configure(acts)


def run(args: argparse.Namespace) -> int:
    """The exit status. Raises ``CommandError``."""
    return int(args.do(args))
