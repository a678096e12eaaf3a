"""A workspace's Kerberos ticket: got by a small program inside, and kept where that workspace alone sees it.

The cache of tickets lies in the workspace's runtime folder: in memory, and gone with the workspace. The stage knows
neither keys nor tickets; it starts the program that gets them, and says to all others where to look.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from kiosk.stage.desktop import quoted

INSIDE = "/run/krb5.conf"
"""Where a workspace sees the station's settings of Kerberos."""
CACHE = "krb5cc"
"""In its runtime folder."""
_PAUSE = 30
"""Seconds until the next try where the program said nothing."""


class KerberosPlan(NamedTuple):
    """``words``: the program that gets a ticket and prints in how many seconds it is to be run again; empty for none.
    ``config``: the station's ``krb5.conf``."""

    words: tuple[str, ...] = ()
    config: str = ""


def script(plan: KerberosPlan) -> str:
    """For the shell inside, before the programs, which need not wait for a ticket. Nothing without ``words``."""
    if not plan.words:
        return ""
    command = " ".join(map(quoted, plan.words))
    return (
        f"(while :; do pause=$({command}); case $pause in '' | *[!0-9]*) pause={_PAUSE} ;; esac;"
        ' sleep "$pause"; done) 7>&- 8<&- 9<&- &\n'
    )


def environment(runtime: str, plan: KerberosPlan) -> dict[str, str]:
    """Where programs find ticket and settings. ``runtime``: folder. [kerberos(7)]"""
    if not plan.words:
        return {}
    found = {"KRB5CCNAME": f"FILE:{runtime}/{CACHE}"}
    return {**found, "KRB5_CONFIG": INSIDE} if os.path.isfile(plan.config) else found


def seen(plan: KerberosPlan) -> dict[str, str]:
    """What the sandbox shows besides: where it sees it, and where it is."""
    return {INSIDE: plan.config} if plan.words and os.path.isfile(plan.config) else {}
