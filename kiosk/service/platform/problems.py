"""Error answers: one exception, one JSON body, no stack traces.

::

    Problem (raised anywhere behind a door) ── status, code, a sentence, headers
    ├── TokenProblemError ── RFC 6749 section 5.2 body at the token endpoint
    ├── ScimProblemError ── RFC 7644 section 3.12, below /scim/v2
    └── SignalProblemError ── RFC 8935 section 2.3, where signals come in
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal

from kiosk.model.refusal import RefusalCode

SCIM = "/scim/"
"""Below it errors are said as SCIM says them."""
SCIM_TYPE = "application/scim+json"
SCIM_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


class HttpProblemError(Exception):
    """An error answer. ``code``: stable name for programs; ``detail``: a sentence for a person; ``says``: the policy's
    own words, by language, where it is the policy that refuses."""

    says: tuple[tuple[str, str], ...] = ()

    def __init__(self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})

    def body(self) -> bytes:
        """The ``Problem`` as JSON bytes."""
        return json.dumps(
            {"code": self.code, "detail": self.detail} | ({"says": self.says} if self.says else {})
        ).encode()


class TokenProblemError(HttpProblemError):
    """The same at ``/oauth/token``: ``error`` and ``error_description`` too (RFC 6749 section 5.2)."""

    def __init__(
        self, status: int, error: str, detail: str, headers: Mapping[str, str] | None = None, code: str | None = None
    ) -> None:
        super().__init__(status, code or error, detail, headers)
        self.error = error

    def body(self) -> bytes:
        whole = {"error": self.error, "error_description": self.detail, "code": self.code, "detail": self.detail}
        return json.dumps(whole).encode()


class SignalProblemError(HttpProblemError):
    """The same where security event tokens come in. ``err``: of RFC 8935 section 2.4, or a word of ours."""

    def __init__(self, status: int, err: str, said: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, err, said, {"Content-Language": "en", **(headers or {})})

    def body(self) -> bytes:
        return json.dumps({"err": self.code, "description": self.detail}).encode()


class ScimProblemError(HttpProblemError):
    """The same below ``SCIM``, with ``kind``, a ``scimType`` of RFC 7644 table 9, empty for none."""

    def __init__(self, status: int, kind: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, kind or "scim", detail, headers)
        self.kind = kind


def scim_body(problem: HttpProblemError) -> bytes:
    """A ``Problem`` in SCIM's words (RFC 7644 section 3.12)."""
    kind = {"scimType": problem.kind} if isinstance(problem, ScimProblemError) and problem.kind else {}
    whole = {"schemas": [SCIM_ERROR], "status": str(problem.status), **kind, "detail": problem.detail}
    return json.dumps(whole).encode()


def not_found(what: str) -> HttpProblemError:
    """404 ``not_found``; also for what exists but belongs to somebody else."""
    return HttpProblemError(404, "not_found", f"There is no such {what} here.")


def audit_failed(why: Literal["full", "read_only"]) -> HttpProblemError:
    """503: the audit row could not be written, so the whole decision was rolled back."""
    what = "disk is full" if why == "full" else "database can only be read"
    return HttpProblemError(
        503,
        RefusalCode.AUDIT_FAILED,
        f"The audit trail cannot be written, so nothing was done. Tell the help desk that the service's {what}.",
    )


def tampered(*, at_token_endpoint: bool = False) -> HttpProblemError:
    """403: a record was changed by something else than the service; nothing is decided by it."""
    detail = (
        "A record of this in the service's database was not written by the service, so it is not believed. "
        "Nothing was done. Tell the help desk."
    )
    if at_token_endpoint:
        return TokenProblemError(401, "invalid_client", detail, code=RefusalCode.INTEGRITY)
    return HttpProblemError(403, RefusalCode.INTEGRITY, detail)


def station_revoked() -> HttpProblemError:
    """401: the workstation's key is no longer accepted."""
    return HttpProblemError(
        401,
        RefusalCode.STATION_REVOKED,
        "This workstation is no longer accepted. Ask the help desk to enrol it again.",
        {"WWW-Authenticate": 'DPoP error="invalid_token"'},
    )
