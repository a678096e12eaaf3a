"""Which signals a row of the trail is. Pure: one place knows what every act of everybody means to others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from kiosk.model.binding import Json
from kiosk.model.proof import ACR_RANK
from kiosk.service.platform.json_fields import JsonObject

STOPS: Mapping[str, str] = MappingProxyType(
    {
        "person.suspend": "The person was suspended.",
        "person.leave": "The person left.",
        "factor.suspend": "A credential was suspended.",
        "factor.lost": "A credential was reported lost.",
        "factor.revoke": "A credential was revoked.",
        **dict.fromkeys(("badge.revoke", "key.revoke", "piv.revoke", "pkoc.revoke"), "A credential was revoked."),
        "key.suspend": "A credential was suspended.",
    }
)
"""Acts of administrators by which a person's sessions end or are locked, and why."""
ADDS = frozenset({"badge.add", "key.add", "piv.add", "pkoc.add", "totp.add"})
ENDS = frozenset({"factor_lost", "factor_moved", "factor_replaced", "badge_ended"})
"""Rows of stations and of the service itself by which a factor ended."""
TYPES: Mapping[str, str] = MappingProxyType(
    {"key": "fido2-roaming", "piv": "x509", "pin": "pin", "totp": "app", "phone": "app"}
)
"""What CAEP calls our kinds of factors. It has no word for the others: those keep ours."""
NAMESPACE = "urn:kiosk:acr"


@dataclass(frozen=True, slots=True)
class ToldSignal:
    """One signal. ``kind``: its event type's name. ``says``: the event, without when and whom. ``acr``: of
    ``assurance-level-change``: it is told only if it is another than the last."""

    kind: str
    person: str
    login: str
    says: dict[str, Json] = field(default_factory=dict)
    acr: str = ""


def signals_of(row: JsonObject) -> list[ToldSignal]:
    """``row``: the body of a row of the trail."""
    person, login, action = row.get("person"), row.get("login"), row.get("action")
    if row.get("result") != "success" or not isinstance(person, str) or not isinstance(login, str):
        return []
    said = row.get("detail")
    detail: JsonObject = said if isinstance(said, Mapping) else {}
    found = _level(row) if action in ("sign_in", "stepup") else []
    if action == "admin":
        found = _by_admin(str(detail.get("act")), detail)
    elif action == "factor_added":
        found = [_credential(detail, "create", "user", "A credential was added at a workstation.")]
    elif action in ENDS:
        found = [_credential(detail, "revoke", "user", "A credential ended."), *_locked(detail, "user")]
    elif action == "reset":
        found = _locked(detail, "admin")
    elif action == "signal":
        found = _locked(detail, "policy")
    return [ToldSignal(kind, person, login, says, acr) for kind, says, acr in found]


_Part = tuple[str, dict[str, Json], str]


def _by_admin(act: str, detail: JsonObject) -> list[_Part]:
    who = "policy" if detail.get("source") else "admin"
    found: list[_Part] = []
    if act in STOPS:
        if not act.startswith("person."):
            found.append(_credential(detail, "revoke", who, STOPS[act], act))
        found.append(_revoked(who, STOPS[act]))
    elif act in ADDS:
        found.append(_credential(detail, "create", who, "A credential was added.", act))
    elif act in ("pin.set", "factor.resume"):
        found.append(_credential(detail, "update", who, "A credential was changed.", act))
    return found


def _credential(detail: JsonObject, change: str, who: str, why: str, act: str = "") -> _Part:
    mark = detail.get("factor")
    kind = mark.partition(":")[0] if isinstance(mark, str) else act.partition(".")[0]
    says = _says(who, why)
    return "credential-change", {"credential_type": TYPES.get(kind, kind), "change_type": change, **says}, ""


def _locked(detail: JsonObject, who: str) -> list[_Part]:
    """Only where something was locked: so two systems that tell one another come to an end."""
    many = [detail.get(name) for name in ("sessions_locked", "sign_ins_ended")]
    locked = any(isinstance(number, int) and number > 0 for number in many)
    return [_revoked(who, "The person's sessions were locked.")] if locked else []


def _revoked(who: str, why: str) -> _Part:
    return "session-revoked", _says(who, why), ""


def _level(row: JsonObject) -> list[_Part]:
    acr = row.get("acr")
    if not isinstance(acr, str) or acr not in ACR_RANK:
        return []
    return [
        ("assurance-level-change", {"namespace": NAMESPACE, "current_level": acr, "initiating_entity": "user"}, acr)
    ]


def _says(who: str, why: str) -> dict[str, Json]:
    return {"initiating_entity": who, "reason_admin": {"en": why}}


def compared(says: Mapping[str, Json], before: str | None, now: str) -> dict[str, Json]:
    """The event with the level before, where that is known (CAEP 1.0 section 3.4.1)."""
    if before is None:
        return {**says}
    direction = "increase" if ACR_RANK[now] > ACR_RANK.get(before, -1) else "decrease"
    return {**says, "previous_level": before, "change_direction": direction}
