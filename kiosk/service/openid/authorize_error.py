"""How an authorization request is refused."""

from __future__ import annotations

from urllib.parse import urlencode


class AuthorizeError(Exception):
    """``error``: the stable name for the application (RFC 6749 section 4.1.2.1, OpenID Connect Core section 3.1.2.6);
    ``str()``: a sentence for whoever mends it."""

    def __init__(self, error: str, detail: str) -> None:
        super().__init__(detail)
        self.error = error


def answer_at(redirect_uri: str, issuer: str, state: str | None, **values: str) -> str:
    """Where a browser goes with an answer: ``redirect_uri`` with ``values``, ``state`` and ``iss`` (RFC 9207)."""
    whole = {**values, **({} if state is None else {"state": state}), "iss": issuer}
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(whole)}"
