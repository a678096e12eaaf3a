"""Makes a workstation known to its service: one code from paper, in; a key, a trust and settings, kept.

The first contact knows nobody: the service presents its CA's certificate, which is believed only if its public key is
the one that the code pins. Only then, over a connection verified by that CA alone, is the code's secret sent. The
settings file is written last; without it a folder is not enrolled, and whatever failed before leaves nothing behind.
"""

from __future__ import annotations

import json
import socket
import ssl
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from kiosk.client.answers import decode, unreachable
from kiosk.client.errors import ClientError, EnrolCodeRefusedError, NotEnrolledError, ServiceProblemError
from kiosk.client.keystore import open_keystore
from kiosk.client.proofs import public_jwk
from kiosk.client.seen import FILE
from kiosk.client.tries import CONNECT_SECONDS, TIMEOUT
from kiosk.client.trust import context_for, pinned, split
from kiosk.files import write_private
from kiosk.model import enrolment_code
from kiosk.model.wire import EnrolIn, EnrolOut, Problem
from kiosk.settings import AgentSettings, Keystore, save
from kiosk.settings.owners import NotOursError, check_folder

HTTPS_PORT = 443
DER_ENCODING = 2
"""``_ssl.ENCODING_DER``."""
SETTINGS = "agent.toml"
TRUST = "trust.pem"
STATION = "station.json"


def enrol(home: Path, service_url: str, code: str, keystore: Keystore = "file") -> EnrolOut:
    """Enrol the workstation whose folder is ``home`` (made if needed) with the service at ``service_url``.

    Raises ``EnrolCodeRefusedError``, ``WrongServiceError``, ``NotEnrolledError`` if there already is one,
    ``KeystoreError``,
    ``ServiceUnreachableError``, ``ServiceProblemError`` (a used or expired code), ``UnreadableAnswerError``.
    """
    base = _base(service_url)
    try:
        secret, pin = enrolment_code.parse(code)
    except enrolment_code.InvalidEnrolCodeError as error:
        raise EnrolCodeRefusedError(str(error)) from None
    if (home / SETTINGS).exists():
        raise NotEnrolledError(f"{home} already holds an enrolled workstation. Use another folder, or remove this one.")
    ca = pinned(_presented(base), pin)
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_folder(home, (SETTINGS, STATION, TRUST))
    except OSError as error:
        raise ClientError(f"The folder {home} cannot be made: {error.strerror}.") from None
    except NotOursError as error:
        raise ClientError(str(error)) from None
    (home / FILE).unlink(missing_ok=True)  # of whatever workstation was here before
    store = open_keystore(keystore, home)
    key = store.create()
    try:
        out = _send(base, ca, EnrolIn(secret, public_jwk(key)))
        _keep(home, AgentSettings(base, out.client_id, keystore), out, ca)
    except BaseException:
        for name in (SETTINGS, STATION, TRUST):
            (home / name).unlink(missing_ok=True)
        store.forget()
        raise
    return out


def _base(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise ClientError(f"“{url}” is no address. Give it as https://host:port.") from None
    if parts.scheme != "https" or not parts.hostname or parts.path.strip("/") or parts.query or parts.username:
        raise ClientError("The service's address must look like https://host:port.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"https://{host}" + (f":{port}" if port else "")


def _presented(base: str) -> str:
    """The certificates, as PEM, that somebody at ``base`` presents in a TLS handshake; nothing of ours is sent."""
    anyone = ssl.create_default_context()
    anyone.check_hostname = False
    anyone.verify_mode = ssl.CERT_NONE
    parts = urlsplit(base)
    address = (parts.hostname or "", parts.port or HTTPS_PORT)
    try:
        with (
            socket.create_connection(address, CONNECT_SECONDS) as plain,
            anyone.wrap_socket(plain, server_hostname=parts.hostname) as tls,
        ):
            return "\n".join(ssl.DER_cert_to_PEM_cert(der) for der in _chain(tls))
    except (OSError, ValueError) as error:
        raise unreachable(error, base) from None


def _chain(tls: ssl.SSLSocket) -> list[bytes]:
    """Every certificate of the handshake, DER. The method is public from Python 3.13 on and the same before."""
    public = getattr(tls, "get_unverified_chain", None)
    if public is not None:
        return list(public())
    inner: Any = getattr(tls, "_sslobj")  # noqa: B009 - a private name of the standard library, on purpose
    return [der.public_bytes(DER_ENCODING) for der in inner.get_unverified_chain() or ()]


def _send(base: str, ca: str, body: EnrolIn) -> EnrolOut:
    try:
        with httpx.Client(verify=context_for(ca), trust_env=False, timeout=TIMEOUT) as client:
            response = client.post(
                base + "/v1/workstations/enroll",
                content=msgspec.json.encode(body),
                headers={"Content-Type": "application/json"},
            )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise unreachable(error, base, ca) from None
    if response.is_success:
        return decode(response.content, EnrolOut)
    try:
        problem = msgspec.json.decode(response.content, type=Problem)
    except msgspec.DecodeError:
        problem = Problem(f"http_{response.status_code}", "The service refused to enrol this workstation.")
    raise ServiceProblemError(problem.code, problem.detail, response.status_code)


def _keep(home: Path, settings: AgentSettings, out: EnrolOut, ca: str) -> None:
    trust = dict.fromkeys(split("\n".join((*out.station.trust, ca))))
    try:
        write_private(home / TRUST, ("\n".join(trust) + "\n").encode())
        write_private(home / STATION, json.dumps(asdict(out.station)).encode())
        save(settings, home / SETTINGS)
    except OSError as error:
        raise ClientError(f"The enrolment cannot be kept in {home}: {error.strerror}. Ask for a new code.") from None
