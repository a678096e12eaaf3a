"""What a server asks a person to approve (RFC 9396): of one type, one at a time, for one statement is drawn and signed.

``{"type": "kiosk_act", "action": "record.export", "resource": "Patient/123", "records": 12}``, with ``purpose``,
``patients``, ``sensitivity`` and ``labels`` as a program's wish has them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import msgspec

from kiosk.model import consent
from kiosk.model.binding import Json
from kiosk.model.stepup import StepUpAsk
from kiosk.service.openid.authorize_error import AuthorizeError
from kiosk.service.platform import bounds
from kiosk.service.policy.cedar.facts import LABELS

TYPE = "kiosk_act"
MAX_CHARS = 32_768
NAMES = frozenset({"type", "action", "resource", "records", "purpose", "patients", "sensitivity", "labels"})


def read(text: str, audience: str, actions: tuple[str, ...]) -> StepUpAsk:
    """The act of ``authorization_details``. ``actions``: those that the server may ask for. Raises
    ``AuthorizeError``."""
    act = _act(text)
    try:
        plain = {name: value for name, value in act.items() if name != "type"}
        ask = msgspec.convert({"records": 0, **plain, "audience": audience}, StepUpAsk, strict=True)
        consent.check_ask(ask.action, ask.resource, ask.records, ask.purpose, ask.patients)
    except msgspec.ValidationError:
        raise _bad("An act has action and resource, and may have records, purpose and patients.") from None
    except ValueError as error:
        raise _bad(str(error)) from None
    if set(ask.labels) - set(LABELS) or len(ask.labels) > len(LABELS):
        raise _bad(f"Records can be labelled: {', '.join(LABELS)}.")
    if ask.action not in actions:
        raise _bad("An administrator has not allowed this server to ask for that action.")
    return ask


def granted(ask: StepUpAsk) -> str:
    """The same as it is granted, in JSON: patients by their number and digest, as in a step-up's token."""
    said: dict[str, Json] = {"type": TYPE, "action": ask.action, "resource": ask.resource, "records": ask.records}
    said |= {"patients": consent.patients_claim(ask.patients)} if ask.patients else {}
    return json.dumps([{**said, **({"purpose": ask.purpose} if ask.purpose is not None else {})}])


def _act(text: str) -> Mapping[str, object]:
    """The one object of the list."""
    if len(text) > MAX_CHARS:
        raise _bad(f"authorization_details has at most {MAX_CHARS} characters.")
    try:
        listed = bounds.loads(text)
    except (ValueError, RecursionError):
        raise _bad("authorization_details is a JSON array.") from None
    if not isinstance(listed, list) or len(listed) != 1 or not isinstance(listed[0], dict):
        raise _bad("authorization_details has one object: one act is drawn and approved at a time.")
    if listed[0].get("type") != TYPE:
        raise _bad(f"Only the type {TYPE} is known here.")
    if not set(listed[0]) <= NAMES:
        raise _bad(f"An act may have {', '.join(sorted(NAMES))}, and nothing else.")
    return listed[0]


def _bad(detail: str) -> AuthorizeError:
    return AuthorizeError("invalid_authorization_details", detail)
