"""What the credential room's tests share: challenges as a service makes them, a relying party."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Event
from typing import Any, Literal

from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorAssertionResponse,
    AuthenticatorData,
    CollectedClientData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    UserVerificationRequirement,
)

from kiosk.credential import make_credential
from kiosk.credential.enrol import Made
from kiosk.model import binding
from kiosk.model.challenge import Challenge
from kiosk.model.proof import Fido2Proof, Method
from kiosk.model.secret import Secret

RP_ID = "auth.hospital.example"
ORIGIN = f"https://{RP_ID}"
NONCE = bytes(range(32))
STATEMENT = '{"action":"record.export","records":12}'


def a_challenge(
    method: Method,
    *,
    allow: Sequence[bytes] = (),
    label: str | None = None,
    user_verification: Literal["required", "discouraged"] | None = None,
    guarded: Sequence[bytes] = (),
) -> Challenge:
    """A challenge for ``method`` as the service would make it."""
    tap = method in (Method.FIDO2_TAP, Method.PIV_TAP, Method.PKOC_TAP)
    label = label or (binding.SIGN_IN_LABEL if tap else binding.STEP_UP_LABEL)
    return Challenge(
        ceremony="c1",
        method=method,
        label=label,
        nonce=binding.b64u(NONCE),
        challenge=binding.b64u(binding.challenge(label, NONCE, STATEMENT.encode())),
        statement=STATEMENT,
        expires_in=60,
        rp_id=RP_ID,
        origin=ORIGIN,
        allow=tuple(binding.b64u(credential) for credential in allow),
        user_verification=user_verification or ("discouraged" if tap else "required"),
        guarded=tuple(binding.b64u(credential) for credential in guarded),
    )


def a_server() -> Fido2Server:
    """A relying party that takes this origin and no other."""
    return Fido2Server(PublicKeyCredentialRpEntity(id=RP_ID, name="Hospital"), verify_origin=lambda o: o == ORIGIN)


def enrol(
    card: Any, pin: str | None = "2468", user: bytes = b"amira", **wishes: Any
) -> tuple[Made, AttestedCredentialData]:
    """A credential on ``card``, registered at the relying party; returns it as each side knows it."""
    server = a_server()
    wishes = {"resident_key_requirement": "preferred", "user_verification": "preferred", **wishes}
    options, state = server.register_begin(PublicKeyCredentialUserEntity(id=user, name="amira"), **wishes)
    made = make_credential(card, dict(options), ORIGIN, Secret(pin) if pin else None)
    data = server.register_complete(state, registration_response(made)).credential_data
    assert data is not None
    return made, data


def registration_response(made: Made) -> dict[str, Any]:
    """The answer as a browser would send it."""
    identifier = binding.b64u(made.credential_id)
    return {
        "id": identifier,
        "rawId": identifier,
        "type": "public-key",
        "response": {
            "clientDataJSON": binding.b64u(made.client_data),
            "attestationObject": binding.b64u(made.attestation_object),
        },
    }


def check(proof: Fido2Proof, credential: AttestedCredentialData, challenge: Challenge) -> AuthenticatorData:
    """Let the relying party verify ``proof``; raises what it raises."""
    verification = UserVerificationRequirement(challenge.user_verification)
    server = a_server()
    _, state = server.authenticate_begin([credential], verification, binding.unb64u(challenge.challenge))
    response = AuthenticationResponse(
        raw_id=binding.unb64u(proof.credential_id),
        response=AuthenticatorAssertionResponse(
            client_data=CollectedClientData(binding.unb64u(proof.client_data)),
            authenticator_data=AuthenticatorData(binding.unb64u(proof.authenticator_data)),
            signature=binding.unb64u(proof.signature),
        ),
    )
    server.authenticate_complete(state, [credential], response)
    return response.response.authenticator_data


def never() -> Event:
    """A cancel that nobody sets."""
    return Event()


def changed(challenge: Challenge, /, **fields: Any) -> Challenge:
    """``challenge`` with other fields."""
    return replace(challenge, **fields)
