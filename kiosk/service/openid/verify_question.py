"""What a gateway asks of a token, and what it is answered: one form for ``/v1/verify`` and for AuthZEN.

Two kinds of question, and the gateway says which: with an ``action`` it asks for an approval of that act (a step-up's
token), without one whether its person is signed in (an access token). The token itself never chooses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from kiosk.model import consent
from kiosk.model.proof import ACR_RANK
from kiosk.service.platform.problems import HttpProblemError

METHOD = re.compile(r"[A-Z]{1,16}")
MAX_URI = 2048
MAX_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class HeldRequest:
    """The HTTP request that waits at a gateway. ``uri``: absolute, letter by letter as it came, with its query.
    ``proof``: its header ``DPoP``, null for none (RFC 9449)."""

    method: str
    uri: str
    proof: str | None = None

    @property
    def line(self) -> str:
        """As a step-up's ``resource`` names a request that alone is approved."""
        return f"{self.method} {self.uri}"


@dataclass(frozen=True, slots=True)
class VerifyIn:
    """Body of ``POST /v1/verify``. ``action``: an approval of it is wanted; null for a sign-in. ``resource``: of the
    approval; null for the ``request``. ``records``: how many, at least. ``patients``: ``sha256`` of the list.
    ``person``, ``login``: whose it has to be; null for anybody's. ``acr``: at least; null for any. ``max_age``: seconds
    since the person proved something, at most; null for any. ``second``: two people have to have agreed. ``no_agent``:
    no program may have asked that acts by itself."""

    token: str
    action: str | None = None
    resource: str | None = None
    records: int = 0
    patients: str | None = None
    person: str | None = None
    login: str | None = None
    acr: str | None = None
    max_age: int | None = None
    request: HeldRequest | None = None
    second: bool = False
    no_agent: bool = False

    @property
    def wanted(self) -> str:
        """What the approval has to be for."""
        return self.resource if self.resource is not None else self.request.line if self.request is not None else ""


@dataclass(frozen=True, slots=True)
class VerifiedSecond:
    """Who agreed besides: login (``sub``), id and what they proved. ``auth_time``: epoch seconds."""

    sub: str
    person: str
    acr: str
    auth_time: int


@dataclass(frozen=True, slots=True)
class VerifiedActor:
    """The program that acts by itself (RFC 8693 section 4.1): id of its application (``sub``), and its name."""

    sub: str
    name: str


@dataclass(frozen=True, slots=True)
class VerifiedView:
    """Whose the token is, and what it is worth. ``auth_time``: epoch seconds. ``records``, ``patients``,
    ``patients_sha256``: what was approved; 0 and null for a sign-in. ``bound``: to this method and address. ``second``:
    null where one person alone approved. ``act``: null where a person's own program asked. ``purpose_of_use``: ``BTG``
    for what was approved in an emergency access, null for anything else."""

    person: str
    login: str
    acr: str
    amr: tuple[str, ...]
    auth_time: int
    bound: bool = False
    records: int = 0
    patients: int = 0
    patients_sha256: str | None = None
    second: VerifiedSecond | None = None
    act: VerifiedActor | None = None
    purpose_of_use: str | None = None


@dataclass(frozen=True, slots=True)
class VerifyView:
    """Answer of ``POST /v1/verify``. ``reason``: a stable word, ``says``: a sentence; both null with a yes.
    ``challenge``: the ``WWW-Authenticate`` with which a client can do better, null where none helps. ``dpop_nonce``:
    for its ``DPoP-Nonce``. ``of``: with a yes alone."""

    decision: bool
    reason: str | None = None
    says: str | None = None
    challenge: str | None = None
    dpop_nonce: str | None = None
    of: VerifiedView | None = None


def checked(asked: VerifyIn, status: int = 422) -> VerifyIn:
    """``asked``. Raises ``HttpProblemError`` with that ``status`` where it means nothing, or would be answered in part
    only."""
    fault = _fault(asked)
    if fault is not None:
        raise HttpProblemError(status, "bad_question", fault)
    return asked


def _fault(asked: VerifyIn) -> str | None:
    held = asked.request
    if asked.acr is not None and asked.acr not in ACR_RANK:
        return "This acr is not known here: see acr_values_supported."
    if asked.max_age is not None and not 0 <= asked.max_age <= MAX_SECONDS:
        return f"max_age is from 0 to {MAX_SECONDS} seconds."
    if not 0 <= asked.records <= consent.MAX_RECORDS:
        return "records is no number of records."
    if held is not None and not _usable(held):
        return "request needs a method in capitals, and the whole address as it came, from http on."
    if asked.action is None and (asked.resource is not None or asked.records or asked.patients is not None):
        return "resource, records and patients are of an approval: say for which action."
    if asked.action is not None and (asked.resource is None) is (held is None):
        return "Say for what the approval has to be: either a resource, or a request."
    if asked.action is not None and held is not None and held.proof is not None:
        return "An approval is bound by what was approved, not by a DPoP proof: leave the proof out."
    return None


def _usable(held: HeldRequest) -> bool:
    """Whether it can be compared with anything."""
    try:
        parts = urlsplit(held.uri)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False
    plain = held.uri.isascii() and held.uri.isprintable() and not {" ", "#", "\\"} & set(held.uri)
    return bool(METHOD.fullmatch(held.method)) and whole and plain and len(held.uri) <= MAX_URI
