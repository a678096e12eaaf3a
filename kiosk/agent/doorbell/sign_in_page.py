"""What the service's own sign-in page may say at the doorbell for web pages: ``POST /attest``, one JSON object.

``{"ticket": …}`` with ``step_up``, the request id of a step-up that was granted for it. Only a page of the service's
origin is heard, in a registered browser that belongs to the workspace of whoever is active and seen now.

::

    DoorbellRequestError(code)    as in ``request``; also the service's own codes, and ``unreachable``
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import msgspec

from kiosk.agent.doorbell.request import DoorbellRequestError, Word
from kiosk.model.attest import AttestView
from kiosk.model.stepup import Asker

PATH = "/attest"
MAX_TICKET = 16_384


class PageRequest(msgspec.Struct, forbid_unknown_fields=True):
    """One request, checked."""

    ticket: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TICKET)]
    step_up: Word | None = None


@dataclass(frozen=True, slots=True)
class SignInPage:
    """``origin``: of the service, empty while it is not known; from any thread. ``attest`` asks the service, on the
    thread of whoever asked, and raises ``DoorbellRequestError``."""

    origin: Callable[[], str]
    attest: Callable[[PageRequest, Asker], AttestView]


def no_page() -> SignInPage:
    """Where no page signs anybody in."""

    def nothing(_request: PageRequest, _asker: Asker) -> AttestView:
        raise DoorbellRequestError("bad_request", "Nobody is signed in to applications here.")

    return SignInPage(lambda: "", nothing)


def read_page(raw: bytes) -> PageRequest:
    """The request in ``raw``. Raises ``DoorbellRequestError``, which never quotes what was sent."""
    try:
        return msgspec.json.decode(raw, type=PageRequest, strict=True)
    except msgspec.ValidationError as error:
        raise DoorbellRequestError("bad_request", f"The request is not in the agreed form: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise DoorbellRequestError("bad_json", "The request is not valid JSON.") from None
