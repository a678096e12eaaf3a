"""The rules of resets by the help desk (decision 21). Pure; times in seconds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from kiosk.service.policy import toml_values

DAY = 86_400
DESK_ROLES = ("help_desk", "supervisor", "administrator")
"""Who may begin, agree to and finish a reset, unless ``[policy.actions]`` says otherwise."""
RESET, APPROVE, CODE = "factor.reset", "reset.approve", "reset.code"
"""The actions of the step-ups by which the three are approved."""


@dataclass(frozen=True, slots=True)
class RecoveryRules:
    """Names as in ``[policy]``.

    ``reset_wait``: until the code is given for somebody of ``reset_wait_roles``, unless a second person agrees.
    ``reset_risky``: so many resets of one person within ``reset_risk_days`` are a risk: a second person must agree.
    ``resets_an_hour``: by one help-desk person; ``resets_a_day``: of one person.
    """

    reset_wait: int = DAY
    reset_wait_roles: tuple[str, ...] = ("administrator", "prescriber", "supervisor", "help_desk")
    reset_risky: int = 2
    reset_risk_days: int = 90
    resets_an_hour: int = 10
    resets_a_day: int = 3


@dataclass(frozen=True, slots=True)
class ResetTerms:
    """``wait``: seconds until the code may be given. ``second``: not before a second person agrees. ``risk``: why."""

    wait: int
    second: bool
    risk: Literal["repeated"] | None


def reset_terms(rules: RecoveryRules, roles: Collection[str], earlier: int) -> ResetTerms:
    """What holds for a reset of somebody of ``roles`` who had ``earlier`` ones within ``reset_risk_days``."""
    risk: Literal["repeated"] | None = "repeated" if earlier + 1 >= rules.reset_risky else None
    wait = rules.reset_wait if set(roles) & set(rules.reset_wait_roles) else 0
    return ResetTerms(wait, risk is not None, risk)


def recovery_rules_from(table: dict[str, object]) -> RecoveryRules:
    """Rules from those names of ``[policy]`` that are fields of ``RecoveryRules``. Raises ``SettingsError``."""
    bounds = {
        "reset_wait": (0, 30 * DAY),
        "reset_risky": (2, 100),
        "reset_risk_days": (1, 3650),
        "resets_an_hour": (1, 1000),
        "resets_a_day": (1, 100),
    }
    default = RecoveryRules()
    numbers = {
        name: toml_values.number(table, name, getattr(default, name), least, most)
        for name, (least, most) in bounds.items()
    }
    return RecoveryRules(
        reset_wait_roles=toml_values.roles(table, "reset_wait_roles", default.reset_wait_roles), **numbers
    )
