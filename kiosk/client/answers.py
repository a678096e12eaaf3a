"""What the service answered, or why no answer came: read strictly, and named in our own words."""

from __future__ import annotations

import socket
import ssl
from typing import TypeVar

import httpx
import msgspec

from kiosk.client import clock
from kiosk.client.errors import (
    NameNotFoundError,
    ServiceProblemError,
    ServiceUnreachableError,
    StationRevokedError,
    UnreadableAnswerError,
)
from kiosk.model import request_id
from kiosk.model.refusal import RefusalCode
from kiosk.model.wire import Problem

PROVE_FIRST = 401
MAX_ANSWER = 1 << 20
T = TypeVar("T")


def problem_of(response: httpx.Response) -> ServiceProblemError:
    """The error that a refusing answer says; one of our own where it says nothing that we know."""
    try:
        problem = msgspec.json.decode(response.content[:MAX_ANSWER], type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        problem = Problem(f"http_{response.status_code}", "The service answered in a way we do not know.")
    # Of whoever has not proved who they are the service's log says nothing.
    proved = response.request.url.path.startswith("/v1/") and response.status_code != PROVE_FIRST
    number = request_id.read(response.headers.get(request_id.REQUEST_HEADER, "")) if proved else ""
    kind = StationRevokedError if problem.code == RefusalCode.STATION_REVOKED else ServiceProblemError
    return kind(problem.code, problem.detail, response.status_code, number, problem.says)


def unreachable(error: Exception, base: str, pem: str = "") -> ServiceUnreachableError:
    """The named error for httpx's; the foreign one's text may quote addresses and stays out. ``pem``: whom we trust."""
    under: BaseException | None = error
    while under is not None:
        if isinstance(under, ssl.SSLCertVerificationError):
            return clock.untrusted(under, base, pem)
        if isinstance(under, socket.gaierror):
            return NameNotFoundError("The service's name is not found. Check the network and its name server.")
        under = under.__cause__ or under.__context__
    return ServiceUnreachableError(f"The service does not answer ({type(error).__name__}). Check the network.")


def decode(content: bytes, kind: type[T]) -> T:
    """``content`` as ``kind``, strictly. Raises ``UnreadableAnswerError``, which never quotes the answer."""
    if len(content) > MAX_ANSWER:
        raise UnreadableAnswerError("The service's answer is too long. Tell the help desk.")
    try:
        return msgspec.json.decode(content, type=kind, strict=True)
    except (msgspec.DecodeError, ValueError):
        raise UnreadableAnswerError(
            f"The service's answer is no {kind.__name__}. Tell the help desk which versions run."
        ) from None
