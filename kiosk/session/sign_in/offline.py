"""While the service is away, a key or PIV card may be checked by the workstation itself, where it holds a ticket.

From here on a sign-in goes the same way as any other: whoever answers the orders says what is wanted. A badge's number
is asked about where its PIN may be checked here. A typed login and a PKOC badge, which signs without its person's
doing, are left to the service.
"""

from __future__ import annotations

from kiosk.model.card import ReaderRole
from kiosk.model.ceremony import LoginPresented
from kiosk.model.proof import Fido2Presented, PivPresented, Presented, UidPresented
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.carried import PendingStep
from kiosk.session.facts.ceremony_orders import BeginOffline
from kiosk.session.facts.modes import ReadingMode
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.shared.transition import Transition

READING_SECONDS = 30
AWAY = frozenset({"store_down", "bad_answer", "http_502", "http_503", "http_504"})
"""Error answers that mean that nobody is there who could decide."""


def begin(t: Transition, tap: int, role: ReaderRole | None, presented: Presented | LoginPresented) -> bool:
    """The service is known to be away: do not wait for it. False where it is not, or nobody could be let in here."""
    if t.state.status.network != "unreachable" or not _may(t, presented):
        return False
    _go(t, tap, role, presented)
    return True


def instead(t: Transition, mode: ReadingMode) -> bool:
    """The service was asked who it is, and gave no answer. False where this workstation cannot say it either.

    The service may have opened a session that we shall never hear of: it is told once it is back.
    """
    if mode.pending != PendingStep.BEGIN or mode.offline or mode.behind is not None or mode.presented is None:
        return False
    if not _may(t, mode.presented):
        return False
    t.order(ReportEvent("session_end", None, "unreachable", {"tap": str(mode.tap)}))
    _go(t, mode.tap, mode.role, mode.presented)
    return True


def _may(t: Transition, presented: Presented | LoginPresented) -> bool:
    status = t.state.status
    by_badge = status.offline_pins and isinstance(presented, UidPresented)
    return bool(status.offline_until) and (by_badge or isinstance(presented, Fido2Presented | PivPresented))


def _go(t: Transition, tap: int, role: ReaderRole | None, presented: Presented | LoginPresented) -> None:
    waiting = tuple(workspace.person.id for workspace in t.state.workspaces)
    turn = t.ask(lambda turn: BeginOffline(turn, tap, presented, waiting))
    t.go(ReadingMode(tap, role, PendingStep.BEGIN, turn, presented, offline=True))
    t.set_timer(AlarmName.READING, READING_SECONDS)
