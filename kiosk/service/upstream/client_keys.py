"""By what the provider knows us: a secret (RFC 6749 section 2.3.1) or a key (OpenID Connect Core section 9)."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_plus

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from kiosk.service.platform.keys import KeyFileError, refuse_open_mode
from kiosk.service.platform.upstream_settings import UpstreamSettings
from kiosk.service.upstream.errors import ProviderAwayError

ASSERTION_SECONDS = 60
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class ShownToProvider:
    """What goes into form and headers of a request to its token endpoint."""

    form: dict[str, str]
    headers: dict[str, str]


def shown(settings: UpstreamSettings, token_endpoint: str, now: int) -> ShownToProvider:
    """Read anew each time, so that a new file counts at once. Raises ``ProviderAwayError``."""
    path = Path(settings.secret_file or settings.key_file)
    try:
        refuse_open_mode(path)
        held = path.read_text("utf-8").strip()
        if settings.secret_file:
            both = f"{quote_plus(settings.client_id)}:{quote_plus(held)}"
            return ShownToProvider({}, {"Authorization": f"Basic {base64.b64encode(both.encode()).decode()}"})
        assertion = _assertion(settings.client_id, held, token_endpoint, now)
    except KeyFileError as error:
        raise ProviderAwayError(str(error)) from None
    except (OSError, ValueError, JoseError) as error:
        raise ProviderAwayError(f"{path} cannot be used ({type(error).__name__})") from None
    return ShownToProvider({"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}, {})


def _assertion(client_id: str, pem: str, token_endpoint: str, now: int) -> str:
    key: ECKey | RSAKey
    try:
        key, alg = ECKey.import_key(pem), "ES256"
    except (ValueError, TypeError, JoseError):
        key, alg = RSAKey.import_key(pem), "RS256"
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": token_endpoint,
        "iat": now,
        "exp": now + ASSERTION_SECONDS,
        "jti": secrets.token_urlsafe(16),
    }
    return jws.serialize_compact({"alg": alg, "kid": key.thumbprint()}, json.dumps(claims), key, [alg])
