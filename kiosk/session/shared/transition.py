"""One step while it is being worked out: the state so far and the orders so far.

Rooms outside see a pure function; inside it a draft is passed from rule to rule. What must hold whatever
the rule (cover before anything else, alarms die with their mode) is kept here, in one place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kiosk.session.facts.alarm_names import AlarmName, AnyAlarm, CoolingName
from kiosk.session.facts.held_by_mode import session_of, shows_workspace
from kiosk.session.facts.modes import Mode
from kiosk.session.facts.orders import CancelTimer, Order, SetTimer
from kiosk.session.facts.stage_orders import Cover, ShowWorkspace, StopWatchingIdle, WatchIdle
from kiosk.session.facts.state import END, LIMIT, RECENT, STILL, State


class Transition:
    """A mutable working copy; lives for one ``step`` only."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.orders: list[Order] = []
        self.moved = False
        """Another screen was gone to, if only to come back to its like."""

    def order(self, *orders: Order) -> None:
        """To be carried out after what has been ordered so far."""
        self.orders.extend(orders)

    def ask(self, make: Callable[[int], Order]) -> int:
        """Order something that expects an answer; the new turn it was given."""
        self.state = replace(self.state, turn=self.state.turn + 1)
        self.order(make(self.state.turn))
        return self.state.turn

    def stay(self, mode: Mode) -> None:
        """The same screen with other contents: alarms go on."""
        self.state = replace(self.state, mode=mode)

    def go(self, mode: Mode) -> None:
        """Another screen: its predecessor's alarms end, and nothing of a workspace stays to be seen."""
        self.moved = True
        before, after = session_of(self.state.mode), session_of(mode)
        goes_on = before is not None and after is not None and before.id == after.id
        lasting = tuple(a for a in self.state.timers if _lasts(a[0], goes_on))
        self.order(*(CancelTimer(name) for name, turn in self.state.timers if (name, turn) not in lasting))
        if shows_workspace(self.state.mode) and not shows_workspace(mode):
            # Nothing ordered earlier in this very step may uncover it, or watch it, again.
            workspace = [o for o in self.orders if not isinstance(o, ShowWorkspace | WatchIdle)]
            self.orders = [Cover(), StopWatchingIdle(), *workspace]
        self.state = replace(self.state, mode=mode, timers=lasting)

    def set_timer(self, name: AnyAlarm, seconds: float) -> None:
        """Set, or set anew, the alarm of this name."""
        turn = self.ask(lambda turn: SetTimer(turn, name, seconds))
        others = tuple(a for a in self.state.timers if a[0] != name)
        self.state = replace(self.state, timers=(*others, (name, turn)))

    def cancel_timer(self, name: AnyAlarm) -> None:
        """Cancel the alarm of this name, if it is set."""
        others = tuple(a for a in self.state.timers if a[0] != name)
        if others != self.state.timers:
            self.order(CancelTimer(name))
            self.state = replace(self.state, timers=others)

    def rang(self, name: AnyAlarm, turn: int) -> bool:
        """Whether this alarm is one that is still set; it no longer is afterwards."""
        if (name, turn) not in self.state.timers:
            return False
        self.state = replace(self.state, timers=tuple(a for a in self.state.timers if a[0] != name))
        return True

    def lying(self, tap: int) -> bool:
        """Whether the card of ``tap`` has not been lifted (a USB key, with a negative number, never is)."""
        return tap < 0 or any(card.number == tap for card in self.state.cards)


def _lasts(alarm: AnyAlarm, same_session: bool) -> bool:
    """Whether it goes on from one screen to the next; some do within the same session only."""
    return (
        alarm == STILL
        or isinstance(alarm, CoolingName)
        or (same_session and alarm in (LIMIT, END, RECENT, AlarmName.EMERGENCY))
    )
