"""How a keyboard-wedge reader types a badge's number, as the settings describe it.

``wedge_layouts`` has the layouts and styles, ``wedge_check`` says what is impossible, ``wedge_decode`` reads a number.
"""

# Without "from __future__ import annotations": the settings read each field's type (``settings.from_table``).

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # 2.1 ms with the check: settings are read before the first paint
    from kiosk.model.wedge_layouts import BitLayout, Named


Card = Literal["uid", "H10301", "H10302", "H10304", "H10306", "C1000-35", "C1000-48", "bits"]
# fmt: off
Style = Literal[
    "hex", "decimal", "binary", "facility_card", "card",
    "10H", "10H13D", "8H10D", "6H8D", "2H4H5D", "4H5D4H5D",
]
# fmt: on
MIN_TYPED = 5
"""Characters that a reader types at least: fewer could be a person's (``ui.wedge_burst``)."""
MAX_TYPED = 64
SEPARATORS = ":- .,/"
"""May stand between digits; they say nothing, but part facility code and card number."""


class WedgeFormatError(ValueError):
    """No reader can type so; the message is a sentence that names the setting."""


@dataclass(frozen=True, slots=True)
class WedgeFormat:
    """One ``[[wedge]]``. Raises ``WedgeFormatError`` for what no reader can type.

    ``card``: whose number it is: ``uid`` the chip's own bytes, or a Wiegand layout; ``bits``: the one described by
    ``bits``, ``facility_bits`` and ``card_bits`` (``2-9``), ``even`` and ``odd`` (``1: 2-13``).
    ``typed``: in which style. ``length``: characters without ``before`` and ``after``, 0 for any. ``bytes``: that the
    typed number stands for, 0 as the style says. ``reversed``: which order is turned round: of bytes, of the bits in
    each byte, or of all bits. ``parity``: False where the reader leaves the parity bits out. ``facility``: the only
    facility code that counts, or the one that is not typed. ``number``: which part is the badge's number.
    ``front``: hex of the bytes that the reader leaves out in front.
    """

    card: Card = "uid"
    typed: Style = "hex"
    length: int = 0
    bytes: int = 0
    before: str = ""
    after: str = ""
    reversed: Literal["no", "bytes", "bits", "both"] = "no"
    parity: bool = True
    facility: str = ""
    number: Literal["whole", "facility_card", "card"] = "whole"
    front: str = ""
    bits: int = 0
    facility_bits: str = ""
    card_bits: str = ""
    even: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        from kiosk.model.wedge_check import check

        check(self)

    @property
    def layout(self) -> "BitLayout | None":
        """Where its bits are; None for ``uid``. Raises ``WedgeFormatError``."""
        if self.card != "bits":
            from kiosk.model.wedge_layouts import LAYOUTS

            return LAYOUTS.get(self.card)
        from kiosk.model.wedge_check import own_layout

        return own_layout(self)

    @property
    def named(self) -> "Named | None":
        """The manuals' style that it is typed in, if it is one."""
        from kiosk.model.wedge_layouts import NAMED

        return NAMED.get(self.typed)

    @property
    def width(self) -> int:
        """Bytes that are typed of a ``uid``; 0 for as many as there are hex digits."""
        named = self.named
        return self.bytes or (named.bytes if named else 4 if self.typed == "decimal" else 0)
