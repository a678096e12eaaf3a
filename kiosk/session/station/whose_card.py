"""A card came while somebody works: it is theirs, who leave, or a colleague's, who comes over."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Tap
from kiosk.model.proof import Presented
from kiosk.session.facts import notices
from kiosk.session.facts.card_answers import CardFailed
from kiosk.session.facts.card_orders import DropCard, ProbeCard
from kiosk.session.facts.carried import Probing
from kiosk.session.facts.modes import ActiveMode
from kiosk.session.facts.orders import PlaySound
from kiosk.session.facts.screen_parts import Notice
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.shared.ending import lock, tap_out_reason, tapped_out
from kiosk.session.shared.same_card import maybe_same_key, same_card
from kiosk.session.shared.transition import Transition
from kiosk.session.sign_in import reading
from kiosk.session.station.at_work import say


def look_at(t: Transition, mode: ActiveMode, tap: Tap) -> None:
    """Whose card is it? A newer tap takes the place of one still being read."""
    if mode.probing:
        t.order(DropCard(mode.probing.tap.number))
        t.stay(replace(mode, probing=None))
    if not tap.fresh:
        say(t, notices.LIFT_AND_TAP)
        return
    t.stay(replace(mode, probing=read(t, tap)))


def read(t: Transition, tap: Tap) -> Probing:
    """Have the card read; its answer comes."""
    turn = t.ask(lambda turn: ProbeCard(turn, tap.number))
    t.order(PlaySound("tap"))
    return Probing(turn, tap)


def not_read(t: Transition, came: Probing, failed: CardFailed) -> Notice:
    """The card could not be read: it is let go, and this is said of it."""
    t.order(
        ReportEvent("tap_failed", reason=failed.trouble.value),
        DropCard(came.tap.number),
        PlaySound("attention"),
    )
    return notices.card(failed.trouble)


def owner_found(t: Transition, mode: ActiveMode, came: Probing, presented: Presented) -> Notice | None:
    """The same card: leave, unless they have only just come. Another: cover, and let its owner prove themselves.

    What is to be said where neither happens.
    """
    session = mode.session
    same = same_card(presented, session.presented)
    never_lifted = session.tap != came.tap.number and t.lying(session.tap)
    if (same and (never_lifted or not mode.settled)) or (
        not mode.settled and maybe_same_key(presented, session.presented)
    ):
        t.order(DropCard(came.tap.number))
        return notices.signed_in(session.person.name)
    if same:
        t.order(DropCard(came.tap.number))
        lock(t, tap_out_reason(t))
        tapped_out(t, session)
    elif t.state.status.network == "unreachable":
        # Nobody can sign in now, them neither if they were locked: what is open stays open until its idle lock.
        t.order(DropCard(came.tap.number), PlaySound("refused"))
        return notices.TAP_OVER_OFFLINE
    else:
        reading.begin(t, came.tap.number, came.tap.role, presented, session)
    return None
