"""Bodies are taken strictly: JSON only, no coercion, nothing unknown. The model's dataclasses say what is right.

FastAPI validates once more, leniently, to hand the body over; what reaches it has passed here.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import fields, is_dataclass
from typing import get_args, get_type_hints

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import CoreConfig, SchemaValidator

from kiosk.model.ceremony import BeginSignIn, CancelIn, ProofIn
from kiosk.model.challenge import ChallengeAsk
from kiosk.model.emergency import EmergencyIn
from kiosk.model.enrolment import BeginEnrolment, KindIn, MadeIn, SecondIn, TryIn
from kiosk.model.helpdesk import ResetIn, ResetTokenIn
from kiosk.model.journal import ReplayIn
from kiosk.model.stepup import StepUpIn
from kiosk.model.wire import EnrolIn, ReportsIn, StationSays
from kiosk.service.platform import bounds
from kiosk.service.platform.problems import HttpProblemError

_CONFIG = "__pydantic_config__"


def _forbid_unknown(kind: object, seen: set[object]) -> None:
    """Let pydantic refuse unknown members of ``kind`` and of whatever it holds."""
    if kind in seen:
        return
    seen.add(kind)
    for inner in get_args(kind):
        _forbid_unknown(inner, seen)
    if isinstance(kind, type) and is_dataclass(kind):
        setattr(kind, _CONFIG, ConfigDict(extra="forbid"))
        hints = get_type_hints(kind)
        for field in fields(kind):
            _forbid_unknown(hints[field.name], seen)


_READERS: dict[type, SchemaValidator] = {}
_MEMORY = CoreConfig(cache_strings="keys")
"""pydantic otherwise remembers the last 16,384 short texts of all bodies: 1.5 MiB, and people's PINs and codes."""


def reader_of(kind: type) -> SchemaValidator:
    """The strict reader of ``kind``, made once."""
    if kind not in _READERS:
        _forbid_unknown(kind, set())
        _READERS[kind] = SchemaValidator(TypeAdapter(kind).core_schema, _MEMORY)
    return _READERS[kind]


_BODIES = (BeginSignIn, CancelIn, ChallengeAsk, ProofIn, StepUpIn, EnrolIn, ReportsIn, ResetIn, ResetTokenIn)
for _kind in (*_BODIES, StationSays, ReplayIn, EmergencyIn, BeginEnrolment, KindIn, SecondIn, MadeIn, TryIn):
    reader_of(_kind)


class StrictRoute(APIRoute):
    """Reads the body strictly before anything else happens."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[object, None, Response]]:
        """See ``APIRoute``."""
        inner = super().get_route_handler()
        kind = None if self.body_field is None else self.body_field.field_info.annotation
        if not isinstance(kind, type):
            return inner
        reader = reader_of(kind)

        async def handler(request: Request) -> Response:
            sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if sent != "application/json":
                raise HttpProblemError(415, "unsupported_media_type", "Send the body as application/json.")
            check(reader, await request.body())
            return await inner(request)

        return handler


def check(reader: SchemaValidator, body: bytes) -> None:
    """Raises ``HttpProblemError`` unless ``body`` is JSON of the right form. The answer never repeats what was sent."""
    try:
        bounds.loads(body)
    except bounds.NumberOutOfBoundsError:
        raise HttpProblemError(422, "bad_text", "A text or number of this request cannot be written down.") from None
    except (ValueError, RecursionError):
        raise _malformed() from None
    try:
        reader.validate_json(body, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            raise _malformed() from None
        where = ".".join(str(part) for part in first["loc"] if not str(part)[:1].isupper())[:80]
        raise HttpProblemError(422, "bad_request", f"The body is not of the right form, at “{where}”.") from None


def _malformed() -> HttpProblemError:
    return HttpProblemError(400, "malformed_json", "The body is not JSON.")
