"""What was verified becomes a person's: rows of keys and cards, for administrators and for enrolment alike."""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography import x509
from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.model.refusal import RefusalCode
from kiosk.service.audit.evidence import digest
from kiosk.service.platform import certificate_reading
from kiosk.service.platform.keys import BadgeKeys
from kiosk.service.policy.authenticator_rules import KeyRules
from kiosk.service.proofs import admission, attestation, certificate_paths, revocation
from kiosk.service.proofs.authenticator_policy import Judgement
from kiosk.service.proofs.certificate_paths import Path
from kiosk.service.proofs.registration import VerifiedRegistration
from kiosk.service.store import badge_number, badges, cards, lookups
from kiosk.service.store.cards import NewCredential
from kiosk.service.store.factors import short_of
from kiosk.service.store.people import fresh_id
from kiosk.service.store.pkoc_badges import NewBadge
from kiosk.verification.refused import ProofRefusedError


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was admitted. ``built_in``: it verifies its user by itself. ``replaces``: a mark.

    ``guarded``: it shows the credential to a verified user alone.
    """

    made: VerifiedRegistration
    judgement: Judgement
    name: str
    discoverable: bool
    built_in: bool
    replaces: str | None = None
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class NewCard:
    """A PIV card by its certificates, DER."""

    name: str
    cert_9e: bytes
    cert_9a: bytes | None
    replaces: str | None = None
    id: str = field(default_factory=fresh_id)

    @property
    def prints(self) -> dict[str, str | None]:
        """SHA-256 of each certificate, as rows name them."""
        return {
            "fingerprint_9e": digest(self.cert_9e),
            "fingerprint_9a": digest(self.cert_9a) if self.cert_9a is not None else None,
        }


def key_told(new: NewKey) -> dict[str, Json]:
    """What the trail says of it: later signatures are checked against this row."""
    made, judgement = new.made, new.judgement
    return {
        "factor": short_of(f"key:{made.credential_id}"),
        "credential_id": made.credential_id,
        "public_key_sha256": digest(made.public_key),
        "aaguid": made.aaguid,
        "name": new.name,
        "attestation": made.attestation,
        "discoverable": new.discoverable,
        "trusted": judgement.trusted,
        "model": judgement.model,
        "attestation_certificate": attestation.fingerprint(made.statement.path),
        "replaces": new.replaces and short_of(new.replaces),
    }


def keep_key(conn: Connection, person: str, new: NewKey, enrolled: tuple[str, int], now: int) -> None:
    """Bind it to the person of that id. ``enrolled``: chain and number of the row that tells of it."""
    made = new.made
    row = NewCredential(
        credential_id=made.credential_id,
        person=person,
        public_key=made.public_key,
        sign_count=made.sign_count,
        aaguid=made.aaguid,
        name=new.name,
        discoverable=new.discoverable,
        user_verification="builtin" if new.built_in else "pin",
        attestation=made.attestation,
        attestation_trusted=new.judgement.trusted,
        backup_eligible=made.backup_eligible,
        backed_up=made.backed_up,
        model=new.judgement.model,
        replaces=new.replaces,
        guarded=new.guarded or None,
    )
    cards.add_credential(conn, row, enrolled, now)
    admission.keep(conn, made)


def card_told(new: NewCard) -> dict[str, Json]:
    """What the trail says of it."""
    replaces = new.replaces and short_of(new.replaces)
    return {"factor": short_of(f"piv:{new.id}"), "name": new.name, **new.prints, "replaces": replaces}


def keep_card(conn: Connection, person: str, new: NewCard, enrolled: tuple[str, int], now: int) -> str:
    """Bind it to the person of that id; the card's own id, which the row names."""
    slot_9a = (new.cert_9a, digest(new.cert_9a)) if new.cert_9a is not None else None
    slot_9e = (new.cert_9e, digest(new.cert_9e))
    return cards.add_piv_card(conn, person, new.name, slot_9e, slot_9a, enrolled, now, new.replaces, new.id)


def pkoc_told(new: NewBadge) -> dict[str, Json]:
    """What the trail says of a PKOC badge: later signatures are checked against this row."""
    said = {"factor": short_of(f"pkoc:{new.id}"), "name": new.name, "public_key_sha256": digest(new.public_key)}
    return {**said, "replaces": new.replaces and short_of(new.replaces)}


def card_owner(conn: Connection, new: NewCard) -> str | None:
    """Whose card it is already."""
    owners = (cards.piv_owner(conn, fingerprint) for fingerprint in new.prints.values() if fingerprint is not None)
    return next((owner for owner in owners if owner is not None), None)


def check_card(conn: Connection, rules: KeyRules, new: NewCard, now: int) -> tuple[Path, Path | None]:
    """The paths of 9E and 9A to a trusted CA. Raises ``ProofRefusedError``.

    Only 9A is tried; 9E is read by anybody who holds the card for a moment. Both name their card (FIPS 201-3 section
    5.2.1), so that nobody takes a colleague's card away by adding its 9E to a 9A of their own.
    """
    path_9e = path_of(conn, rules, new.cert_9e, now)
    path_9a = None if new.cert_9a is None else path_of(conn, rules, new.cert_9a, now)
    if path_9a is not None:
        said = _card_named(path_9e.certificate), _card_named(path_9a.certificate)
        if None not in said and said[0] != said[1]:
            raise ProofRefusedError(RefusalCode.UNTRUSTED_CERTIFICATE, "certificates of two cards")
    return path_9e, path_9a


def path_of(conn: Connection, rules: KeyRules, der: bytes, now: int) -> Path:
    """From a card's certificate to a trusted CA, not revoked. Raises ``ProofRefusedError``."""
    path = certificate_paths.validate(der, certificate_paths.trusted(lookups.piv_cas(conn)), now)
    revocation.check(path, lookups.crls_of(conn, path.ca.identity), now, required=rules.piv_crl == "required")
    return path


def _card_named(certificate: x509.Certificate) -> str | None:
    """The card's UUID; None where the issuer does not say it."""
    names = certificate_reading.value(certificate, x509.SubjectAlternativeName)
    if names is None:
        return None
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    return next((uri.lower() for uri in uris if uri.lower().startswith("urn:uuid:")), None)


def number_free(conn: Connection, keys: BadgeKeys, uid: str | None) -> bool:
    """Whether the number of a card with a key is nobody's badge, so that it can be guarded."""
    number = number_of(uid)
    return number is None or badges.owner(conn, keys, number) is None


def guard_number(conn: Connection, keys: BadgeKeys, person: str, uid: str | None, now: int) -> None:
    """See to it that a card with a key never signs in by its number, which must be free."""
    number = number_of(uid)
    if number is not None:
        badges.add_proof_card(conn, keys, person, number, now)


def number_of(uid: str | None) -> bytes | None:
    """A card's number as it is kept; None for none, and for one that changes at every tap: nothing to guard there."""
    try:
        return badge_number.parse(uid) if uid else None
    except badge_number.InvalidBadgeNumberError:
        return None
