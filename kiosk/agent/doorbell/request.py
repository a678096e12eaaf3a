"""What may be said at the doorbell: one JSON object of at most 64 KiB, in a bounded time.

``{"op": "step_up", "action": …, "resource": …, "records": …}`` with, as wished, ``purpose``, ``audience``,
``patients``, ``lost``, ``lasts`` and ``timeout`` (of no effect: the station says how long it stands);
``{"op": "status"}``; or
``{"op": "help_desk", "act": …, "token": …}`` with ``reset``, or ``case`` for a review, at a local socket alone;
``{"op": "token", "audience": …}`` with, as wished, ``acr``, and ``jkt`` or ``one_time``, and
``{"op": "kerberos", "csr": …}``, at a workspace's own. A page sends the same without ``op``.

::

    DoorbellRequestError(code)    the sentence says what to mend; ``code`` is its stable name
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from kiosk.model.consent import MAX_BATCH, MAX_RECORDS, check_ask, check_lasts
from kiosk.model.kerberos import MAX_CSR
from kiosk.model.stepup import StepUpAnswer, StepUpAsk

MAX_REQUEST = 65536
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
"""Lengths and counts are the service's own, so that what is taken here is not refused there."""


class DoorbellRequestError(Exception):
    """``code``: ``bad_json``, ``bad_request``, ``too_large``, ``too_slow``, ``not_yours``, ``not_a_browser``,
    ``not_itself`` or ``busy``; for the help desk also the service's own, or ``unreachable``."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """One request, checked."""

    op: Literal["step_up", "status", "help_desk", "token", "kerberos"] = "step_up"
    action: Word | None = None
    resource: Line | None = None
    records: Annotated[int, msgspec.Meta(ge=0, le=MAX_RECORDS)] = 0
    purpose: Annotated[str, msgspec.Meta(max_length=512)] | None = None
    audience: Line | None = None
    patients: Annotated[tuple[Line, ...], msgspec.Meta(max_length=500)] = ()
    timeout: Annotated[int, msgspec.Meta(ge=1, le=600)] = 120
    act: Literal["begin", "approve", "code", "list", "show", "close", "reopen", "text"] | None = None
    token: Annotated[str, msgspec.Meta(min_length=1, max_length=8192)] | None = None
    reset: Word | None = None
    case: Word | None = None
    lost: Annotated[tuple[Line, ...], msgspec.Meta(max_length=20)] = ()
    sensitivity: Literal["normal", "sensitive", "restricted"] | None = None
    labels: Annotated[tuple[Word, ...], msgspec.Meta(max_length=10)] = ()
    lasts: Annotated[int, msgspec.Meta(ge=0, le=MAX_BATCH)] = 0
    acr: Word | None = None
    jkt: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{43}$")] | None = None
    one_time: bool = False
    csr: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_CSR)] | None = None

    def ask(self) -> StepUpAsk:
        """The wish. Raises ``DoorbellRequestError`` if it lacks what makes it one."""
        if self.action is None or self.resource is None:
            raise DoorbellRequestError("bad_request", "A step-up needs an action and a resource.")
        if self.act or self.token or self.reset or self.case:
            raise DoorbellRequestError("bad_request", "A step-up has no act, token, reset or case.")
        purpose = (self.purpose or "").strip() or None  # an empty one is none: the person picks it, where one is needed
        try:
            check_ask(self.action, self.resource, self.records, purpose, self.patients, self.lost, self.audience)
            check_lasts(self.lasts)
        except ValueError as error:
            raise DoorbellRequestError("bad_request", str(error)) from None
        said = (self.audience, self.patients, self.lost, self.sensitivity, self.labels, self.lasts)
        return StepUpAsk(self.action, self.resource, self.records, purpose, *said)


def read(raw: bytes) -> Request:
    """The request in ``raw``. Raises ``DoorbellRequestError``, which never quotes what was sent."""
    if len(raw) > MAX_REQUEST:
        raise too_large()
    try:
        return msgspec.json.decode(raw, type=Request, strict=True)
    except msgspec.ValidationError as error:
        raise DoorbellRequestError("bad_request", f"The request is not in the agreed form: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise DoorbellRequestError("bad_json", "The request is not valid JSON.") from None


def too_large() -> DoorbellRequestError:
    return DoorbellRequestError("too_large", f"The request is longer than {MAX_REQUEST} bytes.")


def answer_json(answer: StepUpAnswer, *, with_token: bool) -> bytes:
    """The program's answer as JSON. A page never gets the token: its backend collects it from the service."""
    said = msgspec.to_builtins(answer)
    for name in ("wait", "answer", "says", "enrol"):
        if not getattr(answer, name):
            del said[name]
    if not with_token:
        del said["token"]
    return msgspec.json.encode(said)


def error_json(error: DoorbellRequestError) -> bytes:
    return msgspec.json.encode({"error": error.code, "detail": str(error)})
