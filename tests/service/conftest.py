"""Makes the service's fixtures known to the tests of this room."""

from __future__ import annotations

from tests.fakes.hospitals import either, hospital_cluster, service

__all__ = ["either", "hospital_cluster", "service"]
