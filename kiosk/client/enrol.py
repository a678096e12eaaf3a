"""Makes a workstation known to its service: one code from paper, in; a key, a trust and settings, kept.

The first contact knows nobody: the CA's certificate is fetched unverified, and believed only if its public key is the
one that the code pins. Only then, over a connection verified by that CA alone, is the code's secret sent. The settings
file is written last; without it a folder is not enrolled, and whatever failed before leaves nothing behind.
"""

from __future__ import annotations

import json
import ssl
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import msgspec

from kiosk.client.errors import BadCode, ClientError, NotEnrolled, ServiceProblem
from kiosk.client.keystore import open_keystore
from kiosk.client.proofs import public_jwk
from kiosk.client.transport import MAX_ANSWER, TIMEOUT, decode, unreachable
from kiosk.client.trust import context_for, pinned, split, write_whole
from kiosk.model import enrolcode
from kiosk.model.wire import EnrolIn, EnrolOut, Problem
from kiosk.settings import AgentSettings, Keystore, save

CA_PATH = "/.well-known/kiosk-ca.pem"
SETTINGS = "agent.toml"
TRUST = "trust.pem"
STATION = "station.json"


def enrol(home: Path, service_url: str, code: str, keystore: Keystore = "file") -> EnrolOut:
    """Enrol the workstation whose folder is ``home`` (made if needed) with the service at ``service_url``.

    Raises ``BadCode``, ``WrongService``, ``NotEnrolled`` if there already is one, ``KeystoreError``,
    ``ServiceUnreachable``, ``ServiceProblem`` (a used or expired code), ``BadAnswer``.
    """
    base = _base(service_url)
    try:
        secret, pin = enrolcode.parse(code)
    except enrolcode.BadCode as error:
        raise BadCode(str(error)) from None
    if (home / SETTINGS).exists():
        raise NotEnrolled(f"{home} already holds an enrolled workstation. Use another folder, or remove this one.")
    ca = pinned(_fetch_unverified(base), pin)
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ClientError(f"The folder {home} cannot be made: {error.strerror}.") from None
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


def _fetch_unverified(base: str) -> str:
    """The CA certificates that somebody at ``base`` offers; nothing of ours is sent."""
    anyone = ssl.create_default_context()
    anyone.check_hostname = False
    anyone.verify_mode = ssl.CERT_NONE
    try:
        with httpx.Client(verify=anyone, trust_env=False, timeout=TIMEOUT) as client:
            response = client.get(base + CA_PATH)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise unreachable(error) from None
    if not response.is_success or len(response.content) > MAX_ANSWER:
        raise ClientError("What answers at this address is no kiosk service. Check the address.")
    return response.text


def _send(base: str, ca: str, body: EnrolIn) -> EnrolOut:
    try:
        with httpx.Client(verify=context_for(ca), trust_env=False, timeout=TIMEOUT) as client:
            response = client.post(
                base + "/v1/workstations/enroll",
                content=msgspec.json.encode(body),
                headers={"Content-Type": "application/json"},
            )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise unreachable(error) from None
    if response.is_success:
        return decode(response.content, EnrolOut)
    try:
        problem = msgspec.json.decode(response.content, type=Problem)
    except msgspec.DecodeError:
        problem = Problem(f"http_{response.status_code}", "The service refused to enrol this workstation.")
    raise ServiceProblem(problem.code, problem.detail, response.status_code)


def _keep(home: Path, settings: AgentSettings, out: EnrolOut, ca: str) -> None:
    trust = dict.fromkeys(split("\n".join((*out.station.trust, ca))))
    try:
        write_whole(home / TRUST, "\n".join(trust) + "\n")
        write_whole(home / STATION, json.dumps(asdict(out.station)))
        save(settings, home / SETTINGS)
    except OSError as error:
        raise ClientError(f"The enrolment cannot be kept in {home}: {error.strerror}. Ask for a new code.") from None
