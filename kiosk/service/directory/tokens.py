"""Tokens by which a directory speaks SCIM: made here, shown once, kept as a digest, ended and revoked."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from sqlalchemy import Connection

from kiosk.model.binding import b64u
from kiosk.service.admin.act import ActRefusedError, Admin, record
from kiosk.service.directory.wanted import LDAP
from kiosk.service.store import directory, directory_sources
from kiosk.service.store.directory_sources import TokenRow

PREFIX = "kds"
SECRET_BYTES = 32
ID_BYTES = 6
DAY = 86_400
MAX_DAYS = 400
MAX_TOKENS = 50
MAX_LENGTH = 200
_SOURCE = re.compile(r"[a-z][a-z0-9-]{0,30}")


def check_source(name: str) -> str:
    """``name`` of a source that speaks SCIM. Raises ``ActRefusedError``."""
    if not _SOURCE.fullmatch(name) or name == LDAP:
        raise ActRefusedError(
            f"“{name}” cannot be a source's name: lower-case letters, digits and -, and not “{LDAP}”."
        )
    return name


def make(conn: Connection, admin: Admin, source: str, days: int) -> str:
    """A new token that speaks for ``source``, good for ``days``; the only time that it is told. Raises
    ``ActRefusedError``."""
    check_source(source)
    if not 1 <= days <= MAX_DAYS:
        raise ActRefusedError(f"A token is good for 1 to {MAX_DAYS} days.")
    directory.lock_groups(conn)
    if (
        sum(token.revoked is None and token.expires > admin.now for token in directory_sources.tokens(conn))
        >= MAX_TOKENS
    ):
        raise ActRefusedError(f"There are {MAX_TOKENS} tokens already. Revoke one: directory token revoke ID")
    made, secret = secrets.token_hex(ID_BYTES), b64u(secrets.token_bytes(SECRET_BYTES))
    expires = admin.now + days * DAY
    directory_sources.add_token(conn, made, source, _digest(secret), expires, admin.now)
    directory_sources.claim(conn, source, 0, admin.now)
    record(conn, admin, "directory.token", detail={"token": made, "source": source, "expires": expires})
    return f"{PREFIX}_{made}_{secret}"


def revoke(conn: Connection, admin: Admin, token_id: str) -> None:
    """It is refused from now on. Raises ``ActRefusedError``."""
    directory.lock_groups(conn)
    found = directory_sources.token(conn, token_id)
    if found is None or found.revoked is not None:
        raise ActRefusedError(f"There is no token “{token_id}” that is good. See: directory token list")
    directory_sources.revoke_token(conn, token_id, admin.now)
    record(conn, admin, "directory.token_revoke", detail={"token": token_id, "source": found.source})


def read(conn: Connection, said: str, now: int) -> TokenRow | None:
    """The token that ``said`` is, None unless it is good now. Raises ``TamperedError``."""
    prefix, _, rest = said.partition("_")
    token_id, _, secret = rest.partition("_")
    if prefix != PREFIX or len(said) > MAX_LENGTH or not said.isascii():
        return None
    found = directory_sources.token(conn, token_id)
    right = hmac.compare_digest(_digest(secret), found.digest if found is not None else _digest(""))
    if found is None or not right or found.revoked is not None or found.expires <= now:
        return None
    return found


def _digest(secret: str) -> str:
    """SHA-256, hex: the secret has 256 random bits, so a slow hash would add nothing."""
    return hashlib.sha256(secret.encode("ascii")).hexdigest()
