"""What a program may wish for its paper, and the words it may say about it; everything else is left out.

Left out is what would make a job somebody else's, keep it on the spool, put it before others, have the server fetch or
tell something, or carry words to the filters and drivers that no print dialog says.
"""

from __future__ import annotations

from collections.abc import Iterable

from kiosk.stage.printing import ipp
from kiosk.stage.printing.budget import MAX_COPIES
from kiosk.stage.printing.ipp import Attribute

_STANDARD = {
    *("copies", "sides", "media", "media-col", "orientation-requested", "print-quality", "print-color-mode"),
    *("number-up", "number-up-layout", "page-ranges", "page-set", "output-bin", "finishings", "fit-to-page"),
    *("print-scaling", "scaling", "natural-scaling", "mirror", "printer-resolution", "outputorder", "collate"),
    *("multiple-document-handling", "page-border", "page-bottom", "page-left", "page-right", "page-top", "position"),
    *("cpi", "lpi", "wrap", "landscape", "print-content-optimize", "print-rendering-intent"),
}
_MAX_COUNT, _MAX_VALUES, _MAX_LENGTH = 64, 64, 127
_PLAIN = {ipp.INTEGER, ipp.BOOLEAN, ipp.ENUM, ipp.RESOLUTION, ipp.RANGE}
_WORDS = {ipp.NAME, ipp.KEYWORD}
_COLLECTIONS = {"media-col"}
_NO_OPTION = _STANDARD | {"raw", "compression"}
_IN_A_NAME = " ._-,()"


def for_paper(attributes: Iterable[Attribute]) -> tuple[Attribute, ...]:
    """Those of ``attributes`` that may be said of a job: IPP's own, and a driver's, which begin with a capital."""
    kept: dict[str, Attribute] = {}
    for attribute in attributes:
        if (
            len(kept) < _MAX_COUNT
            and (attribute.name in _STANDARD or _of_a_driver(attribute.name))
            and _sound(attribute)
        ):
            kept[attribute.name] = _at_most(attribute)
    return tuple(kept.values())


def title(said: str) -> str:
    """A job's name: letters, digits and a few marks. Drivers are given it as a word of their command line."""
    clean = "".join(c if c.isalnum() or c in _IN_A_NAME else "_" for c in said).strip(" -")
    while len(clean.encode()) > _MAX_LENGTH:
        clean = clean[:-1]
    return clean or "document"


def _of_a_driver(name: str) -> bool:
    """CUPS takes ``Job-Hold-Until`` for ``job-hold-until``: so nothing with a hyphen, which all that decides about a
    job has, and no other word of CUPS's own."""
    plain = len(name) <= 64 and all(c.isascii() and (c.isalnum() or c == ".") for c in name)
    return plain and "A" <= name[:1] <= "Z" and name.lower() not in _NO_OPTION


def _sound(one: Attribute) -> bool:
    if len(one.values) > _MAX_VALUES:
        return False
    if one.name in _COLLECTIONS:
        return _collections(one.values)
    return all(_plain(tag, value) for tag, value in one.values)


def _plain(tag: int, value: bytes) -> bool:
    return tag in _PLAIN or (tag in _WORDS and _word(value))


def _collections(values: tuple[tuple[int, bytes], ...]) -> bool:
    """Whether these are whole collections and nothing beside them. [RFC 8010, section 3.1.6]

    A member's name outside would be an attribute's to CUPS, and an end too many the message's."""
    inside, last = 0, ""
    for tag, value in values:
        if tag == ipp.COLLECTION and not value and (not inside or last in ("name", "value")):
            inside, last = inside + 1, "begin"
        elif tag == ipp.END_COLLECTION and not value and inside and last != "name":
            inside, last = inside - 1, "value"
        elif tag == ipp.MEMBER and value and _word(value) and inside and last != "name":
            last = "name"
        elif _plain(tag, value) and inside and last != "begin":
            last = "value"
        else:
            return False
    return not inside


def _word(value: bytes) -> bool:
    """As keywords and the names of choices are written."""
    return len(value) <= _MAX_LENGTH and all(c.isalnum() or c in "._-+,:%/ " for c in value.decode("ascii", "replace"))


def _at_most(one: Attribute) -> Attribute:
    return ipp.integer("copies", min(max(one.number, 1), MAX_COPIES)) if one.name == "copies" else one
