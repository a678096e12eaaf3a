"""Shows and covers a person's programs, and watches for idleness. This door is kept narrow.

``Stage`` is the interface; ``SingleStage`` the backend of one program a person on the agent's own display;
``NestedStage`` the agent's end of the stage process (``kiosk.stage.main``), which gives each person a display of their
own. The front is read lazily: the stage process needs none of it, and its memory is counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # 37 ms, for which neither the lock screen nor an agent in waiting need wait
    from kiosk.stage.nested_client import NestedStage
    from kiosk.stage.single import SingleStage
    from kiosk.stage.stage import Audience, Stage, StageError

__all__ = ["Audience", "NestedStage", "SingleStage", "Stage", "StageError"]

_WHERE = {
    "Audience": "stage",
    "NestedStage": "nested_client",
    "SingleStage": "single",
    "Stage": "stage",
    "StageError": "stage",
}


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"kiosk.stage.{_WHERE[name]}"), name)
