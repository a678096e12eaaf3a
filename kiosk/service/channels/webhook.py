"""One POST a message, signed as Standard Webhooks 1.0 says.

Three headers go with it: ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature``. The other side checks
HMAC-SHA-256 over ``id.timestamp.body`` with the shared secret; libraries for that exist in most languages. Any 2xx
means taken. No redirect is followed, and the answer is not read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from pathlib import Path

from kiosk.service.channels.message import Outgoing
from kiosk.service.channels.rules import MessageRules, secret_in
from kiosk.service.platform.certificate_files import CertificateFileError
from kiosk.service.platform.keys import KeyFileError
from kiosk.service.platform.tls_roots import trusting

PREFIX = "whsec_"
MIN_SECRET_BYTES = 24
"""As the standard asks for; it allows 64 at most."""


async def send(rules: MessageRules, message: Outgoing) -> str | None:
    """Hand ``message`` over; None once it was taken, else what went wrong."""
    import httpx

    body = message.as_json()
    try:
        secret = secret_of(await secret_in(rules.webhook_secret_file))
        context = trusting(Path(rules.ca_file) if rules.ca_file else None)
        async with httpx.AsyncClient(verify=context, timeout=rules.seconds, trust_env=False) as client:
            headers = signed(secret, message.id, int(time.time()), body)
            async with client.stream("POST", rules.webhook, content=body, headers=headers) as answer:
                status = answer.status_code
    except KeyFileError as error:
        return str(error)
    except CertificateFileError as error:
        return f"the CA file cannot be used: {error}"
    except (ValueError, OSError) as error:
        return f"the webhook's secret or CA file cannot be used ({type(error).__name__})"
    except httpx.HTTPError as error:
        return f"the webhook could not be reached ({type(error).__name__})"
    return None if 200 <= status < 300 else f"the webhook answered {status}"


def secret_of(text: str) -> bytes:
    """The key in ``whsec_`` and base64. Raises ``ValueError`` for a malformed or short one."""
    try:
        secret = base64.b64decode(text.strip().removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
    if len(secret) < MIN_SECRET_BYTES:
        raise ValueError("too short")
    return secret


def signed(secret: bytes, identifier: str, at: int, body: bytes) -> dict[str, str]:
    """The headers of one request. ``at``: epoch seconds."""
    mac = hmac.new(secret, f"{identifier}.{at}.".encode() + body, hashlib.sha256).digest()
    return {
        "content-type": "application/json",
        "webhook-id": identifier,
        "webhook-timestamp": str(at),
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }
