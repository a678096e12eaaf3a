"""The rules about enrolment as typed data: who vouches, which badges count, what lasts how long."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, get_args

from kiosk.model.badge import MAX_BYTES, MIN_BYTES
from kiosk.model.enrolment import FactorKind
from kiosk.model.proof import ACR_PIN, ACR_RANK
from kiosk.service.policy import toml_values

BadgeSelf = Literal["always", "window", "never"]
_PREFIX = re.compile(rf"[0-9A-F]{{1,{2 * MAX_BYTES}}}")
SIZES = range(2 * MIN_BYTES, 2 * MAX_BYTES + 1, 2)
"""Hex digits of a badge's number."""
MIN_FIXED, MAX_FIXED = 4, 12
"""Digits of a PIN where all have as many."""


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
    ``pin_length``: digits that every new PIN has, 0 for any number; ``pin_sends``: then the last one sends it.
    ``start_code_tries``: wrong start codes everywhere within a quarter of an hour, from which on one more stops a
    station. ``phone_approval``: people may pair a phone and approve on it. ``enrol_kinds``: by role, the kinds that its
    people may add; a role not named here may add every kind.
    """

    voucher_roles: tuple[str, ...] = ("supervisor", "administrator")
    privileged_roles: tuple[str, ...] = ("administrator", "prescriber", "supervisor", "help_desk")
    badge_self: BadgeSelf = "always"
    window_acr: str = ACR_PIN
    badge_allow: tuple[BadgeRange, ...] = ()
    badge_deny: tuple[BadgeRange, ...] = ()
    temporary_badge_seconds: int = 12 * 3600
    pin_shortest: int = 6
    pin_length: int = 0
    pin_sends: bool = True
    start_code_tries: int = 100
    phone_approval: bool = False
    enrol_kinds: MappingProxyType[str, tuple[FactorKind, ...]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def pin_least(self) -> int:
        """Characters of a new PIN, at least."""
        return self.pin_length or self.pin_shortest

    @property
    def pin_told(self) -> int:
        """What stations are told: of how many digits the last one sends a PIN; 0: Enter sends it."""
        return self.pin_length if self.pin_sends else 0


def enrol_rules_from(table: dict[str, object]) -> EnrolRules:
    """Rules from those names of ``[policy]`` that are fields of ``EnrolRules``. Raises ``SettingsError``."""
    default = EnrolRules()
    # A bare badge proves nothing.
    proofs = [name for name, rank in ACR_RANK.items() if rank >= ACR_RANK[ACR_PIN]]
    return EnrolRules(
        # Without anybody who vouches whoever has lost everything has no way back.
        voucher_roles=toml_values.roles(table, "voucher_roles", default.voucher_roles, some=True),
        privileged_roles=toml_values.roles(table, "privileged_roles", default.privileged_roles),
        badge_self=toml_values.one_of(table, "badge_self", default.badge_self, get_args(BadgeSelf)),  # type: ignore[arg-type]  # one of the very literals
        window_acr=toml_values.one_of(table, "window_acr", default.window_acr, proofs),
        badge_allow=_ranges(table, "badge_allow"),
        badge_deny=_ranges(table, "badge_deny"),
        temporary_badge_seconds=_between(table, "temporary_badge_seconds", 300, 31 * 86_400),
        pin_shortest=_between(table, "pin_shortest", 4, 64),
        pin_length=_pin_length(table),
        pin_sends=toml_values.flag(table, "pin_sends", default.pin_sends),
        start_code_tries=_between(table, "start_code_tries", 10, 100_000),
        phone_approval=toml_values.flag(table, "phone_approval", default.phone_approval),
        enrol_kinds=_kinds(table),
    )


def badge_accepted(rules: EnrolRules, number: bytes) -> bool:
    """Whether a badge of that number may be given out here."""
    if any(span.holds(number) for span in rules.badge_deny):
        return False
    return not rules.badge_allow or any(span.holds(number) for span in rules.badge_allow)


def kinds_of(rules: EnrolRules, roles: Collection[str]) -> tuple[FactorKind, ...]:
    """Which kinds somebody of these roles may add: what any of them may."""
    here = tuple(kind for kind in FactorKind if kind is not FactorKind.PHONE or rules.phone_approval)
    if not roles or any(role not in rules.enrol_kinds for role in roles):
        return here
    named = {kind for role in roles for kind in rules.enrol_kinds[role]}
    return tuple(kind for kind in here if kind in named)


def _between(table: dict[str, object], name: str, least: int, most: int) -> int:
    return toml_values.number(table, name, getattr(EnrolRules(), name), least, most)


def _pin_length(table: dict[str, object]) -> int:
    """0, or a length that ``pin_shortest`` allows where that is said, too."""
    length = toml_values.number(table, "pin_length", 0, 0, MAX_FIXED)
    least = _between(table, "pin_shortest", 4, 64) if "pin_shortest" in table else MIN_FIXED
    if length and length < least:
        raise toml_values.bad("pin_length", f"0 for any, or from {least} to {MAX_FIXED}", length)
    return length


def _ranges(table: dict[str, object], name: str) -> tuple[BadgeRange, ...]:
    found = []
    for said in toml_values.texts(table, name):
        first, dash, last = (part.strip() for part in said.upper().replace(":", "").partition("-"))
        whole = len(first) in SIZES and len(first) == len(last) and first <= last
        if not _PREFIX.fullmatch(first) or (dash and not (whole and _PREFIX.fullmatch(last))):
            allowed = (
                "the first hexadecimal digits of badge numbers, or two whole numbers of one size with a hyphen between"
            )
            raise toml_values.bad(name, allowed, said)
        found.append(BadgeRange(first, last or None))
    return tuple(found)


def _kinds(table: dict[str, object]) -> MappingProxyType[str, tuple[FactorKind, ...]]:
    value = table.get("enrol_kinds", {})
    if not isinstance(value, dict):
        raise toml_values.bad("enrol_kinds", "a table of roles", value)
    found: dict[str, tuple[FactorKind, ...]] = {}
    for role in value:
        toml_values.check_role("enrol_kinds", role)
        said = toml_values.texts(value, role, where="enrol_kinds.")
        try:
            found[role] = tuple(FactorKind(kind) for kind in said)
        except ValueError:
            raise toml_values.bad(f"enrol_kinds.{role}", f"out of {', '.join(FactorKind)}", ", ".join(said)) from None
    return MappingProxyType(found)
