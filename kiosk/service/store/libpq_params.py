"""The parameters of a PostgreSQL address (PostgreSQL manual, section 32.1.2): what is done here, what is refused, why.

A parameter that would make a connection safer is never passed over: it is kept, or the address is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args

from kiosk.service.store.errors import StoreDownError
from kiosk.service.store.libpq_uri import ESCAPES

Mode = Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]
MODES = get_args(Mode)
TLS_VERSIONS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
HERE = frozenset(
    {
        "application_name", "connect_timeout", "dbname", "fallback_application_name", "host", "keepalives",
        "keepalives_count", "keepalives_idle", "keepalives_interval", "load_balance_hosts", "options", "passfile",
        "password", "port", "ssl_max_protocol_version", "ssl_min_protocol_version", "sslcert", "sslcrl", "sslkey",
        "sslmode", "sslnegotiation", "sslpassword", "sslrootcert", "target_session_attrs", "tcp_user_timeout", "user",
    }
)  # fmt: skip
"""Done as libpq does it."""
ONLY: Mapping[str, tuple[str, ...]] = {
    "channel_binding": ("disable", "prefer"),
    "client_encoding": ("UTF8", "utf8", "UTF-8", "utf-8", "unicode", "auto"),
    "gssdelegation": ("0",),
    "gssencmode": ("disable", "prefer"),
    "max_protocol_version": ("3.0", "latest"),
    "min_protocol_version": ("3.0",),
    "replication": ("false", "off", "no", "0"),
    "sslcertmode": ("allow", "disable"),
    "sslcompression": ("0",),
    "sslsni": ("1",),
}
"""Names whose other values would ask for what the driver cannot do; with these it does so anyway."""
WHY: Mapping[str, str] = {
    "channel_binding": "The driver signs in without it (SCRAM-SHA-256, RFC 7677). What keeps another server out is"
    " sslmode=verify-full",
    "gssencmode": "Kerberos is not used here. What encrypts is TLS: sslmode=verify-full",
}
ELSEWHERE: Mapping[str, str] = {
    "gsslib": "Kerberos is not used here. Use a password or a client certificate",
    "hostaddr": "write the server's name or address as the host",
    "krbsrvname": "Kerberos is not used here. Use a password or a client certificate",
    "oauth_client_id": "use a password or a client certificate",
    "oauth_client_secret": "use a password or a client certificate",
    "oauth_issuer": "use a password or a client certificate",
    "oauth_scope": "use a password or a client certificate",
    "require_auth": "say in the server's pg_hba.conf how this user signs in",
    "requirepeer": "use TLS: sslmode=verify-full names the server by its certificate",
    "requiressl": "use sslmode=require or stronger",
    "scram_client_key": "use password or passfile",
    "scram_server_key": "use password or passfile",
    "service": "write what its file says into the address",
    "servicefile": "write what its file says into the address",
    "sslcrldir": "put the lists into one file, and name it by sslcrl",
    "sslkeylogfile": "keys of connections are not written down",
}
"""Names that libpq knows and that are refused whatever they say, with what to do."""
SERVES = ("any", "read-write", "primary")
READS = ("read-only", "standby", "prefer-standby")
NUMBERS: Mapping[str, tuple[int, int]] = {
    "connect_timeout": (-1, 3600),
    "keepalives": (0, 1),
    "keepalives_count": (0, 127),
    "keepalives_idle": (0, 32767),
    "keepalives_interval": (0, 32767),
    "tcp_user_timeout": (0, 3_600_000),
}
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,39}", re.ASCII)


def checked(more: Mapping[str, str], plain: bool) -> dict[str, str]:
    """What of ``more`` is to be done, with ``ssl`` read as ``sslmode``. ``plain``: no piece of a password is in it.

    Raises ``StoreDownError`` with a sentence that names the parameter and never repeats what it says.
    """
    said = dict(more)
    if "ssl" in said:  # JDBC's, which libpq reads, and asyncpg's
        asked = said.pop("ssl")
        if asked not in ("true", "", *MODES):
            raise StoreDownError(f"The database's ssl must be true or, as sslmode, one of {', '.join(MODES)}.")
        said.setdefault("sslmode", "require" if asked == "true" else asked)
    for name, value in said.items():
        _check(name, value, plain)
    kept = {name: value for name, value in said.items() if name in HERE and value}
    if said.get("sslcertmode") == "disable":
        kept = {name: value for name, value in kept.items() if name not in ("sslcert", "sslkey", "sslpassword")}
    return kept


def _check(name: str, value: str, plain: bool) -> None:
    if name in ELSEWHERE:
        raise StoreDownError(f"The database's address has {name}, which is not done here: {ELSEWHERE[name]}.")
    allowed = ONLY.get(name)
    if allowed is not None:
        if value and value not in allowed:
            why = f" {WHY[name]}." if name in WHY else ""
            raise StoreDownError(f"The database's {name} can only be {_or(allowed)} here, or left out.{why}")
        return
    if name not in HERE:
        if not plain or _NAME.fullmatch(name) is None:
            raise StoreDownError(f"The database's address has a parameter that is not known here. {ESCAPES}")
        raise StoreDownError(
            f"The database's address has a parameter that is not known here: {name}. "
            f"Known are {', '.join(sorted(HERE))}."
        )
    if value:
        _value(name, value)


def _value(name: str, value: str) -> None:
    if name in NUMBERS:
        least, most = NUMBERS[name]
        if re.fullmatch(r"-?[0-9]{1,9}", value, re.ASCII) is None or not least <= int(value) <= most:
            raise StoreDownError(f"The database's {name} must be a whole number from {least} to {most}.")
    elif name == "target_session_attrs" and value not in SERVES:
        why = " The service writes: it cannot work on a standby." if value in READS else ""
        raise StoreDownError(f"The database's target_session_attrs must be {_or(SERVES)}.{why}")
    words = {
        "sslmode": MODES,
        "sslnegotiation": ("postgres", "direct"),
        "load_balance_hosts": ("disable", "random"),
        "ssl_min_protocol_version": TLS_VERSIONS,
        "ssl_max_protocol_version": TLS_VERSIONS[2:],
    }.get(name)
    if words is not None and value not in words:
        raise StoreDownError(f"The database's {name} must be one of {', '.join(words)}.")
    if name in ("sslcert", "sslkey", "sslcrl", "passfile") and not Path(value).is_absolute():
        raise StoreDownError(f"The database's {name} must be the whole path of a file.")


def _or(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
