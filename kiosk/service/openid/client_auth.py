"""Which application asks at a door for applications: by signed assertion, by secret, or by its name alone.

Each application has one way, which it was registered with: a stolen secret is of no use where a key is wanted.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from urllib.parse import unquote_plus

from sqlalchemy import Connection

from kiosk.service.jose import client_assertion
from kiosk.service.jose.client_assertion import ClientAssertion, ClientAssertionError
from kiosk.service.openid.tickets import fingerprint
from kiosk.service.platform.problems import TokenProblemError
from kiosk.service.store import jtis, openid_clients
from kiosk.service.store.openid_clients import ClientAuth, OpenIdClient

MAX_SECRET_CHARS = 512


@dataclass(frozen=True, slots=True)
class KnownClient:
    """Who asks. ``assertion``: to be used up in the decision's transaction."""

    client: OpenIdClient
    assertion: ClientAssertion | None = None

    def use(self, conn: Connection) -> None:
        """The assertion counts once. Raises ``TokenProblemError``."""
        made = self.assertion
        if made is None:
            return
        if not jtis.use(conn, made.client_id, made.jti, made.expires + client_assertion.SKEW):
            raise _refused("the assertion was used before")


@dataclass(frozen=True, slots=True)
class ShownCredentials:
    """What somebody showed, not looked at yet. ``secret``: the assertion or the secret. ``audiences``: the names by
    which we are addressed where it was shown."""

    way: ClientAuth
    client_id: str
    secret: str
    audiences: frozenset[str] = frozenset()


def shown(authorization: str, form: Mapping[str, str], audiences: frozenset[str] = frozenset()) -> ShownCredentials:
    """``audiences``: as in ``ShownCredentials``. Raises ``TokenProblemError`` for no way, or for two at once (RFC 6749
    section 2.3)."""
    by_key = "client_assertion" in form or "client_assertion_type" in form
    scheme, _, value = authorization.partition(" ")
    if "client_secret" in form or (by_key and scheme.lower() == "basic"):
        raise TokenProblemError(400, "invalid_request", "Authenticate in the one way that was registered.")
    if by_key:
        if form.get("client_assertion_type") != client_assertion.ASSERTION_TYPE:
            raise _refused("the assertion is of a type that is not known")
        try:
            claimed = client_assertion.claimed_client(form.get("client_assertion", ""))
        except ClientAssertionError as error:
            raise _refused(str(error)) from None
        found = ShownCredentials("private_key_jwt", claimed, form.get("client_assertion", ""), audiences)
    elif scheme.lower() == "basic":
        found = _basic(value)
    else:
        found = ShownCredentials("none", form.get("client_id", ""), "")
    if form.get("client_id", found.client_id) != found.client_id:
        raise _refused("two applications are named")
    return found


def _basic(value: str) -> ShownCredentials:
    """RFC 6749 section 2.3.1."""
    try:
        name, colon, secret = base64.b64decode(value, validate=True).decode("ascii").partition(":")
    except ValueError:
        raise _refused("the header cannot be read") from None
    if not colon or not name or len(secret) > MAX_SECRET_CHARS:
        raise _refused("the header cannot be read")
    return ShownCredentials("client_secret_basic", unquote_plus(name), unquote_plus(secret))


def check(conn: Connection, who: ShownCredentials, now: int) -> KnownClient:
    """Whether it is who it says. Raises ``TokenProblemError``."""
    return known(openid_clients.find(conn, who.client_id) if who.client_id else None, who, now)


def known(client: OpenIdClient | None, who: ShownCredentials, now: int) -> KnownClient:
    """The same for the application that has the shown id; None for none. Raises ``TokenProblemError``."""
    if client is None or not client.active or client.rules.auth != who.way:
        raise _refused("no application is registered under that id with this way to authenticate")
    if who.way == "none":
        return KnownClient(client)
    if who.way == "client_secret_basic":
        if client.rules.secret is None or not compare_digest(client.rules.secret, fingerprint(who.secret)):
            raise _refused("the secret is wrong")
        return KnownClient(client)
    try:
        return KnownClient(client, client_assertion.check(who.secret, json.loads(client.jwk), who.audiences, now))
    except ClientAssertionError as error:
        raise _refused(str(error)) from None


def _refused(why: str) -> TokenProblemError:
    headers = {"WWW-Authenticate": 'Basic realm="kiosk"'}
    return TokenProblemError(401, "invalid_client", f"The application is not accepted: {why}.", headers)
