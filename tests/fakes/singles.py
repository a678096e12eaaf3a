"""Single-program stages and the two persons who use them."""

from __future__ import annotations

import queue
from collections.abc import Callable

from kiosk.model.people import Person
from kiosk.stage import SingleStage

ANNA = Person("p-1", "anna", "Anna Berg", ("nurse",))
BEN = Person("p-2", "ben", "Ben Cole", ("doctor",))
Stages = Callable[..., tuple[SingleStage, "queue.Queue[tuple[str, str]]"]]
