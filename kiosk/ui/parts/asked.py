"""What is asked in a step-up, in the words of one language: nothing cut, nothing left out.

Values are another program's. They were refused at the door if any of their characters could not be drawn; so they are
shown as they are, and not through ``words.plain``.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QFont

from kiosk.model.consent import ConsentLine
from kiosk.session.facts.consent_pages import BREAKABLE, LISTED, Piece, in_a_row
from kiosk.ui.parts.text import Kind, Text
from kiosk.ui.words import Words

ICONS = {
    "emergency": "warning",
    "second_of": "people",
    "message": "purpose",
    "records": "records",
    "lasts": "clock",
    "lost": "warning",
    "purpose": "purpose",
    "audience": "shield",
}
"""Of the facts beside the proof, in their order. Each says what it says of one or several lines."""


class Whole(Text):
    """A text that is drawn whole: a long word is broken anywhere. A screen reader says it as it is."""

    def __init__(self, kind: Kind = "strong") -> None:
        super().__init__(kind)
        self.setFont(distinct(self.font()))

    def say(self, words: str) -> None:
        super().say(breakable(words))
        self.setAccessibleName(words)


def distinct(font: QFont) -> QFont:
    """``font`` without the typeface's contextual forms, which draw ``10x20`` and ``10×20`` alike; and with those that
    tell ``I`` from ``l``, ``0`` from ``O``, and the digit 3 from the letter ``З`` (by a flat top)."""
    made = QFont(font)
    made.setFeature(QFont.Tag("calt"), 0)
    made.setFeature(QFont.Tag("ss02"), 1)
    made.setFeature(QFont.Tag("cv09"), 1)
    return made


def breakable(text: str) -> str:
    """``text`` with a place to break (U+200B, which has no width) after each character of its long words."""
    return "\n".join(" ".join(_word(word) for word in line.split(" ")) for line in text.split("\n"))


def _word(word: str) -> str:
    return "\u200b".join(word) if len(word) >= BREAKABLE else word


def facts(words: Words, lines: Sequence[ConsentLine]) -> dict[str, tuple[str, str]]:
    """Label and value of each fact that stands beside the proof; who consents, and what, is said in the headings."""
    said: dict[str, list[str]] = {}
    for line in lines:
        said.setdefault(line.key, []).append(line.value)
    made = {
        "emergency": (words("step_up.emergency"), reason(words, said["emergency"][0]) if "emergency" in said else ""),
        "second_of": (words("step_up.second_of"), "".join(said.get("second_of", []))),
        "message": (words("step_up.message"), "".join(said.get("message", []))),
        "records": (words("step_up.records"), _records(words, said)),
        "lasts": (words("step_up.lasts"), words.duration(int(said["lasts"][0])) if "lasts" in said else ""),
        "lost": (words("step_up.lost"), "\n".join(said.get("lost", []))),
        "purpose": (words("step_up.purpose"), purpose(words, said["purpose"][0]) if "purpose" in said else ""),
        "audience": (words("step_up.audience"), "".join(said.get("audience", []))),
    }
    patients = said.get(LISTED, [])
    listed = (", " if in_a_row(patients) else "\n").join(patients)
    return {**made, LISTED: (words("step_up.patients", n=len(patients)), listed)}


def _records(words: Words, said: dict[str, list[str]]) -> str:
    """How many, and of what: in words where they are registered, and below them as it is signed."""
    counts = [words("step_up.count", n=int(count)) for count in said.get("records", [])]
    if "words" in said:
        return "\n".join((" · ".join(counts + said["words"]), *said.get("resource", [])))
    return " · ".join(counts + said.get("resource", []))


def asker(words: Words, lines: Sequence[ConsentLine]) -> str:
    """Who asks: by the name that an administrator gave and the path, or by the path alone."""
    said: dict[str, list[str]] = {}
    for line in lines:
        said.setdefault(line.key, []).append(line.value)
    if "agent" in said:
        return f"{words('step_up.program')} {words('step_up.agent', name=said['agent'][0])}"
    if "server" in said:
        return f"{words('step_up.program')} {words('step_up.server', name=said['server'][0])}"
    if "program" in said:
        path = "".join(said.get("path", []))
        named = f"{said['program'][0]} ({path})" if path else said["program"][0]
    elif "unregistered" in said:
        named = unregistered(words, said["unregistered"][0])
    else:
        named = words("step_up.unregistered") if "origin" not in said else ""
    return f"{words('step_up.program')} " + " · ".join(filter(None, (named, *said.get("origin", []))))


def unregistered(words: Words, path: str) -> str:
    """A program that nobody registered, by its path if that could be read."""
    return f"{words('step_up.unregistered')}: {path}" if path else words("step_up.unreadable")


def reason(words: Words, said: str) -> str:
    """The reason of an emergency access in the reader's language, if it is one of ours; any other as it was written."""
    key = f"emergency_reason.{said.replace(' ', '_')}"
    return words(key) if "_" not in said and words.has(key) else said


def purpose(words: Words, said: str) -> str:
    """A purpose of the pick list in the reader's language; any other as it was written."""
    key = f"purpose.{said.replace(' ', '_')}"
    return words(key) if "_" not in said and words.has(key) else said


def action(words: Words, said: str) -> str:
    """What is to be done, by its name where it has one."""
    key = f"action.{said}"
    return words(key) if words.has(key) else said


def titled(words: Words, piece: Piece) -> str:
    """The label of one piece of a page; of several of a kind, which ones of how many."""
    if piece.goes_on:
        return words("step_up.goes_on", what=words(f"step_up.line.{piece.key}"))
    if piece.total == 1:
        return words(f"step_up.line.{piece.key}")
    last = piece.first + len(piece.values) - 1
    shown = str(piece.first) if last == piece.first else f"{piece.first}-{last}"
    return words("step_up.of", what=words(f"step_up.line.{piece.key}"), shown=shown, total=piece.total)


def valued(words: Words, piece: Piece) -> str:
    """Its values, one below the other."""
    one = piece.values[0]
    match piece.key:
        case "action":
            return action(words, one)
        case "unregistered":
            return one or words("step_up.unreadable")
        case "records":
            return words("step_up.count", n=int(one))
        case "emergency" if not piece.goes_on:
            return reason(words, one)
        case "lasts":
            return words.duration(int(one))
        case "purpose" if not piece.goes_on:
            return purpose(words, one)
        case _:
            return "\n".join(piece.values)
