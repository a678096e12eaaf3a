"""How a setting is refused: by a sentence that names it, what it may be, and what it is."""

# Without "from __future__ import annotations", as beside it.

import re
from collections.abc import Mapping
from dataclasses import dataclass

_PLACE = re.compile(r"(?<!\$)\{([A-Za-z_]+)\}")
_SECRETS = ("token", "password", "secret", "pin")
MAX_SHOWN = 60
"""Characters of a wrong value that are repeated."""
MAX_NUMBER_TO_CALL = 24
MAX_NUMBER = 2_000_000
"""Seconds, MiB or whatever a number counts: 23 days as seconds, the longest that a timer of 32 bits can wait in ms."""
HOUR, DAY = 3600, 86_400


class SettingsError(Exception):
    """The settings file cannot be used; the message is a sentence for whoever edits it."""


def must(name: str, allowed: str, value: object) -> str:
    """The sentence about a setting of that name whose ``value`` is not what is ``allowed``."""
    text = f"“{value}”" if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return f"“{name}” must be {allowed}, not {text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + '…'}."


def refuse_controls(where: str, name: str, text: str) -> None:
    """No command line, path or address can hold them: a NUL would end the program that is given it.

    Raises ``SettingsError``; ``where`` begins its sentence.
    """
    if any(ord(c) < 32 or ord(c) == 127 for c in text):
        raise SettingsError(f"{where}“{name}” may not hold control characters.")


def check_places(words: tuple[str, ...], known: tuple[str, ...]) -> None:
    """Raises ``SettingsError`` for a place in a command line that nothing is filled in for, such as ``{logn}``.

    A shell's ``${variable}`` is none. No secret is ever filled in: every program here can read a command line.
    """
    for word in words:
        for found in _PLACE.finditer(word):
            if found[1] in _SECRETS:
                raise SettingsError(
                    f"“{found[0]}” in a command would show in the list of processes. Hand it on by a pipe: "
                    "kiosk token --audience … --one-time | the program."
                )
            if found[1] not in known:
                filled = ", ".join(f"{{{name}}}" for name in known)
                raise SettingsError(f"nothing is filled in for “{found[0]}” in a command; what is filled in: {filled}.")


def check_number_to_call(name: str, value: str) -> None:
    """Raises ``SettingsError`` for a telephone number, as people here dial it, that a screen could not show whole."""
    if len(value) > MAX_NUMBER_TO_CALL or value != value.strip() or not value.isprintable():
        raise SettingsError(must(name, f"a telephone number of at most {MAX_NUMBER_TO_CALL} characters", value))


@dataclass(frozen=True, slots=True)
class Range:
    """The whole numbers that a setting may be; ``zero``: what 0 means, where that is allowed, too."""

    least: int
    most: int
    zero: str = ""

    def holds(self, value: int) -> bool:
        """Whether ``value`` is one of them."""
        return self.least <= value <= self.most or (value == 0 and bool(self.zero))

    def __str__(self) -> str:
        also = f", or 0 for {self.zero}" if self.zero else ""
        return f"a whole number from {self.least} to {self.most}{also}"


def check_ranges(settings: object, ranges: Mapping[str, Range]) -> None:
    """Raises ``SettingsError`` for the first of ``settings`` that is outside of its range."""
    for name, allowed in ranges.items():
        value = getattr(settings, name)
        if not allowed.holds(value):
            raise SettingsError(must(name, str(allowed), value))
