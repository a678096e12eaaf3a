"""Bodies are taken strictly: JSON only, no coercion, nothing unknown. The model's dataclasses say what is right.

FastAPI validates once more, leniently, to hand the body over; what reaches it has passed here.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import CoreConfig, SchemaValidator

from kiosk.model.ceremony import BeginSignIn, CancelIn, ChallengeAsk, ProofIn
from kiosk.model.enrolment import BeginEnrolment, KindIn, MadeIn, SecondIn, TryIn
from kiosk.model.helpdesk import ResetIn, ResetTokenIn
from kiosk.model.stepup import StepUpIn
from kiosk.model.wire import EnrolIn, ReportsIn, StationSays
from kiosk.service.platform import bounds
from kiosk.service.platform.problems import HttpProblem

_CONFIG = "__pydantic_config__"


def _forbid_unknown(kind: Any, seen: set[Any]) -> None:
    """Let pydantic refuse unknown members of ``kind`` and of whatever it holds."""
    if kind in seen:
        return
    seen.add(kind)
    for inner in get_args(kind):
        _forbid_unknown(inner, seen)
    if isinstance(kind, type) and is_dataclass(kind):
        setattr(kind, _CONFIG, ConfigDict(extra="forbid"))
        hints = get_type_hints(kind)
        for one in fields(kind):
            _forbid_unknown(hints[one.name], seen)


_READERS: dict[Any, SchemaValidator] = {}
_MEMORY = CoreConfig(cache_strings="keys")
"""pydantic otherwise remembers the last 16,384 short texts of all bodies: 1.5 MiB, and people's PINs and codes."""


def reader_of(kind: Any) -> SchemaValidator:
    """The strict reader of ``kind``, made once."""
    if kind not in _READERS:
        _forbid_unknown(kind, set())
        _READERS[kind] = SchemaValidator(TypeAdapter(kind).core_schema, _MEMORY)
    return _READERS[kind]


_BODIES = (BeginSignIn, CancelIn, ChallengeAsk, ProofIn, StepUpIn, EnrolIn, ReportsIn, ResetIn, ResetTokenIn)
for _kind in (*_BODIES, StationSays, BeginEnrolment, KindIn, SecondIn, MadeIn, TryIn):
    reader_of(_kind)


class StrictRoute(APIRoute):
    """Reads the body strictly before anything else happens."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """See ``APIRoute``."""
        inner = super().get_route_handler()
        field = self.body_field
        if field is None:
            return inner
        reader = reader_of(field.field_info.annotation)

        async def handler(request: Request) -> Response:
            kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != "application/json":
                raise HttpProblem(415, "unsupported_media_type", "Send the body as application/json.")
            check(reader, await request.body())
            return await inner(request)

        return handler


def check(reader: SchemaValidator, body: bytes) -> None:
    """Raises ``HttpProblem`` unless ``body`` is JSON of the right form. The answer never repeats what was sent."""
    try:
        bounds.loads(body)
    except bounds.NumberOutOfBounds:
        raise HttpProblem(422, "bad_text", "A text or number of this request cannot be written down.") from None
    except (ValueError, RecursionError):
        raise _malformed() from None
    try:
        reader.validate_json(body, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            raise _malformed() from None
        where = ".".join(str(part) for part in first["loc"] if not str(part)[:1].isupper())[:80]
        raise HttpProblem(422, "bad_request", f"The body is not of the right form, at “{where}”.") from None


def _malformed() -> HttpProblem:
    return HttpProblem(400, "malformed_json", "The body is not JSON.")
