"""May this key be somebody's, and is it known to be hardware? The one place where that is decided. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from kiosk.service.metadata.models import UNREADABLE, KeyModel, Status
from kiosk.service.policy.authenticator_rules import LEVELS, KeyRules
from kiosk.service.proofs.attestation import Kind, firmware, leads_to


class KeyFault(StrEnum):
    """Why a key is not accepted; stable words, as in the trail."""

    DENIED = "model_denied"
    NOT_ALLOWED = "model_not_allowed"
    BACKED_UP = "backup_eligible"
    COMPROMISED = "model_compromised"
    OLD_FIRMWARE = "model_firmware"
    UNREADABLE = "model_entry_unreadable"
    NOT_ATTESTED = "not_attested"
    UNKNOWN_MODEL = "model_unknown"
    BAD_PATH = "attestation_path"
    LEVEL = "certification_level"
    OVERDUE = "metadata_overdue"


SENTENCES = {
    KeyFault.DENIED: "Keys of this model are not allowed here. Use another one.",
    KeyFault.NOT_ALLOWED: "Only certain models of keys are allowed here, and this is none of them. Use another one.",
    KeyFault.BACKED_UP: "What this key holds can be copied to other devices, which is not allowed here."
    " Use another one.",
    KeyFault.COMPROMISED: "Keys of this model are known to be unsafe. Use another one, and keep this one away.",
    KeyFault.OLD_FIRMWARE: "Keys of this model are unsafe until their firmware is updated, and this one does not prove"
    " that it was. Use another one, or have an administrator who has looked accept it: metadata accept",
    KeyFault.UNREADABLE: "What the FIDO metadata says of this key's model cannot be read, so it may be unsafe."
    " Use another one, or import newer metadata.",
    KeyFault.NOT_ATTESTED: "This key does not prove who made it, which is demanded here. Use another one.",
    KeyFault.UNKNOWN_MODEL: "The FIDO metadata does not know the model of this key. Use another, or import newer data.",
    KeyFault.BAD_PATH: "This key's certificate is not from its maker, or has expired. It may be a forgery: report it.",
    KeyFault.LEVEL: "Keys of this model are not certified highly enough for this hospital. Use another one.",
    KeyFault.OVERDUE: "The FIDO metadata is missing or too old to vouch for a key. Import it: metadata import FILE",
}


@dataclass(frozen=True, slots=True)
class KeyProperties:
    """What a key is by itself. ``aaguid``: 32 hex digits. ``path``: its maker's certificates, DER.

    ``at``: when it was enrolled, epoch seconds: its certificates had to be good then.
    """

    aaguid: str
    kind: Kind
    path: tuple[bytes, ...]
    backup_eligible: bool
    at: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """``trusted``: hardware of a model that the metadata vouches for. ``model``: its name there, as far as it is known.

    ``fault``: why it may not be used, ``status``: the metadata's own word for that, if there is one, or why its entry
    cannot be read; without a fault, a compromise that somebody answers for or that its firmware mends.
    """

    trusted: bool
    model: str | None
    fault: KeyFault | None = None
    status: str | None = None


def judge(
    rules: KeyRules,
    key: KeyProperties,
    model: KeyModel | None,
    now: int,
    *,
    strict: bool,
    accepted: Collection[str] = (),
) -> Judgement:
    """``model``: of the metadata, by the key's AAGUID or certificates. ``accepted``: marks of its reports that
    somebody answers for.

    ``strict``: the key is new, or was trusted: what ``required`` attestation demands is demanded. Keys from before that
    rule stay what they were, and are replaced one by one.
    """
    name = model.name if model else None
    trusted = key.kind == "certified" and model is not None and leads_to(key.path, model.roots, key.at)
    version = firmware(key.path) if trusted else None
    compromise = model.compromise(key.path, accepted, version, now) if model else None
    if model is not None and compromise is not None:
        fault = _of_report(model, compromise)
        return Judgement(False, name, fault, model.unread if fault is KeyFault.UNREADABLE else compromise.status)
    known = name if trusted or key.kind != "certified" else None
    answered = model.compromise(key.path) if model else None
    status = answered.status if answered else None
    return Judgement(trusted, known, _fault(rules, key, model, trusted, now, strict), status)


def _of_report(model: KeyModel, report: Status) -> KeyFault:
    if report.status == UNREADABLE:
        return KeyFault.UNREADABLE
    return KeyFault.OLD_FIRMWARE if model.update_known(report) else KeyFault.COMPROMISED


def _fault(
    rules: KeyRules, key: KeyProperties, model: KeyModel | None, trusted: bool, now: int, strict: bool
) -> KeyFault | None:
    if key.aaguid in rules.aaguid_deny:
        return KeyFault.DENIED
    if key.backup_eligible and not rules.backup_eligible:
        return KeyFault.BACKED_UP
    if rules.attestation == "none":
        return None
    if strict and model is not None and key.kind == "certified" and not trusted:
        return KeyFault.BAD_PATH
    if strict and not trusted and rules.attestation == "required":
        return KeyFault.UNKNOWN_MODEL if key.kind == "certified" else KeyFault.NOT_ATTESTED
    if trusted and rules.aaguid_allow and key.aaguid not in rules.aaguid_allow:
        return KeyFault.NOT_ALLOWED
    if trusted and model is not None and LEVELS.index(model.level(now)) < LEVELS.index(rules.least_certification):
        return KeyFault.LEVEL
    return None
