"""Makes the service's fixtures known to the tests of this room."""

from __future__ import annotations

from tests.fakes.hospitals import either, in_memory, service

__all__ = ["either", "in_memory", "service"]
