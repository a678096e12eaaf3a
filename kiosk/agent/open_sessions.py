"""The sessions of this station, held against the service's when it is heard again: its word may have been lost."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kiosk.agent.worker import Post
from kiosk.client.errors import ServiceProblemError
from kiosk.model.wire import StationEvent
from kiosk.session.facts.station_news import ServiceEventReceived

if TYPE_CHECKING:  # 125 ms (HTTP, TLS, JOSE), imported by the threads that need it
    from kiosk.client.api import Api

log = logging.getLogger("kiosk.agent.link")


@dataclass(frozen=True, slots=True)
class Sessions:
    """Ids of sessions at this station. ``open``: on the screen or under its cover; ``kept``: of programs that wait."""

    open: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def settle(api: Api, here: Sessions, own: Collection[str], post: Post, *, fresh: bool) -> None:
    """What the service no longer holds open is locked, and what it has ended ends.

    ``own``: begun while the service was away, and judged when it is told. ``fresh``: those that wait are asked for,
    too. Raises ``ClientError`` if the service cannot be asked.
    """
    for session in here.open:
        if session in own:
            continue
        state = _state_of(api, session)
        if state != "open":
            log.info("a session that was open here is not any more: %s", state)
            kind: Literal["lock", "end"] = "end" if state == "ended" else "lock"
            post(ServiceEventReceived(StationEvent(0, kind, session, "not_open")))
    for session in here.kept if fresh else ():
        if session not in own and _state_of(api, session) == "ended":
            post(ServiceEventReceived(StationEvent(0, "end", session, "not_open")))


def _state_of(api: Api, session: str) -> str:
    try:
        return api.session(session).state
    except ServiceProblemError as problem:
        if problem.status == 404:
            return "unknown"  # its programs stay: they are locked, and their person may come back
        raise
