"""A new key before the store: is it nobody else's, may its model be used here, is it known to be hardware?"""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.service.metadata.models import KeyModel
from kiosk.service.policy.authenticator_rules import KeyRules
from kiosk.service.proofs.attestation import ZERO, key_identifiers
from kiosk.service.proofs.authenticator_policy import SENTENCES, Judgement, KeyFault, KeyProperties, judge
from kiosk.service.proofs.registration import VerifiedRegistration
from kiosk.service.store import acceptances, cards, metadata

DAY = 86_400


class KeyNotAcceptedError(Exception):
    """The key may not be enrolled; ``str()`` is a sentence, ``fault`` the stable word, None for one that is taken."""

    def __init__(self, sentence: str, fault: KeyFault | None = None) -> None:
        super().__init__(sentence)
        self.fault = fault


def admit(conn: Connection, rules: KeyRules, made: VerifiedRegistration, person: str, now: int) -> Judgement:
    """What the key is worth, for the person of that id. Raises ``KeyNotAcceptedError``."""
    for owner in (cards.credential_owner(conn, made.credential_id), cards.public_key_owner(conn, made.public_key)):
        if owner is not None:
            raise KeyNotAcceptedError(
                "This key's credential is enrolled already. It never counts twice."
                if owner == person
                else "This key's credential belongs to somebody else already, or did. Use another key."
            )
    facts = KeyProperties(made.aaguid, made.statement.kind, made.statement.path, made.backup_eligible, now)
    judgement = weigh(conn, rules, facts, None, now, strict=True)
    if overdue(conn, rules, now):
        fault = judgement.fault
        if fault in (None, KeyFault.UNKNOWN_MODEL) and rules.attestation == "required":
            fault = KeyFault.OVERDUE
        judgement = Judgement(False, judgement.model, fault, judgement.status)
    if judgement.fault is not None:
        why = f" ({judgement.status})" if judgement.fault is KeyFault.UNREADABLE else ""
        raise KeyNotAcceptedError(SENTENCES[judgement.fault] + why, judgement.fault)
    return judgement


def keep(conn: Connection, made: VerifiedRegistration) -> None:
    """Keep what the key said of itself, so that it can be judged again. After the credential itself."""
    if made.attestation_object:
        metadata.keep_attestation(conn, made.credential_id, made.attestation_object, made.client_data_hash)


def weigh(
    conn: Connection, rules: KeyRules, key: KeyProperties, credential: str | None, now: int, *, strict: bool
) -> Judgement:
    """What a key is worth by the metadata that is here. ``credential``: None for one that is not enrolled yet."""
    model = model_of(conn, key)
    good = acceptances.in_force(conn, model.ids[0], credential) if model else []
    return judge(rules, key, model, now, strict=strict, accepted={mark for factor in good for mark in factor.reports})


def model_of(conn: Connection, key: KeyProperties) -> KeyModel | None:
    """The key's model: by its AAGUID, or where it has none by its maker's certificates (U2F)."""
    return metadata.model(conn, key_identifiers(key.path) if key.aaguid == ZERO else (key.aaguid,))


def overdue(conn: Connection, rules: KeyRules, now: int) -> bool:
    """Whether the metadata is missing, or too old to vouch for anything."""
    here = metadata.newest(conn)
    return here is None or here.next_update + rules.metadata_overdue * DAY <= now
