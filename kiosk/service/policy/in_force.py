"""Which policy holds where none was applied: what ``[policy]`` of the settings says, else the one that comes along."""

from __future__ import annotations

from functools import lru_cache

from kiosk.service.policy.cedar import book, translation
from kiosk.service.policy.cedar.book import PolicyBook
from kiosk.service.policy.rules import PolicyRules


def text_of(rules: PolicyRules) -> str:
    """The text that holds as long as nothing was applied."""
    return translation.translated(rules) if translation.told(rules) else book.default_text()


@lru_cache(maxsize=8)
def _read(text: str) -> PolicyBook:
    return book.read(text)


def book_of(rules: PolicyRules) -> PolicyBook:
    """The same, read. What comes along and what is translated can always be read."""
    return _read(text_of(rules))
