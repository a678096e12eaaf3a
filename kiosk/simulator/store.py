"""The card's memory: one JSON file that only its owner can read, replaced whole at every change.

It holds private keys in the clear: software plastic is for demonstration, training and tests, never for a
person's real credential.

Errors: ``CardMemoryError`` (a sentence to show): not readable, not writable, or not a file of this kind.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kiosk.files import write_private


class CardMemoryError(Exception):
    """The file cannot serve as a card's memory; the text is a sentence for a person."""


def read(path: Path, kind: str) -> dict[str, Any] | None:
    """What the file holds, None if there is no file yet. Raises ``CardMemoryError``."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CardMemoryError(f"Cannot read {path}: {error.strerror}.") from error
    except ValueError as error:
        raise CardMemoryError(f"{path} is not a card's store. Name another file, or delete this one.") from error
    if not isinstance(content, dict) or content.get("kind") != kind:
        raise CardMemoryError(f"{path} is not the store of a {kind}. Name another file, or delete this one.")
    return content


def write(path: Path, kind: str, content: Mapping[str, Any]) -> None:
    """Replace the file in one step, mode 0600. Raises ``CardMemoryError``."""
    text = json.dumps({"kind": kind, **content}, indent=1, sort_keys=True)
    try:
        write_private(path, text.encode())
    except OSError as error:
        raise CardMemoryError(f"Cannot write {path}: {error.strerror}.") from error
