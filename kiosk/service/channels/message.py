"""One message on its way out, the same for every channel."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from kiosk.model.binding import Json


@dataclass(frozen=True, slots=True)
class Outgoing:
    """``to``: the address with its kind (``mailto:…``). ``at``: epoch seconds. ``text``: for the person.

    ``id`` is the same when the message is tried again, so that whoever gets it twice can tell.
    """

    id: str
    kind: str
    to: str
    login: str
    name: str
    at: int
    facts: dict[str, Json]
    text: str

    def as_json(self) -> bytes:
        """What webhook and program get: one JSON object, UTF-8."""
        return json.dumps(asdict(self), ensure_ascii=False).encode()
