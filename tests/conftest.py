"""Fixtures that every room's tests may ask for; each lives in a file of ``tests/fakes``."""

from __future__ import annotations

pytest_plugins = ["tests.fakes.cardservice"]
