"""Giving a proof, as second factor, step-up and enrolment show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.model.card import CardTrouble
from kiosk.model.ceremony import MethodOffer
from kiosk.model.challenge import PhoneAsk
from kiosk.model.proof import Method
from kiosk.model.refusal import RefusalCode
from kiosk.session.facts.carried import Closed
from kiosk.session.facts.secret_field import NOTHING_TYPED, EntryView


@dataclass(frozen=True, slots=True)
class Prove:
    """The part that second factor and step-up share: picking a method and giving it.

    ``stage``: ``type`` a secret is wanted in the field (service PIN, code, key PIN or card PIN, by ``method``);
    ``hold`` the key or card is to be held to the reader now; ``wait`` being checked; ``phone`` a phone is to answer,
    by ``phone``'s QR code and number, or a new code may be asked for. ``digits_only``: draw the
    keypad; else a text field (a key's PIN may hold any characters). ``retries_left`` None: not known yet.
    ``closed``: a way that is. ``wait``: seconds for which nothing is taken after wrong tries; the keypad
    is off. ``again``: it is on again.
    ``number``: of the recovery code wanted. ``by_enter``: what its last digit sent was wrong; Enter sends the next.
    ``settling``: nothing is taken for a moment: it may have been typed for what was sent. ``missed``: something was.
    """

    offers: tuple[MethodOffer, ...]
    method: Method
    stage: Literal["type", "hold", "wait", "phone"]
    digits_only: bool
    retries_left: int | None = None
    last_try: bool = False
    trouble: CardTrouble | None = None
    refusal: RefusalCode | None = None
    wait: int | None = None
    closed: Closed | None = None
    again: bool = False
    entry: EntryView = NOTHING_TYPED
    number: int | None = None
    by_enter: bool = False
    settling: bool = False
    missed: bool = False
    phone: PhoneAsk | None = None
