"""The rules as typed data, with defaults, read from the ``[policy]`` table of ``service.toml``."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Literal, get_args

from kiosk.model.consent import MAX_RECORDS
from kiosk.model.proof import ACR_MFA, ACR_PHR, ACR_PHRH, ACR_PIN, ACR_RANK
from kiosk.service.policy import toml_values
from kiosk.service.policy.authenticator_rules import KeyRules, key_rules_from
from kiosk.service.policy.cedar.facts import LABELS
from kiosk.service.policy.downtime_rules import DowntimeRules, downtime_rules_from
from kiosk.service.policy.emergency_rules import EmergencyRules, emergency_rules_from
from kiosk.service.policy.enrolment_rules import EnrolRules, enrol_rules_from
from kiosk.service.policy.reset_rules import (
    APPROVE,
    CODE,
    DESK_ROLES,
    RESET,
    RecoveryRules,
    recovery_rules_from,
)
from kiosk.service.policy.resource_words import Resources, resources_from
from kiosk.service.policy.waves import Wave, waves_from
from kiosk.settings import SettingsError

Sensitivity = Literal["normal", "sensitive", "restricted"]
GraceScope = Literal["station", "place", "anywhere"]
SIGN_IN_ACRS = tuple(name for name, rank in ACR_RANK.items() if rank >= ACR_RANK[ACR_PIN])
APP_SIGN_IN = {ACR_MFA: "app.sign_in", ACR_PHR: "app.sign_in.phr", ACR_PHRH: "app.sign_in.phrh"}
"""The action by which a person proves more for a sign-in to an application, by what the application wants."""
STEP_UP_ACRS = tuple(name for name, rank in ACR_RANK.items() if rank >= ACR_RANK[ACR_MFA])


@dataclass(frozen=True, slots=True)
class ActionRule:
    """What one action of a step-up needs.

    ``acr``: the least assurance; ``acr_above``: instead, for more than ``above`` records. ``roles``: who may, empty
    for everybody whose role is not barred. ``purposes``: the pick list where the program states no purpose.
    ``labels``: what makes its records specially protected, whatever the program says of them (``facts.LABELS``).
    """

    acr: str = ACR_PHR
    above: int | None = None
    acr_above: str = ACR_PHR
    sensitivity: Sensitivity = "sensitive"
    purposes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


_PURPOSES = (
    "treatment",
    "transfer of care",
    "quality review",
    "research approved by the board",
    "request by the patient",
)


def _default_actions() -> dict[str, ActionRule]:
    return {
        "record.export": ActionRule(acr=ACR_MFA, above=50, acr_above=ACR_PHR, sensitivity="sensitive"),
        "bulk.print": ActionRule(sensitivity="restricted", purposes=_PURPOSES),
        "prescription.sign": ActionRule(sensitivity="restricted"),
        **{name: ActionRule(acr=acr, acr_above=acr, sensitivity="normal") for acr, name in APP_SIGN_IN.items()},
        **{name: ActionRule(sensitivity="restricted", roles=DESK_ROLES) for name in (RESET, APPROVE, CODE)},
    }


@dataclass(frozen=True, slots=True)
class PolicyRules:
    """All rules. Times in seconds, counts in tries.

    ``sign_in_acr``: least assurance of the second factor after a badge; ``typed_acr``: where only a login was typed.
    ``grace_scope``: where a tap alone reopens within ``grace``: at the ``station`` or ``place`` of a full proof, or
    ``anywhere``.
    ``barred_roles``: never granted a step-up, unless the action names them. ``lockout``: wrong PINs or codes in a row
    after which that way is closed for ``lock_first``, doubling up to ``lock_most``; badges and typed logins count
    apart and share the 100 of SP 800-63B-4 section 3.2.2: at 50 of either only a new secret helps. ``quick_failures``:
    at one station before it is slowed, by ``slow_first`` doubling up to ``slow_most``. ``typed_tries``: wrong ones of
    one station's typed logins within a quarter of an hour; ``source_tries``: of all stations of one address.
    ``open_audiences``: programs on a workstation may name an audience that is not a registered application's.
    ``two_administrators``: a policy of step-ups is in force once a second administrator has confirmed it.
    ``keys``, ``enrol``, ``recovery``, ``downtime``: written among the others, see ``KeyRules``, ``EnrolRules``,
    ``RecoveryRules``, ``DowntimeRules``. ``emergency``: the table ``[emergency]``.
    ``waves``: ``[[policy.wave]]``. ``resources``: what applications call theirs.
    """

    sign_in_acr: str = ACR_PIN
    grace_scope: GraceScope = "place"
    typed_acr: str = ACR_MFA
    actions: MappingProxyType[str, ActionRule] = field(default_factory=lambda: MappingProxyType(_default_actions()))
    other_actions: ActionRule = ActionRule()
    barred_roles: tuple[str, ...] = ("visitor",)
    lockout: int = 10
    quick_failures: int = 5
    slow_first: int = 2
    slow_most: int = 60
    lock_first: int = 900
    lock_most: int = 4 * 3600
    typed_tries: int = 10
    source_tries: int = 100
    open_audiences: bool = True
    two_administrators: bool = False
    keys: KeyRules = field(default_factory=KeyRules)
    enrol: EnrolRules = field(default_factory=EnrolRules)
    recovery: RecoveryRules = field(default_factory=RecoveryRules)
    downtime: DowntimeRules = field(default_factory=DowntimeRules)
    emergency: EmergencyRules = field(default_factory=EmergencyRules)
    waves: tuple[Wave, ...] = ()
    resources: Resources = field(default_factory=lambda: MappingProxyType({}))

    def action(self, name: str) -> ActionRule:
        """The rule of ``name``, or that of every action without one of its own."""
        return self.actions.get(name, self.other_actions)


def rules_from(table: dict[str, object]) -> PolicyRules:
    """Rules from the ``[policy]`` table. Raises ``SettingsError`` with a sentence for whoever edits it."""
    kinds = (KeyRules, EnrolRules, RecoveryRules, DowntimeRules)
    named = [{f.name for f in fields(kind)} for kind in kinds]
    of_keys, of_enrol, of_recovery, of_downtime = ({name: table[name] for name in of if name in table} for of in named)
    keys, enrol, recovery = key_rules_from(of_keys), enrol_rules_from(of_enrol), recovery_rules_from(of_recovery)
    rest = {name: value for name, value in table.items() if name not in set().union(*named)}
    waves = waves_from(rest.pop("wave", []))
    resources = resources_from(rest.pop("resources", {}))
    emergency = emergency_rules_from(_table(rest.pop("emergency", {}), "emergency"))
    actions = _default_actions()
    for name, rule in _table(rest.pop("actions", {}), "actions").items():
        if not toml_values.ACTION.fullmatch(name) or len(name) > toml_values.MAX_TEXT:
            raise toml_values.bad("actions", "tables named by an action, such as record.export", name)
        actions[name] = _action(_table(rule, f"actions.{name}"), f"actions.{name}.", actions.get(name, ActionRule()))
    other = _action(_table(rest.pop("other_actions", {}), "other_actions"), "other_actions.", ActionRule())
    others = PolicyRules(
        actions=MappingProxyType(actions),
        other_actions=other,
        keys=keys,
        enrol=enrol,
        recovery=recovery,
        downtime=downtime_rules_from(of_downtime),
        emergency=emergency,
        waves=waves,
        resources=resources,
    )
    return _plain(rest, others)


def _plain(table: dict[str, object], others: PolicyRules) -> PolicyRules:
    """``others`` with what is left in ``table``: rules that are one value each."""
    scopes = get_args(GraceScope)
    made = replace(
        others,
        sign_in_acr=toml_values.one_of(table, "sign_in_acr", others.sign_in_acr, SIGN_IN_ACRS),
        grace_scope=toml_values.one_of(table, "grace_scope", others.grace_scope, scopes),  # type: ignore[arg-type]  # one of the very literals
        typed_acr=toml_values.one_of(table, "typed_acr", others.typed_acr, SIGN_IN_ACRS),
        barred_roles=toml_values.roles(table, "barred_roles", others.barred_roles),
        open_audiences=toml_values.flag(table, "open_audiences", others.open_audiences),
        two_administrators=toml_values.flag(table, "two_administrators", others.two_administrators),
        lockout=toml_values.number(table, "lockout", others.lockout, 1, 100),
        quick_failures=toml_values.number(table, "quick_failures", others.quick_failures, 1, 100),
        slow_first=toml_values.number(table, "slow_first", others.slow_first, 1, 60),
        slow_most=toml_values.number(table, "slow_most", others.slow_most, 1, 3600),
        lock_first=toml_values.number(table, "lock_first", others.lock_first, 30, 86_400),
        lock_most=toml_values.number(table, "lock_most", others.lock_most, 30, 86_400),
        typed_tries=toml_values.number(table, "typed_tries", others.typed_tries, 1, 1000),
        source_tries=toml_values.number(table, "source_tries", others.source_tries, 10, 100_000),
    )
    apart = {"actions", "other_actions", "keys", "enrol", "recovery", "downtime", "emergency", "waves", "resources"}
    _refuse_others(table, {field.name for field in fields(PolicyRules)} - apart, "")
    if made.slow_first > made.slow_most:
        raise toml_values.bad("slow_first", f"at most “slow_most”, which is {made.slow_most}", made.slow_first)
    if made.lock_first > made.lock_most:
        raise toml_values.bad("lock_first", f"at most “lock_most”, which is {made.lock_most}", made.lock_first)
    return made


def _action(table: dict[str, object], where: str, base: ActionRule) -> ActionRule:
    _refuse_others(table, {f.name for f in fields(ActionRule)}, where)
    return ActionRule(
        acr=toml_values.one_of(table, "acr", base.acr, STEP_UP_ACRS, where),
        above=toml_values.number(table, "above", base.above, 0, MAX_RECORDS, where) if "above" in table else base.above,
        acr_above=toml_values.one_of(table, "acr_above", base.acr_above, STEP_UP_ACRS, where),
        sensitivity=toml_values.one_of(table, "sensitivity", base.sensitivity, get_args(Sensitivity), where),  # type: ignore[arg-type]  # one of the very literals
        purposes=toml_values.texts(table, "purposes", base.purposes, where),
        roles=toml_values.roles(table, "roles", base.roles, where),
        labels=_labels(table, base.labels, where),
    )


def _labels(table: dict[str, object], default: tuple[str, ...], where: str) -> tuple[str, ...]:
    found = toml_values.texts(table, "labels", default, where)
    for label in found:
        if label not in LABELS:
            raise toml_values.bad(where + "labels", f"out of {', '.join(LABELS)}", label)
    return found


def _refuse_others(table: dict[str, object], known: Collection[str], where: str) -> None:
    for name in table:
        if name not in known:
            raise SettingsError(f"[policy]: there is no rule called “{where}{name}”.")


def _table(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise toml_values.bad(where, "a table", value)
    return value
