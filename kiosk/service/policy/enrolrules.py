"""The rules about enrolment as typed data: who vouches, which badges count, what lasts how long."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, get_args

from kiosk.model.enrolment import FactorKind
from kiosk.model.proof import ACR_PIN, ACR_RANK
from kiosk.settings import BadSettings

BadgeSelf = Literal["always", "window", "never"]
_PREFIX = re.compile(r"[0-9A-F]{1,20}")
SIZES = (8, 14, 20)
"""Hex digits of a badge's number."""


@dataclass(frozen=True, slots=True)
class BadgeRange:
    """Numbers that begin with ``first``, or, with a ``last``, those of the same size from the one to the other."""

    first: str
    last: str | None = None

    def holds(self, number: bytes) -> bool:
        """Whether it is one of these."""
        text = number.hex().upper()
        if self.last is None:
            return text.startswith(self.first)
        return len(text) == len(self.first) and self.first <= text <= self.last


@dataclass(frozen=True, slots=True)
class EnrolRules:
    """Names as in ``[policy]``.

    ``voucher_roles``: who may vouch as a supervisor, with a phishing-resistant proof. ``privileged_roles``: for whom a
    supervisor vouches unless the own proof is phishing-resistant. ``badge_self``: whether a badge may be added on the
    own proof: always, only within an open window, never. ``window_acr``: the own proof that is enough for a badge
    within one. ``badge_allow``: only these numbers, if there are any; ``badge_deny``: never these.
    ``temporary_badge_seconds``: how long such a badge is good. ``pin_shortest``: characters of a new PIN.
    ``start_code_tries``: wrong start codes at all stations together within a quarter of an hour, before none is looked
    at. ``enrol_kinds``: by role, the kinds that its people may add; a role that is not named here may add every kind.
    """

    voucher_roles: tuple[str, ...] = ("supervisor", "administrator")
    privileged_roles: tuple[str, ...] = ("administrator", "prescriber", "supervisor", "help_desk")
    badge_self: BadgeSelf = "always"
    window_acr: str = ACR_PIN
    badge_allow: tuple[BadgeRange, ...] = ()
    badge_deny: tuple[BadgeRange, ...] = ()
    temporary_badge_seconds: int = 12 * 3600
    pin_shortest: int = 6
    start_code_tries: int = 100
    enrol_kinds: MappingProxyType[str, tuple[FactorKind, ...]] = field(default_factory=lambda: MappingProxyType({}))


def enrol_rules_from(table: dict[str, object]) -> EnrolRules:
    """Rules from those names of ``[policy]`` that are fields of ``EnrolRules``. Raises ``BadSettings``."""
    default = EnrolRules()
    badge_self = table.get("badge_self", default.badge_self)
    if badge_self not in get_args(BadgeSelf):
        raise BadSettings(f"[policy]: “badge_self” must be one of {', '.join(get_args(BadgeSelf))}.")
    acr = table.get("window_acr", default.window_acr)
    if not isinstance(acr, str) or ACR_RANK.get(acr, -1) < ACR_RANK[ACR_PIN]:
        names = ", ".join(name for name, rank in ACR_RANK.items() if rank >= ACR_RANK[ACR_PIN])
        raise BadSettings(f"[policy]: “window_acr” must be one of {names}: a bare badge proves nothing.")
    return EnrolRules(
        voucher_roles=_texts(table, "voucher_roles", default.voucher_roles),
        privileged_roles=_texts(table, "privileged_roles", default.privileged_roles),
        badge_self=badge_self,  # type: ignore[arg-type]  # checked against the very literals
        window_acr=acr,
        badge_allow=_ranges(table, "badge_allow"),
        badge_deny=_ranges(table, "badge_deny"),
        temporary_badge_seconds=_between(table, "temporary_badge_seconds", 300, 31 * 86_400),
        pin_shortest=_between(table, "pin_shortest", 4, 64),
        start_code_tries=_between(table, "start_code_tries", 10, 100_000),
        enrol_kinds=_kinds(table),
    )


def badge_accepted(rules: EnrolRules, number: bytes) -> bool:
    """Whether a badge of that number may be given out here."""
    if any(one.holds(number) for one in rules.badge_deny):
        return False
    return not rules.badge_allow or any(one.holds(number) for one in rules.badge_allow)


def kinds_of(rules: EnrolRules, roles: Collection[str]) -> tuple[FactorKind, ...]:
    """Which kinds somebody of these roles may add: what any of them may."""
    if not roles or any(role not in rules.enrol_kinds for role in roles):
        return tuple(FactorKind)
    named = {kind for role in roles for kind in rules.enrol_kinds[role]}
    return tuple(kind for kind in FactorKind if kind in named)


def _texts(table: dict[str, object], name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    value = table.get(name, list(default))
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadSettings(f"[policy]: “{name}” must be a list of texts.")
    return tuple(value)


def _between(table: dict[str, object], name: str, least: int, most: int) -> int:
    value = table.get(name, getattr(EnrolRules(), name))
    if type(value) is not int or not least <= value <= most:
        raise BadSettings(f"[policy]: “{name}” must be a whole number from {least} to {most}.")
    return value


def _ranges(table: dict[str, object], name: str) -> tuple[BadgeRange, ...]:
    found = []
    for said in _texts(table, name):
        first, dash, last = (part.strip() for part in said.upper().replace(":", "").partition("-"))
        whole = len(first) in SIZES and len(first) == len(last) and first <= last
        if not _PREFIX.fullmatch(first) or (dash and not (whole and _PREFIX.fullmatch(last))):
            raise BadSettings(
                f"[policy]: “{said}” in “{name}” must be the first hexadecimal digits of badge numbers, or two whole "
                "numbers of the same size with a hyphen between them."
            )
        found.append(BadgeRange(first, last or None))
    return tuple(found)


def _kinds(table: dict[str, object]) -> MappingProxyType[str, tuple[FactorKind, ...]]:
    value = table.get("enrol_kinds", {})
    if not isinstance(value, dict):
        raise BadSettings("[policy]: “enrol_kinds” must be a table of roles.")
    found: dict[str, tuple[FactorKind, ...]] = {}
    for role in value:
        said = _texts(value, role)
        try:
            found[role] = tuple(FactorKind(one) for one in said)
        except ValueError:
            kinds = ", ".join(FactorKind)
            raise BadSettings(f"[policy]: “enrol_kinds.{role}” must be out of {kinds}.") from None
    return MappingProxyType(found)
