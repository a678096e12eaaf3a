"""Why no connection to PostgreSQL comes about, in sentences. None repeats the address: it may hold a password."""

from __future__ import annotations

import socket

from kiosk.service.store.errors import DOWN, REFUSES, StoreBusyError, StoreDownError, named, sqlstate

_NO_POSTGRESQL = "What listens where the database's address says is no PostgreSQL server. Look at its host and port."
_CLOSED = "08003"
"""What the driver itself says of a connection that the other end closes."""
_SAID = {
    "28P01": "The database refuses the password of its user. Look at password or passfile in its address.",
    "28000": "The database does not let this user in. Look at its pg_hba.conf, and at the user in its address.",
    "3D000": "The server has no database of the name that its address gives. Make it with createdb, or mend the name.",
    "42704": "The database does not know a setting that options, in its address, names.",
    "55000": "The database takes no connections at present. Look at its ALLOW_CONNECTIONS, or whether it is restored.",
    "57P03": "The service's database is starting or stopping. Try again.",
    "0A000": "The database does not take something that options, in its address, names.",
    "22023": "The database does not take a value that options, in its address, gives.",
}


def not_connected(error: Exception, demands_tls: bool = True) -> StoreDownError:
    """The store's own error for a connection that did not come about. ``demands_tls``: the address does."""
    strange = _no_postgresql(error, demands_tls)
    if strange is not None:
        return StoreDownError(strange)
    state = sqlstate(error)
    if state == "53300":
        return StoreBusyError(
            "The service's database has no room for another connection (max_connections, CONNECTION LIMIT). Try again."
        )
    if state in _SAID:
        return StoreDownError(_SAID[state])
    if isinstance(error, socket.gaierror):
        return StoreDownError("No server has the host name that the database's address gives. Look at it, and at DNS.")
    if isinstance(error, TimeoutError):
        return StoreDownError(f"{DOWN} (Nothing came back in time.)")
    if isinstance(error, ConnectionRefusedError | FileNotFoundError):
        return StoreDownError(f"{DOWN} (No PostgreSQL listens where its address says.)")
    if isinstance(error, OSError) or state:
        found = named(error)
        return found if isinstance(found, StoreDownError) else StoreDownError(DOWN)
    return StoreDownError(f"{DOWN} (The driver says {type(error).__name__}.)")


def _no_postgresql(error: Exception, demands_tls: bool) -> str | None:
    """What to say of an answer that no PostgreSQL gives, or that ends the conversation before it began."""
    if isinstance(error, ConnectionError) and "rejected SSL" in str(error) and not demands_tls:
        # A server without TLS says so in one letter (PostgreSQL manual, section 55.2.11), and is taken without.
        return _NO_POSTGRESQL
    if isinstance(error, ConnectionError) and "during SSL exchange" in str(error):
        return f"{REFUSES} (It answers TLS with an error.)"
    if sqlstate(error) == _CLOSED:
        return f"{DOWN} (It ended the connection without an answer: it may be no PostgreSQL server.)"
    return None
