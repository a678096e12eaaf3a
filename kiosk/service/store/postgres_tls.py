"""TLS to PostgreSQL, as libpq's parameters ask for it (PostgreSQL manual, section 32.19)."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path

from kiosk.service.platform.certificate_files import CertificateFileError
from kiosk.service.platform.tls_roots import trusting
from kiosk.service.store.errors import StoreDownError
from kiosk.service.store.libpq_params import Mode

MIN_TLS = ssl.TLSVersion.TLSv1_2
VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
ALPN = ["postgresql"]
"""Without it a server from PostgreSQL 17 on refuses ``sslnegotiation=direct``."""
STRONG = ("require", "verify-ca", "verify-full")
NEED_TLS = ("sslcert", "sslkey", "sslpassword", "sslcrl", "ssl_min_protocol_version", "ssl_max_protocol_version")


def check(mode: Mode | None, said: Mapping[str, str]) -> None:
    """Raises ``StoreDownError`` for parameters that would come to nothing."""
    for name in NEED_TLS:
        if name in said and mode not in STRONG:
            raise StoreDownError(f"The database's {name} needs sslmode=require, verify-ca or verify-full.")
    if said.get("sslnegotiation") == "direct" and mode not in STRONG:
        raise StoreDownError("The database's sslnegotiation=direct needs sslmode=require, verify-ca or verify-full.")
    if "sslkey" in said and "sslcert" not in said:
        raise StoreDownError("The database's sslkey needs its certificate: sslcert.")
    if "sslcrl" in said and mode == "require" and "sslrootcert" not in said:
        raise StoreDownError("The database's sslcrl needs sslrootcert, or sslmode=verify-ca or verify-full.")


def secured(mode: Mode | None, roots: Path | None, said: Mapping[str, str]) -> ssl.SSLContext | str:
    """What asyncpg takes for ``ssl``. Raises ``StoreDownError`` for files that cannot be read."""
    if mode not in STRONG:
        return mode or "prefer"
    if mode == "require" and roots is None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context = _verifying(roots)
        # As libpq does: with roots at hand ``require`` verifies the certificate, and not the name.
        context.check_hostname = mode == "verify-full"
    context.minimum_version = max(VERSIONS.get(said.get("ssl_min_protocol_version", ""), MIN_TLS), MIN_TLS)
    if "ssl_max_protocol_version" in said:
        context.maximum_version = VERSIONS[said["ssl_max_protocol_version"]]
    context.set_alpn_protocols(ALPN)
    _add_lists(context, said)
    _add_own(context, said)
    return context


def _verifying(roots: Path | None) -> ssl.SSLContext:
    try:
        return trusting(roots)
    except OSError as error:
        raise _unread("root certificates", roots, error, "it holds no certificate") from None
    except CertificateFileError as error:
        raise StoreDownError(f"The database's root certificates, {roots}, cannot be used. {error}") from None


def _add_lists(context: ssl.SSLContext, said: Mapping[str, str]) -> None:
    path = said.get("sslcrl")
    if path is None:
        return
    before = context.cert_store_stats()["x509"]
    try:
        context.load_verify_locations(cafile=path)
    except (OSError, ssl.SSLError) as error:
        raise _unread("list of revoked certificates (sslcrl)", path, error, "it holds no list") from None
    found = context.cert_store_stats()
    if found["x509"] != before or not found["crl"]:  # a certificate in it would be trusted from now on
        raise StoreDownError(f"The database's sslcrl, {path}, holds a certificate, or no list of revoked ones.")
    context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN


def _add_own(context: ssl.SSLContext, said: Mapping[str, str]) -> None:
    certificate, key = said.get("sslcert"), said.get("sslkey")
    if certificate is None:
        return
    for name, path in (("client certificate (sslcert)", certificate), ("client key (sslkey)", key or certificate)):
        try:
            Path(path).read_bytes()
            about = Path(path).stat()
        except OSError as error:
            raise _unread(name, path, error, "") from None
    # As libpq: 0600 or less, or 0640 of root's.
    if about.st_mode & (0o077 if about.st_uid else 0o037):
        raise StoreDownError(f"The database's client key, {key or certificate}, can be read by others: chmod 600 it.")
    try:
        # Never None: OpenSSL would ask at the terminal.
        context.load_cert_chain(certificate, key, password=said.get("sslpassword", ""))
    except (OSError, ValueError):
        raise StoreDownError(
            "The database's sslcert and sslkey cannot be used: they do not belong together, are not PEM, or the key "
            "needs another sslpassword."
        ) from None


def _unread(what: str, path: Path | str | None, error: Exception, otherwise: str) -> StoreDownError:
    reason = (None if isinstance(error, ssl.SSLError) else getattr(error, "strerror", None)) or otherwise
    return StoreDownError(f"The database's {what}, {path}, cannot be read: {reason}.")
