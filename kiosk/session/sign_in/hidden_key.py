"""A key that shows whose it is only with its PIN: its tap goes on to the PIN, and to an assertion that names nobody.

Its credential is hidden until its user is verified (CTAP 2.1 section 12.1, level 3), or it does nothing before that
(section 7.2, ``alwaysUv``). Without an allow list it then says itself which credential it is (section 6.2.2).
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import CardTrouble
from kiosk.model.proof import Fido2Presented, Method
from kiosk.model.refusal import Refusal
from kiosk.session.facts.card_orders import DropCard
from kiosk.session.facts.carried import PendingStep
from kiosk.session.facts.modes import ReadingMode, SecondFactorMode
from kiosk.session.facts.orders import PlaySound
from kiosk.session.shared import proving
from kiosk.session.shared.transition import Transition
from kiosk.session.sign_in import more_time

HIDES = frozenset({CardTrouble.KEY_HIDES, CardTrouble.KEY_MAY_HIDE})


def may_go_on(mode: ReadingMode, why: Refusal | CardTrouble) -> bool:
    """Whether that is a key that may say with its PIN whose it is, and the service takes that."""
    key, view = mode.presented, mode.view
    if why not in HIDES or view is None or not isinstance(key, Fido2Presented):
        return False
    return (key.has_pin or key.built_in_uv) and proving.offer(view, Method.FIDO2) is not None


def ask_pin(t: Transition, mode: ReadingMode, why: CardTrouble | None = None) -> bool:
    """The screen on which its PIN is typed; then it is held again. False: it is no such key.

    ``why``: what it failed by just now; a view that was kept while it was looked at once more says it, too.
    """
    view = mode.view
    was_looked_at = mode.pending == PendingStep.PROBE
    if view is None or mode.presented is None or not (was_looked_at or (why is not None and may_go_on(mode, why))):
        return False
    t.order(PlaySound("attention"), DropCard(mode.tap))
    offers = tuple(offer for offer in view.offers if offer.method == Method.FIDO2)
    given = proving.start(replace(view, offers=offers), None)
    told = SecondFactorMode(mode.tap, mode.role, mode.presented, None, given, mode.behind, colleague=mode.colleague)
    t.go(told)
    more_time.start(t, view.expires_in)
    return True
