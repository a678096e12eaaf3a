"""What a screen reader says of a screen: a name when it comes, and afterwards each sentence that is new on it.

A new screen is told by the focus: whatever has the keyboard stands in a page that has a role and a name, and its
description says the rest. So a reader says all of it in one breath, and nothing cuts it short.

What changes while the keyboard stays where it is (a refusal, a wait, time that runs out) is told by ``Herald``, whose
role is a notification: Orca 43 speaks those, and knows nothing yet of Qt's announcements. WCAG 2.2, 4.1.3.

What is said is what is seen: headings, then sentences, from the widgets themselves. A widget's property ``said`` says
what it is: ``who``, ``head``, ``more``, or nothing at all where it must not be read out unasked.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QApplication, QWidget

SAID, TOLD = "said", "told"
"""Properties of a widget; the second holds what is said after its name, where it says that by itself."""
KINDS = {"display": "head", "title": "head", "heading": "head", "lead": "more"}
"""What a text is, by its place in the type scale, where it does not say so itself."""


class Said(NamedTuple):
    """Of one screen: its name, and the sentences below it."""

    name: str
    more: tuple[str, ...]


def said_of(view: QWidget) -> Said:
    """What a reader is told of ``view`` as it stands now."""
    found: dict[str, list[str]] = {"who": [], "head": [], "more": []}
    for kind, words in _read(view):
        found[kind].append(words)
    name = " ".join(_ended(sentence) for sentence in found["head"]).removesuffix(".")
    for before in (*reversed(found["who"]), view.accessibleName()):
        name = f"{before}: {name}" if before and name else before or name
    return Said(name, tuple(found["more"]))


def _read(part: QWidget) -> Iterator[tuple[str, str]]:
    """Kind and words of all that is visible in ``part``, in the order in which it was built."""
    for child in part.children():
        if not isinstance(child, QWidget) or child.isHidden():
            continue
        told = child.property(SAID)
        kind = KINDS.get(str(child.property("kind")), "") if told is None else str(told)
        words = child.accessibleName() or str(child.property("text") or "")
        if kind and words:
            yield kind, words.replace("\u200b", "")
        elif told is None:
            yield from _read(child)


class Herald(QWidget):
    """Says a sentence to whoever listens. Nothing of it is seen or pressed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        install()
        self.setFixedSize(1, 1)

    def tell(self, words: str) -> None:
        """Say ``words`` now; nothing where they are empty."""
        if words and QAccessible.isActive():
            self.setAccessibleName(words)
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.ObjectShow))


class Voice:
    """Of one window: tells what is new since the last time. Costs nothing while nobody listens."""

    def __init__(self, window: QWidget) -> None:
        self.herald = Herald(window)
        self._last = Said("", ())
        self._focus: QWidget | None = None

    def shown(self, view: QWidget, *, new: bool, aloud: bool) -> None:
        """``view`` has been drawn and has the keyboard. ``new``: another stood there before.

        ``aloud``: its window may not have the keyboard, so no focus tells of it.
        """
        if not QAccessible.isActive():
            return
        before, self._last = self._last, said_of(view)
        focus, had = QApplication.focusWidget(), self._focus
        self._focus = focus
        sentences = (self._last.name, *self._last.more)
        news = (
            sentences
            if new
            else tuple(sentence for sentence in sentences if sentence not in (before.name, *before.more))
        )
        if aloud:
            self.herald.tell(joined(news))
            return
        act = focus or view.focusWidget() or view
        fresh = new or focus is None
        if fresh or (focus is not had and had is not None):
            # The name of the screen comes by itself where the screen is new; a button tells of nothing but itself.
            told = self._last.more if fresh else news
            if act is view or act.property(TOLD) is not None:
                act.setProperty(TOLD, joined(told))
            elif focus is not None:
                self.herald.tell(joined((*news, act.accessibleName())))
        else:
            self.herald.tell(joined(news))


def tell(view: QWidget, words: str) -> None:
    """Say ``words`` of ``view`` now, at its window."""
    herald = view.window().findChild(Herald)
    if isinstance(herald, Herald):
        herald.tell(words)


def joined(sentences: tuple[str, ...]) -> str:
    """As one text."""
    return " ".join(_ended(sentence) for sentence in sentences)


def _ended(sentence: str) -> str:
    """With a stop, so that a voice makes a pause."""
    return sentence if not sentence or sentence[-1] in ".!?…:,;" else f"{sentence}."


class _Page(QAccessibleWidget):
    """A whole screen: what it is called is read from what stands on it."""

    def __init__(self, page: QWidget) -> None:
        super().__init__(page, QAccessible.Role.LayeredPane, "")
        self._page = page

    def text(self, kind: QAccessible.Text) -> str:
        if kind is QAccessible.Text.Name:
            return said_of(self._page).name
        if kind is QAccessible.Text.Description:
            return joined(said_of(self._page).more)
        return ""


class _Herald(QAccessibleWidget):
    def __init__(self, herald: QWidget) -> None:
        super().__init__(herald, QAccessible.Role.Notification, "")


_made: dict[int, QAccessibleInterface] = {}


def _make(name: str, thing: QObject) -> QAccessibleInterface | None:
    if not isinstance(thing, QWidget):
        return None
    if isinstance(thing, Herald):
        made: QAccessibleInterface = _Herald(thing)
    elif thing.property("screen"):
        made = _Page(thing)
    else:
        return None
    _made[id(thing)] = made  # Qt holds it, and PySide would drop what nobody holds
    return made


@cache
def install() -> None:
    """Once a program."""
    QAccessible.installFactory(_make)
