"""The rules as typed data, with defaults, read from the ``[policy]`` table of ``service.toml``."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Literal, get_args

from kiosk.model.proof import ACR_MFA, ACR_PHR, ACR_PIN, ACR_RANK
from kiosk.service.policy.enrolrules import EnrolRules, enrol_rules_from
from kiosk.service.policy.keys import KeyRules, key_rules_from
from kiosk.service.policy.recovery import APPROVE, CODE, DESK_ROLES, RESET, RecoveryRules, recovery_rules_from
from kiosk.service.policy.waves import Wave, waves_from
from kiosk.settings import BadSettings

Sensitivity = Literal["normal", "sensitive", "restricted"]


@dataclass(frozen=True, slots=True)
class ActionRule:
    """What one action of a step-up needs.

    ``acr``: the least assurance; ``acr_above``: instead, for more than ``above`` records. ``roles``: who may, empty
    for everybody whose role is not barred. ``purposes``: the pick list where the program states no purpose.
    """

    acr: str = ACR_PHR
    above: int | None = None
    acr_above: str = ACR_PHR
    sensitivity: Sensitivity = "sensitive"
    purposes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


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
        **{name: ActionRule(sensitivity="restricted", roles=DESK_ROLES) for name in (RESET, APPROVE, CODE)},
    }


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules. Times in seconds, counts in tries.

    ``sign_in_acr``: least assurance of the second factor after a badge; ``typed_acr``: where only a login was typed.
    ``barred_roles``: never granted a step-up, unless the action names them. ``lockout``: wrong PINs or codes in a row
    (SP 800-63B-4 section 3.2.2 allows at most 100). ``quick_failures``: at one station before it is slowed, by
    ``slow_first`` doubling up to ``slow_most``. ``open_audiences``: programs on a workstation may name an audience that
    is not a registered application's. ``keys``, ``enrol``, ``recovery``: written among the others, see ``KeyRules``,
    ``EnrolRules``, ``RecoveryRules``. ``waves``: ``[[policy.wave]]``.
    """

    sign_in_acr: str = ACR_PIN
    typed_acr: str = ACR_MFA
    actions: MappingProxyType[str, ActionRule] = field(default_factory=lambda: MappingProxyType(_default_actions()))
    other_actions: ActionRule = ActionRule()
    barred_roles: tuple[str, ...] = ("visitor",)
    lockout: int = 10
    quick_failures: int = 5
    slow_first: int = 2
    slow_most: int = 60
    open_audiences: bool = True
    keys: KeyRules = field(default_factory=KeyRules)
    enrol: EnrolRules = field(default_factory=EnrolRules)
    recovery: RecoveryRules = field(default_factory=RecoveryRules)
    waves: tuple[Wave, ...] = ()


def rules_from(table: dict[str, Any]) -> Rules:
    """Rules from the ``[policy]`` table. Raises ``BadSettings`` with a sentence for whoever edits it."""
    kinds = (KeyRules, EnrolRules, RecoveryRules)
    named = [{f.name for f in fields(kind)} for kind in kinds]
    of_keys, of_enrol, of_recovery = ({name: table[name] for name in of if name in table} for of in named)
    keys, enrol, recovery = key_rules_from(of_keys), enrol_rules_from(of_enrol), recovery_rules_from(of_recovery)
    rest = {name: value for name, value in table.items() if name not in set().union(*named)}
    waves = waves_from(rest.pop("wave", []))
    actions = _default_actions()
    for name, rule in _table(rest.pop("actions", {}), "actions").items():
        actions[name] = _made(ActionRule, _table(rule, f"actions.{name}"), f"actions.{name}", actions.get(name))
    other = _made(ActionRule, _table(rest.pop("other_actions", {}), "other_actions"), "other_actions")
    rules = _made(Rules, rest, "")
    values = {f.name: getattr(rules, f.name) for f in fields(Rules)}
    written = {"actions": MappingProxyType(actions), "other_actions": other, "keys": keys, "enrol": enrol}
    made = Rules(**{**values, **written, "recovery": recovery, "waves": waves})
    if not 1 <= made.lockout <= 100:
        raise BadSettings("[policy]: “lockout” must be between 1 and 100.")
    return made


def _table(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadSettings(f"[policy]: “{where}” must be a table.")
    return value


def _made(kind: type[Any], table: dict[str, Any], where: str, base: object | None = None) -> Any:
    known = {f.name for f in fields(kind)}
    values = {name: getattr(base, name) for name in known} if base is not None else {}
    for name, value in table.items():
        full = f"{where}.{name}" if where else name
        if name not in known or name in {"actions", "other_actions", "keys", "enrol", "recovery", "waves"}:
            raise BadSettings(f"[policy]: there is no rule called “{full}”.")
        values[name] = _checked(full, name, value)
    return kind(**values)


def _checked(full: str, name: str, value: object) -> object:
    if name.startswith("acr") or name.endswith("_acr"):
        if value not in ACR_RANK:
            raise BadSettings(f"[policy]: “{full}” must be one of {', '.join(ACR_RANK)}.")
        return value
    if name == "sensitivity":
        if value not in get_args(Sensitivity):
            raise BadSettings(f"[policy]: “{full}” must be one of {', '.join(get_args(Sensitivity))}.")
        return value
    if name in {"purposes", "roles", "barred_roles"}:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise BadSettings(f"[policy]: “{full}” must be a list of texts.")
        return tuple(value)
    wanted: type = bool if name == "open_audiences" else int
    if type(value) is not wanted or (wanted is int and isinstance(value, int) and value < 0):
        raise BadSettings(f"[policy]: “{full}” must be {'true or false' if wanted is bool else 'a whole number'}.")
    return value
