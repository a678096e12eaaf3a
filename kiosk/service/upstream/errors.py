"""What goes wrong with a provider that is not ours."""

from __future__ import annotations


class ProviderAwayError(Exception):
    """It could not be asked; ``str()`` says why, in a few words for the log. Somebody may try again."""


class ProviderAnswerError(Exception):
    """It was asked, and its answer is not believed. ``reason``: a stable word; ``str()``: a sentence for support."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
