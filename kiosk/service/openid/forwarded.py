"""The same question as the headers and the query of a proxy's subrequest, and its answer as a status.

For proxies that read nothing but a status (nginx ``auth_request``): 204 is yes, 401 carries the challenge for the
client, 403 is a no that no other token of this person's sign-in mends.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from kiosk.service.openid.verify_question import HeldRequest, VerifyIn, VerifyView, checked
from kiosk.service.platform.problems import HttpProblemError

TOKEN, METHOD, URI = "kiosk-token", "kiosk-method", "kiosk-uri"
WANTED = frozenset({"action", "resource", "acr", "max_age", "second", "no_agent"})
YES = "yes"
"""What the query may say: the proxy's settings, never a part of what the client sent."""
UNAUTHORIZED = frozenset(
    {"invalid_token", "ended", "acr_too_low", "too_old", "proof_needed", "bad_proof", "use_dpop_nonce"}
)
"""With these a client can come back with something better (RFC 6750 section 3.1, RFC 9470 section 3)."""


def check_query(raw: str) -> None:
    """A word without a value is no word by RFC 6749 section 3.1: what a proxy's settings wanted would be left out.

    Raises ``HttpProblemError`` 400.
    """
    if raw and not all(value for _, _, value in (part.partition("=") for part in raw.split("&"))):
        raise _bad("Each word of the query has a value.")


def read(headers: Mapping[str, str], query: Mapping[str, str]) -> VerifyIn:
    """The question of a subrequest. Raises ``HttpProblemError`` 400 for one that no proxy should send."""
    if not set(query) <= WANTED:
        raise _bad(f"The query may say {', '.join(sorted(WANTED))}, and nothing else.")
    if METHOD not in headers or URI not in headers:
        raise _bad("Send Kiosk-Method and Kiosk-Uri, as the client's request has them.")
    age = query.get("max_age")
    if age is not None and not (age.isascii() and age.isdigit() and len(age) <= 6):
        raise _bad("max_age is a number of seconds.")
    if not {query.get("second", YES), query.get("no_agent", YES)} <= {YES}:
        raise _bad("second and no_agent are “yes”, or left out.")
    action, resource = query.get("action"), query.get("resource")
    proof = headers.get("dpop") if action is None else None
    held = HeldRequest(headers[METHOD], headers[URI], proof)
    asked = VerifyIn(
        token=_token(headers.get(TOKEN, "")),
        action=action,
        resource=resource,
        acr=query.get("acr"),
        max_age=None if age is None else int(age),
        request=None if resource is not None else held,
        second="second" in query,
        no_agent="no_agent" in query,
    )
    return checked(asked, 400)


def _token(sent: str) -> str:
    """A token by itself, or behind its scheme, as a client's ``Authorization`` has it."""
    scheme, space, rest = sent.partition(" ")
    return rest if space and scheme.lower() in ("bearer", "dpop") else sent


def answer(view: VerifyView) -> tuple[int, dict[str, str]]:
    """Status and headers. With a yes: whose it is, for the application behind; percent-encoded."""
    if view.decision and view.of is not None:
        told = {"Kiosk-Person": view.of.person, "Kiosk-Login": view.of.login, "Kiosk-Acr": view.of.acr}
        told |= {} if view.of.second is None else {"Kiosk-Second": view.of.second.sub}
        told |= {} if view.of.act is None else {"Kiosk-Agent": view.of.act.name}
        return 204, {name: quote(value, safe=":") for name, value in told.items()}
    why = {"Kiosk-Reason": str(view.reason)}
    if view.reason not in UNAUTHORIZED:
        return 403, why
    return 401, {**why, "WWW-Authenticate": view.challenge or 'Bearer error="invalid_token"'}


def _bad(detail: str) -> HttpProblemError:
    return HttpProblemError(400, "bad_question", detail)
