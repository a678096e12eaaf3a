"""What a key says on a keyboard of the United States, whatever layout the station has."""

from __future__ import annotations

_FIRST = 10
"""X's code of the key that says 1 on a keyboard of the United States: the kernel's (KEY_1), and 8."""
US_KEYS: dict[int, str] = {
    **{_FIRST + place: digit for place, digit in enumerate("1234567890")},
    **dict(zip((38, 56, 54, 40, 26, 41), "ABCDEF", strict=True)),
    **dict(zip((79, 80, 81, 83, 84, 85, 87, 88, 89, 90), "7894561230", strict=True)),
    **dict(zip((20, 47, 59, 60, 61, 65), "-;,./ ", strict=True)),
}
