"""What the service says of itself (OpenID Connect Discovery 1.0 section 3, RFC 8414): only what is true here."""

from __future__ import annotations

from kiosk.model.proof import ACR_RANK
from kiosk.service.openid import authorization_details, backchannel_tokens, one_time, token_exchange
from kiosk.service.openid.parameters import SCOPES
from kiosk.service.store.backchannel_clients import DELIVERIES
from kiosk.service.store.openid_clients import ALGS, AUTHS

CLAIMS = (
    *("iss", "sub", "aud", "exp", "iat", "nonce", "acr", "amr", "auth_time", "sid"),
    *("name", "preferred_username", "roles"),
)
"""What an ID token or ``/oauth/userinfo`` can say of a person."""


def document(issuer: str) -> dict[str, object]:
    """``/.well-known/openid-configuration``."""
    oauth = f"{issuer}/oauth"
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{oauth}/authorize",
        "pushed_authorization_request_endpoint": f"{oauth}/par",
        "token_endpoint": f"{oauth}/token",
        "userinfo_endpoint": f"{oauth}/userinfo",
        "introspection_endpoint": f"{oauth}/introspect",
        "revocation_endpoint": f"{oauth}/revoke",
        "end_session_endpoint": f"{oauth}/logout",
        "backchannel_authentication_endpoint": f"{oauth}/backchannel",
        "backchannel_token_delivery_modes_supported": list(DELIVERIES),
        "backchannel_user_code_parameter_supported": False,
        "authorization_details_types_supported": [authorization_details.TYPE],
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [
            "authorization_code",
            "refresh_token",
            "client_credentials",
            backchannel_tokens.GRANT_TYPE,
            token_exchange.GRANT_TYPE,
            one_time.GRANT_TYPE,
        ],
        "subject_types_supported": ["public"],
        "prompt_values_supported": ["none", "login"],
        "id_token_signing_alg_values_supported": list(ALGS),
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": list(AUTHS),
        "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
        "introspection_endpoint_auth_methods_supported": [way for way in AUTHS if way != "none"],
        "introspection_endpoint_auth_signing_alg_values_supported": ["ES256"],
        "revocation_endpoint_auth_methods_supported": list(AUTHS),
        "revocation_endpoint_auth_signing_alg_values_supported": ["ES256"],
        "dpop_signing_alg_values_supported": ["ES256"],
        "acr_values_supported": list(ACR_RANK),
        "ui_locales_supported": ["en", "es", "fr", "de"],
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "claims_supported": list(CLAIMS),
        "service_documentation": f"{issuer}/v1/openapi.json",
    }
