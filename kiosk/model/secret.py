"""A typed secret on its way from the keypad to the card or the service."""

from __future__ import annotations

import unicodedata


class Secret:
    """Text that never shows itself. Held in a bytearray so that it can be wiped after use.

    Compared by identity, so that it can travel inside frozen events; ``repr`` and ``str`` never
    reveal it. Python may still hold copies of what was typed: wiping shortens the time, it cannot
    promise more.
    """

    __slots__ = ("_bytes",)

    def __init__(self, text: str) -> None:
        self._bytes = bytearray(text.encode())

    def reveal(self) -> str:
        """The text, for the one call that needs it. Empty after ``wipe``."""
        return self._bytes.decode()

    def wipe(self) -> None:
        """Overwrite and empty. Safe to call twice."""
        for i in range(len(self._bytes)):
            self._bytes[i] = 0
        self._bytes.clear()

    def followed_by(self, more: Secret) -> Secret:
        """Both, one after the other, as a third that is wiped by itself."""
        return self._of(self._bytes + more._bytes)

    def without_last(self) -> Secret:
        """All but the last character, as another that is wiped by itself; of an empty one, an empty one."""
        end = len(self._bytes)
        while end and self._bytes[end - 1] & 0xC0 == 0x80:  # the bytes after the first of a character (RFC 3629)
            end -= 1
        return self._of(self._bytes[: max(end - 1, 0)])

    @classmethod
    def _of(cls, held: bytearray) -> Secret:
        made = cls("")
        made._bytes = held
        return made

    def characters(self) -> int:
        """How many there are."""
        return sum(byte & 0xC0 != 0x80 for byte in self._bytes)

    def is_digits(self) -> bool:
        """Whether it is of the digits 0 to 9 alone."""
        return all(0x30 <= byte <= 0x39 for byte in self._bytes)

    def same_as(self, other: Secret) -> bool:
        """Constant-time comparison."""
        from hmac import compare_digest  # 3.5 ms: loads OpenSSL, for which no screen need wait

        return compare_digest(self._bytes, other._bytes)

    def copy(self) -> Secret:
        """The same text once more, for a second use; each is wiped by itself."""
        return Secret(self.reveal())

    def measure(self) -> tuple[int, int]:
        """Characters and bytes of UTF-8 in the form in which a key's PIN is used (NFC; CTAP 2.1 section 6.5.1)."""
        text = unicodedata.normalize("NFC", self.reveal())
        return len(text), len(text.encode())

    def __len__(self) -> int:
        return len(self._bytes)

    def __bool__(self) -> bool:
        return bool(self._bytes)

    def __repr__(self) -> str:
        return "Secret(•••)"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not for storing")
