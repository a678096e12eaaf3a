"""A new credential on a FIDO2 key, for ``kiosk admin key add``: WebAuthn Level 3 section 5.1.3 over CTAP 2.1."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Event
from typing import Any

from fido2.ctap import CtapDevice
from fido2.ctap2.base import Ctap2, Info
from fido2.ctap2.pin import ClientPin
from fido2.webauthn import (
    AttestationConveyancePreference,
    AttestationObject,
    AuthenticatorData,
    AuthenticatorSelectionCriteria,
    CollectedClientData,
    PublicKeyCredentialCreationOptions,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from kiosk.credential.ctap import KnownCtap, keys_errors_named
from kiosk.credential.errors import GarbledCardError, KeyCapabilityError, NoCredentialError
from kiosk.credential.fido2 import allow_list, held, lists, presented, verification
from kiosk.model.proof import Fido2Presented
from kiosk.model.secret import Secret

MAX_NAME_BYTES = 64
"""Every key takes names of so many bytes of UTF-8 (WebAuthn Level 3 section 6.4.1); a longer one may be refused."""
NAMES = frozenset({"name", "displayName"})
ZERO_WIDTH_JOINER = "\u200d"
PROTECTION = {"userVerificationOptional": 1, "userVerificationOptionalWithCredentialIDList": 2}
"""credProtect (CTAP 2.1 section 12.1). Level 3 hides a credential until a PIN is spent, so that a colleague's
key could no longer be told apart before its PIN is: never asked for here. Some keys make no other
(``Challenge.guarded``)."""


@dataclass(frozen=True, slots=True)
class Made:
    """What goes back to the service, and what the administrator is told.

    ``client_data`` and ``attestation_object``: bytes as WebAuthn defines them. ``discoverable``: whether a key by
    touch alone can say who it belongs to. ``verified``: whether its user was verified. ``guarded``: the key does not
    tell that it holds the credential before its user is verified.
    """

    client_data: bytes
    attestation_object: bytes
    key: Fido2Presented
    credential_id: bytes
    discoverable: bool
    verified: bool
    guarded: bool = False


def make_credential(
    device: CtapDevice,
    options: PublicKeyCredentialCreationOptions,
    origin: str,
    pin: Secret | None,
    cancel: Event,
    info: Info | None = None,
) -> Made:
    """Make the credential that ``options`` asks for, for ``origin``. Raises ``CredentialError`` and nothing else.

    ``AlreadyEnrolledError``: the key holds one of ``exclude_credentials``. ``KeyCapabilityError``: it cannot do what is
    required.
    """
    client_data = CollectedClientData.create(
        CollectedClientData.TYPE.CREATE, options.challenge, origin, cross_origin=False
    )
    with keys_errors_named(cancel):
        ctap = KnownCtap(device, info)
        wish = options.authenticator_selection or AuthenticatorSelectionCriteria()
        resident = _resident(ctap.info, wish)
        proof = _verification(ctap, options, wish, pin, client_data.hash, cancel)
        request: dict[int, Any] = {
            1: client_data.hash,
            2: _entity(options.rp, "id", "name"),
            3: _entity(options.user, "id", "name", "display_name"),
            4: [{"type": "public-key", "alg": parameter.alg} for parameter in options.pub_key_cred_params],
            5: _excluded(ctap, options, cancel) or None,
            6: _protection(ctap.info, options.extensions or {}),
            7: {**({"rk": True} if resident else {}), **proof.get("options", {})} or None,
            8: proof.get("param"),
            9: proof.get("protocol"),
        }
        answer = ctap.send_cbor(
            Ctap2.CMD.MAKE_CREDENTIAL,
            {number: part for number, part in request.items() if part is not None},
            event=cancel,
        )
        made = _made(answer, options, bytes(client_data), presented(ctap.info), resident)
        hidden = made.verified and not _shows(ctap, options.rp.id or "", made.credential_id, cancel)
        return replace(made, guarded=hidden)


def _shows(ctap: Ctap2, rp_id: str, credential_id: bytes, cancel: Event) -> bool:
    """Some keys hide a new credential at once, whatever level of protection was asked for."""
    try:
        held(ctap, rp_id, [credential_id], cancel)
    except NoCredentialError:
        return False
    return True


def _resident(info: Info, wish: AuthenticatorSelectionCriteria) -> bool:
    able = info.options.get("rk") is True
    if wish.resident_key == ResidentKeyRequirement.REQUIRED and not able:
        raise KeyCapabilityError("the key cannot hold a discoverable credential")
    return able and wish.resident_key != ResidentKeyRequirement.DISCOURAGED


def _verification(
    ctap: Ctap2,
    options: PublicKeyCredentialCreationOptions,
    wish: AuthenticatorSelectionCriteria,
    pin: Secret | None,
    client_data_hash: bytes,
    cancel: Event,
) -> dict[str, Any]:
    """A protected key asks for its PIN even where the service does not (CTAP 2.1 section 6.1.2)."""
    protected = bool(ctap.info.options.get("clientPin") or ctap.info.options.get("uv"))
    needed = wish.user_verification == UserVerificationRequirement.REQUIRED
    discouraged = wish.user_verification == UserVerificationRequirement.DISCOURAGED
    spared = discouraged and ctap.info.options.get("makeCredUvNotRqd") is True
    if not needed and (not protected or (spared and not pin)):
        return {}
    rp_id = options.rp.id or ""
    permission = ClientPin.PERMISSION.MAKE_CREDENTIAL
    return verification(ctap, pin, permission, rp_id, client_data_hash, cancel, bytes(ctap.info.aaguid))


def _excluded(ctap: Ctap2, options: PublicKeyCredentialCreationOptions, cancel: Event) -> list[dict[str, Any]]:
    """What must not be on the key already; of more than fit in one message, the one that is (section 5.1.3)."""
    known = [credential.id for credential in options.exclude_credentials or ()]
    rp_id = options.rp.id or ""
    parts = lists(ctap.info, rp_id, known)
    if len(parts) > 1:
        try:
            parts = [held(ctap, rp_id, known, cancel)]
        except NoCredentialError:
            return []
    return allow_list(parts[0])[3] if parts else []


def _protection(info: Info, wanted: Mapping[str, Any]) -> dict[str, int] | None:
    level = PROTECTION.get(str(wanted.get("credentialProtectionPolicy")))
    if level is None:
        return None
    if "credProtect" in info.extensions:
        return {"credProtect": level}
    if wanted.get("enforceCredentialProtectionPolicy"):
        raise KeyCapabilityError("the key cannot protect its credentials")
    return None


def _made(
    answer: Mapping[int, Any],
    options: PublicKeyCredentialCreationOptions,
    client_data: bytes,
    key: Fido2Presented,
    resident: bool,
) -> Made:
    """The attestation object as the service wants it: for ``none`` without its statement (section 5.1.3)."""
    fmt, statement = answer[1], answer[3]
    data = AuthenticatorData(answer[2])
    if data.credential_data is None:
        raise GarbledCardError("an attestation without its credential")
    if options.attestation in (None, AttestationConveyancePreference.NONE):
        fmt, statement = "none", {}
    return Made(
        client_data=client_data,
        attestation_object=bytes(AttestationObject.create(fmt, data, statement)),
        key=key,
        credential_id=bytes(data.credential_data.credential_id),
        discoverable=resident,
        verified=data.is_user_verified(),
    )


def _entity(entity: object, *names: str) -> dict[str, Any]:
    """An entity's own values (bytes as bytes, not base64url), those that are set; its names as long as keys take."""
    named = {("displayName" if name == "display_name" else name): getattr(entity, name) for name in names}
    return {
        name: shortened(value) if name in NAMES and isinstance(value, str) else value
        for name, value in named.items()
        if value is not None
    }


def shortened(name: str) -> str:
    """``name`` in at most 64 bytes of UTF-8, cut between characters as people see them (Level 3 section 6.4.1).

    A mark that belongs to the letter before it goes with that letter.
    """
    kept = name.encode()[:MAX_NAME_BYTES].decode(errors="ignore")
    if kept == name:
        return name
    while kept and (joins(name[len(kept)]) or kept[-1] == ZERO_WIDTH_JOINER):
        kept = kept[:-1]
    return kept.rstrip() or name.encode()[:MAX_NAME_BYTES].decode(errors="ignore")


def joins(character: str) -> bool:
    """Whether it belongs to the character before it."""
    return unicodedata.category(character) in ("Mn", "Me", "Mc") or character == ZERO_WIDTH_JOINER
