"""Which policy holds where none was applied: what ``[policy]`` of the settings says, else the one that comes along."""

from __future__ import annotations

from functools import lru_cache

from kiosk.service.policy.cedar import book, translation
from kiosk.service.policy.cedar.book import PolicyBook, PolicyTextError
from kiosk.service.policy.rules import PolicyRules
from kiosk.settings import SettingsError


def text_of(rules: PolicyRules) -> str:
    """The text that holds as long as nothing was applied."""
    return translation.translated(rules) if translation.told(rules) else book.default_text()


def of_tables(rules: PolicyRules) -> bool:
    """Whether the settings say anything that a policy now says."""
    return translation.told(rules)


@lru_cache(maxsize=8)
def _read(text: str) -> PolicyBook:
    return book.read(text)


def book_of(rules: PolicyRules) -> PolicyBook:
    """The same, read. Raises ``SettingsError`` for tables that are too large for a policy. One that came along and
    cannot be read refuses everything."""
    try:
        return _read(text_of(rules))
    except PolicyTextError as error:
        if translation.told(rules):
            raise SettingsError(
                f"[policy]: what [policy.actions] says is too much for one policy, with {len(rules.actions)} actions. "
                f"{error} Use fewer actions there, or apply a policy of your own: see docs/policy.md."
            ) from None
        return book.unusable(f"The policy that comes with the program cannot be read. {error}")
    except OSError as error:
        return book.unusable(f"The policy that comes with the program cannot be read: {error.strerror}.")


def applied(text: str, version: int) -> PolicyBook:
    """The ``version`` of a policy that was applied, read. One that cannot be read refuses everything."""
    return _applied(text, version)


@lru_cache(maxsize=8)
def _applied(text: str, version: int) -> PolicyBook:
    try:
        return book.read(text, version)
    except PolicyTextError as error:
        return book.unusable(f"Version {version} of the policy cannot be read. {error}", version, book.digest_of(text))
