"""This server's line to the service: forms over TLS, under its own key or secret.

By the standard library alone, for every sign-in starts this program anew: httpx would cost it a quarter of a second.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import ssl
import stat
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote_plus, urlencode, urlsplit

from kiosk.settings.server_login import ServerLoginSettings

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 60
PATIENCE = 10.0
"""Seconds for one request."""
MAX_ANSWER = 65_536


class ServerLoginError(Exception):
    """Nobody is let in; the message is a sentence for whoever keeps the server."""


class UntoldReasonError(ServerLoginError):
    """The same, for a reason that would tell a stranger which logins there are: it is for the server's log alone."""


class ServiceLine:
    """Requests to the service of ``settings``."""

    def __init__(self, settings: ServerLoginSettings) -> None:
        self._settings = settings
        try:
            self._trust = ssl.create_default_context(cafile=settings.ca)
        except OSError as error:
            raise ServerLoginError(f"{settings.ca} cannot be read: {error.strerror}.") from None

    def post(self, path: str, form: Mapping[str, str]) -> dict[str, object]:
        """The answer, whether it is yes or no. Raises ``ServerLoginError`` where there is none that can be read."""
        shown, headers = self._shown()
        body = urlencode({**shown, **form})
        parts = urlsplit(self._settings.service)
        line = http.client.HTTPSConnection(parts.hostname or "", parts.port, context=self._trust, timeout=PATIENCE)
        try:
            line.request("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded", **headers})
            said: object = json.loads(line.getresponse().read(MAX_ANSWER))
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ServerLoginError(f"The service does not answer: {type(error).__name__}.") from None
        finally:
            line.close()
        if not isinstance(said, dict):
            raise ServerLoginError("The service's answer cannot be read.")
        return said

    def claims(self, id_token: object) -> dict[str, object]:
        """What an ID token says. It came over TLS from its issuer itself, which stands for its signature here (OpenID
        Connect Core section 3.1.3.7, point 6). Raises ``ServerLoginError`` for one that is not for this server."""
        try:
            body = str(id_token).split(".")[1]
            said: object = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        except (IndexError, ValueError):
            raise ServerLoginError("The service's ID token cannot be read.") from None
        mine = {"iss": self._settings.service.rstrip("/"), "aud": self._settings.client_id}
        if not isinstance(said, dict) or any(said.get(name) != value for name, value in mine.items()):
            raise ServerLoginError("The service's ID token is not for this server.")
        return said

    def _shown(self) -> tuple[dict[str, str], dict[str, str]]:
        """Form and headers by which this server says who it is."""
        mine = self._settings.client_id
        if self._settings.secret:
            both = f"{quote_plus(mine)}:{quote_plus(_private(self._settings.secret).strip())}"
            return {}, {"Authorization": f"Basic {base64.b64encode(both.encode()).decode()}"}
        from joserfc import jwt  # here: who has a secret does not wait for it
        from joserfc.errors import JoseError
        from joserfc.jwk import ECKey

        now = int(time.time())
        claims = {"iss": mine, "sub": mine, "aud": self._settings.service.rstrip("/"), "jti": str(uuid.uuid4())}
        try:
            key = ECKey.import_key(json.loads(_private(self._settings.key)))
            made = jwt.encode({"alg": "ES256"}, {**claims, "iat": now, "exp": now + ASSERTION_SECONDS}, key)
        except (JoseError, ValueError):
            raise ServerLoginError(f"{self._settings.key} holds no key that can be used.") from None
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": made}, {}


def _private(path: str) -> str:
    """A file that nobody but its owner, and whom its owner's group names, can read. Raises ``ServerLoginError``."""
    try:
        with Path(path).open(encoding="utf-8") as held:
            if os.fstat(held.fileno()).st_mode & (stat.S_IRWXO | stat.S_IWGRP):
                raise ServerLoginError(f"Others can read or change {path}: chmod 0600 it, or 0640.")
            return held.read(MAX_ANSWER)
    except (OSError, UnicodeDecodeError) as error:
        raise ServerLoginError(f"{path} cannot be read: {type(error).__name__}.") from None
