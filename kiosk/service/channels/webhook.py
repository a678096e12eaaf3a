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

from kiosk.service.channels.message import Outgoing
from kiosk.service.channels.prepared import prepared
from kiosk.service.channels.rules import MessageRules

PREFIX = "whsec_"
MIN_SECRET_BYTES = 24
"""As the standard asks for; it allows 64 at most."""


async def send(rules: MessageRules, message: Outgoing) -> str | None:
    """Hand ``message`` over; None once it was taken, else what went wrong."""
    import httpx

    body = message.as_json()
    ready = await prepared(rules.webhook_secret_file, rules.ca_file, "the webhook's secret")
    if isinstance(ready, str):
        return ready
    try:
        secret = secret_of(ready.secret or "")
    except ValueError as error:
        return f"the webhook's secret cannot be used: {error}"
    try:
        async with httpx.AsyncClient(verify=ready.context, timeout=rules.seconds, trust_env=False) as client:
            headers = signed(secret, message.id, int(time.time()), body)
            async with client.stream("POST", rules.webhook, content=body, headers=headers) as answer:
                status = answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"the webhook could not be reached ({type(error).__name__})"
    return None if 200 <= status < 300 else f"the webhook answered {status}"


def secret_of(text: str) -> bytes:
    """The key in ``whsec_`` and base64. Raises ``ValueError`` for a malformed or short one."""
    try:
        secret = base64.b64decode(text.strip().removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("it is no base64") from error
    if len(secret) < MIN_SECRET_BYTES:
        raise ValueError(f"it has fewer than {MIN_SECRET_BYTES} bytes")
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
