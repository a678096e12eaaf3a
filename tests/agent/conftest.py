"""Qt without a display for the tests that hold a part of the agent in their own process."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
