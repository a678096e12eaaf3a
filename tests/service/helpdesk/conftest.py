"""Makes the service's fixtures and the help desk known to the tests of this folder."""

from __future__ import annotations

from tests.fakes.helpdesk import counter, on_either
from tests.fakes.hospitals import either, in_memory, service

__all__ = ["counter", "either", "in_memory", "on_either", "service"]
