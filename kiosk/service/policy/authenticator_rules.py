"""The rules about keys and cards: which may be enrolled and count, and who needs two of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, get_args

from kiosk.service.policy import toml_values
from kiosk.settings import SettingsError

Attestation = Literal["none", "optional", "required"]
PivCrl = Literal["when_published", "required"]
Level = Literal["", "L1", "L1plus", "L2", "L2plus", "L3", "L3plus"]
LEVELS: tuple[str, ...] = get_args(Level)
"""FIDO authenticator certification, lowest first; empty for none (FIDO Metadata Service 3.1, section 3.1.4)."""


@dataclass(frozen=True, slots=True)
class KeyRules:
    """Names as in ``[policy]``.

    ``attestation``: ``none`` is not asked for; ``optional`` is, and what it says is checked; ``required`` must lead to
    a root in the FIDO metadata. ``aaguid_allow``: only these models, if there are any; ``aaguid_deny``: never these; 32
    hex digits. ``least_certification``: of the model. ``backup_eligible``: keys whose credentials can be copied
    elsewhere may be enrolled. ``metadata_overdue``: days past its ``nextUpdate`` for which the metadata still vouches
    for new keys. ``two_key_roles``: who must have a spare key. ``piv_crl``: whether a PIV card counts without a
    revocation list of its CA: ``when_published``, as long as none ever was here and its certificate names none;
    ``required``: never.
    """

    attestation: Attestation = "none"
    aaguid_allow: tuple[str, ...] = ()
    aaguid_deny: tuple[str, ...] = ()
    least_certification: Level = ""
    backup_eligible: bool = True
    metadata_overdue: int = 30
    two_key_roles: tuple[str, ...] = ("administrator", "prescriber")
    piv_crl: PivCrl = "when_published"


def key_rules_from(table: dict[str, object]) -> KeyRules:
    """Rules from those names of ``[policy]`` that are fields of ``KeyRules``. Raises ``SettingsError``."""
    default = KeyRules()
    made = KeyRules(
        attestation=toml_values.one_of(table, "attestation", "none", get_args(Attestation)),  # type: ignore[arg-type]  # one of the very literals
        aaguid_allow=_aaguids(table, "aaguid_allow"),
        aaguid_deny=_aaguids(table, "aaguid_deny"),
        least_certification=toml_values.one_of(table, "least_certification", "", LEVELS),  # type: ignore[arg-type]  # as above
        backup_eligible=toml_values.flag(table, "backup_eligible", True),
        metadata_overdue=toml_values.number(table, "metadata_overdue", 30, 0, 3650),
        two_key_roles=toml_values.roles(table, "two_key_roles", default.two_key_roles),
        piv_crl=toml_values.one_of(table, "piv_crl", default.piv_crl, get_args(PivCrl)),  # type: ignore[arg-type]  # as above
    )
    if made.attestation != "required" and (made.aaguid_allow or made.least_certification):
        # Without attestation a model's number is a mere claim.
        raise SettingsError('[policy]: “aaguid_allow” and “least_certification” need attestation = "required".')
    return made


def keys_needed(rules: KeyRules, roles: Collection[str]) -> int:
    """How many phishing-resistant factors (FIDO2 keys, PIV cards with a 9A key) somebody of these roles must have."""
    return 2 if set(roles) & set(rules.two_key_roles) else 0


def _aaguids(table: dict[str, object], name: str) -> tuple[str, ...]:
    found = tuple(aaguid.replace("-", "").lower() for aaguid in toml_values.texts(table, name))
    for aaguid in found:
        if len(aaguid) != 32 or set(aaguid) - set("0123456789abcdef"):
            raise toml_values.bad(name, "AAGUIDs, each of 32 hexadecimal digits", aaguid)
    return found
