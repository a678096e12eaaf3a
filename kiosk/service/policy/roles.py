"""Which roles the rules know, and which of them a role was maybe meant to be. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from kiosk.service.policy.reset_rules import APPROVE, CODE, RESET
from kiosk.service.policy.rules import PolicyRules

LIKE = 0.8
"""From here on two roles are taken for one mistyped (``difflib``'s ratio): a letter or two of ten."""
MIN_SHORT = 3
"""Letters of a role from which on it is taken for a known one cut short, as “admin” for “administrator”."""


def named(rules: PolicyRules) -> frozenset[str]:
    """Every role that some rule names."""
    actions = (*rules.actions.values(), rules.other_actions)
    return frozenset(
        {
            *rules.barred_roles,
            *rules.keys.two_key_roles,
            *rules.enrol.voucher_roles,
            *rules.enrol.privileged_roles,
            *rules.enrol.enrol_kinds,
            *rules.recovery.reset_wait_roles,
            *(role for rule in actions for role in rule.roles),
            *(role for wave in rules.waves for role in wave.roles),
        }
    )


def privileged(rules: PolicyRules) -> frozenset[str]:
    """Roles that give their people power over others' factors, or whose own factors the rules protect more."""
    desk = (rules.actions[name] for name in (RESET, APPROVE, CODE) if name in rules.actions)
    return frozenset(
        {
            *rules.enrol.privileged_roles,
            *rules.enrol.voucher_roles,
            *rules.recovery.reset_wait_roles,
            *(role for rule in desk for role in rule.roles),
        }
    )


def meant(role: str, known: Collection[str]) -> str | None:
    """The one of ``known`` that ``role``, which is none of them, was maybe meant to be."""
    close = difflib.get_close_matches(role, sorted(known), n=1, cutoff=LIKE)
    if close:
        return close[0]
    short = [known_role for known_role in sorted(known) if len(role) >= MIN_SHORT and known_role.startswith(role)]
    return min(short, key=len, default=None)
