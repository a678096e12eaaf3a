"""What every part of the enrolment has: a panel to act in at the right, and what is said about it at the left."""

from __future__ import annotations

from typing import Generic, TypeVar

from PySide6.QtWidgets import QWidget

from kiosk.model.card import CardTrouble
from kiosk.model.enrolment import EnrolAct, EnrolRefusal, EnrolRefusalCode
from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.buttons import Pressed
from kiosk.session.facts.enrolment_screens import Enrolment
from kiosk.ui.parts.act import ActPanel
from kiosk.ui.parts.kit import Kit
from kiosk.ui.words import Words

P = TypeVar("P")
"""A kind of ``EnrolPanel``."""


class Part(Generic[P]):
    """One part. Built when it is first wanted; ``panel`` stands at the right."""

    tells = True
    """Says by itself why the last try failed; else that is said at the left."""

    def __init__(self, kit: Kit, panel: ActPanel | None = None) -> None:
        self.kit = kit
        self.panel = panel or ActPanel(kit)

    def show_part(self, screen: Enrolment, part: P) -> None:
        """Draw ``part``, which is that of ``screen``."""
        raise NotImplementedError

    def title(self, screen: Enrolment) -> str:
        """What all this is for."""
        if screen.act is EnrolAct.LOST:
            return self.kit.words("enrol.lost.title")
        return self.kit.words(f"enrol.adding.{screen.kind or 'any'}")

    def lead(self, screen: Enrolment, part: P) -> str:
        """Why, or what to know before acting."""
        return ""

    def beside(self) -> QWidget | None:
        """What stands at the left below that; None for nothing."""
        return None

    def act(self) -> QWidget | None:
        """What the keyboard acts on first; None for the screen itself."""
        return None

    def typed(self, text: str) -> None:
        """Something printable was typed while no field had the keyboard."""

    def forget(self) -> None:
        """Another part, or another screen, is shown: drop what nobody else may see."""

    def press(self, touch: Touch) -> None:
        """Post that ``touch`` was pressed."""
        self.kit.post(Pressed(touch))

    def refuse(self, screen: Enrolment, trouble: CardTrouble | None = None) -> bool:
        """Say what went wrong last, if anything did: of the card, or of the service."""
        said = failure_said(self.kit.words, screen.refusal, trouble)
        self.panel.status.say(said, "refused")
        return bool(said)


def failure_said(words: Words, refusal: EnrolRefusal | None, trouble: CardTrouble | None = None) -> str:
    """What went wrong and what to do next; empty where nothing did. Some troubles of a card read otherwise here."""
    if trouble is not None:
        own = f"enrol.card.{trouble}"
        return words(own if words.has(own) else f"card.{trouble}")
    if refusal is None:
        return ""
    key = f"enrol_refusal.{refusal.code}"
    if refusal.code is EnrolRefusalCode.KEY_REFUSED and words.has(f"enrol.fault.{refusal.fault}"):
        key = f"enrol.fault.{refusal.fault}"
    said = [words(key, wait=refusal.wait)]
    if refusal.resembles is not None:
        said.append(words(f"unknown_badge.{refusal.resembles}"))
    if refusal.retries_left is not None:
        said.append(words("prove.tries_left", n=refusal.retries_left))
    return " ".join(said)
