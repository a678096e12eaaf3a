"""Shows and covers a person's programs, and watches for idleness. This door is kept narrow.

``Stage`` is the interface, ``SingleStage`` the backend of one program a person.
"""

from __future__ import annotations

from kiosk.stage.single import SingleStage
from kiosk.stage.stage import Audience, Stage, StageError

__all__ = ["Audience", "SingleStage", "Stage", "StageError"]
