"""AuthZEN: the same question in the words of the OpenID Foundation's Authorization API 1.0 (sections 5, 6 and 9).

Everything that is ours stands in ``context.kiosk`` and is read strictly: a misspelt ``max_age`` must not count as none.
What else is in ``context`` and ``properties`` is left alone, as the standard wants it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TypeVar

from kiosk.model.binding import Json
from kiosk.service.openid.verify_question import HeldRequest, VerifiedView, VerifyIn, VerifyView, checked
from kiosk.service.platform import bounds
from kiosk.service.platform.json_fields import JsonObject, member, members, of, text
from kiosk.service.platform.problems import HttpProblemError

T = TypeVar("T")
EVALUATION = "/access/v1/evaluation"
USE = "app.use"
"""The action that asks for a sign-in. Any other asks for an approval of it."""
OURS = frozenset({"token", "acr", "max_age", "records", "patients", "dpop", "second", "no_agent"})


def metadata(issuer: str) -> dict[str, str]:
    """``/.well-known/authzen-configuration`` (section 9)."""
    return {"policy_decision_point": issuer, "access_evaluation_endpoint": f"{issuer}{EVALUATION}"}


def read(body: bytes, audience: str) -> VerifyIn:
    """The question of a request's body. ``audience``: the asking application's. Raises ``HttpProblemError`` 400."""
    try:
        whole = members(bounds.loads(body))
        subject, resource = members(whole["subject"]), members(whole["resource"])
        return _question(
            subject, members(whole["action"]), resource, member(member(whole, "context"), "kiosk"), audience
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        raise _bad(
            "subject, action and resource are objects with type, id and name; context.kiosk has a token."
        ) from None


def _question(
    subject: JsonObject, action: JsonObject, resource: JsonObject, ours: JsonObject, audience: str
) -> VerifyIn:
    if not set(ours) <= OURS:
        raise _bad(f"context.kiosk may hold {', '.join(sorted(OURS))}, and nothing else.")
    kind, who, name = text(subject, "type"), text(subject, "id"), text(action, "name")
    if kind not in ("person", "login"):
        raise _bad("subject.type is person, with the person's id, or login.")
    held = _held(action, resource, _optional(ours, "dpop", str))
    about = (text(resource, "type"), text(resource, "id"))
    if name == USE and held is None and about != ("application", audience):
        raise _bad("A sign-in is asked for with a resource of type uri, or of type application with your own audience.")
    asked = VerifyIn(
        token=text(ours, "token"),
        action=None if name == USE else name,
        resource=None if name == USE or held is not None else "/".join(about),
        records=_optional(ours, "records", int) or 0,
        patients=_optional(ours, "patients", str),
        person=who if kind == "person" else None,
        login=who if kind == "login" else None,
        acr=_optional(ours, "acr", str),
        max_age=_optional(ours, "max_age", int),
        request=held,
        second=_optional(ours, "second", bool) or False,
        no_agent=_optional(ours, "no_agent", bool) or False,
    )
    return checked(asked, 400)


def _held(action: JsonObject, resource: JsonObject, proof: str | None) -> HeldRequest | None:
    """The request that the resource is, where it is one."""
    if text(resource, "type") != "uri":
        if proof is not None:
            raise _bad("A DPoP proof is of a request: send a resource of type uri.")
        return None
    return HeldRequest(text(member(action, "properties"), "method"), text(resource, "id"), proof)


def _optional(found: JsonObject, name: str, kind: type[T]) -> T | None:
    return None if found.get(name) is None else of(kind, found[name])


def answer(view: VerifyView) -> dict[str, Json]:
    """The decision (section 6.2); with a yes, what was proved and who else the token names; with a no, why, and what a
    client can do."""
    if view.decision or view.reason is None:
        return {"decision": view.decision, "context": {} if view.of is None else _told(view.of)}
    more: dict[str, Json] = {"challenge": view.challenge, "dpop_nonce": view.dpop_nonce}
    said = {name: value for name, value in more.items() if value is not None}
    return {"decision": False, "context": {"reason": view.reason, "says": view.says, **said}}


def _told(of_it: VerifiedView) -> dict[str, Json]:
    told: dict[str, Json] = {"acr": of_it.acr, "auth_time": of_it.auth_time}
    if of_it.second is not None:
        told["second"] = {**asdict(of_it.second)}
    if of_it.act is not None:
        told["act"] = {**asdict(of_it.act)}
    return told


def _bad(detail: str) -> HttpProblemError:
    return HttpProblemError(400, "bad_question", detail)
