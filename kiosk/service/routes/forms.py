"""Parameters of a form or a query, each at most once (RFC 6749 section 3.1 and 3.2)."""

from __future__ import annotations

from urllib.parse import parse_qsl

from fastapi import Request

from kiosk.service.platform.problems import TokenProblemError

FORM = "application/x-www-form-urlencoded"
MAX_FIELDS = 24


async def read_form(request: Request) -> dict[str, str]:
    """The body's fields. Raises ``TokenProblemError``."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise TokenProblemError(415, "invalid_request", f"Send the body as {FORM}.")
    return fields(await request.body())


def fields(raw: bytes) -> dict[str, str]:
    """Those of ``raw``; empty ones count as not sent. Raises ``TokenProblemError``."""
    if not raw:
        return {}
    try:
        pairs = parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=MAX_FIELDS, errors="strict"
        )
    except ValueError:
        raise TokenProblemError(400, "invalid_request", "The form cannot be read.") from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise TokenProblemError(400, "invalid_request", "A field was given twice.")
    return {name: value for name, value in found.items() if value}
