"""A station's agent without screen and readers: its own line to the service, and the session that decides."""

from __future__ import annotations

import queue
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from kiosk.agent.link import Link
from kiosk.agent.open_sessions import Sessions
from kiosk.model.proof import Method, UidPresented
from kiosk.model.secret import Secret
from kiosk.session.facts.carried import OpenSession, RunningWorkspace
from kiosk.session.facts.events import Event
from kiosk.session.facts.held_by_mode import behind, session_of
from kiosk.session.facts.modes import ActiveMode, LockedMode
from kiosk.session.facts.orders import Order
from kiosk.session.facts.state import State, initial
from kiosk.session.step import step
from kiosk.settings import AgentSettings, load


class Headless:
    """Enrolled in ``home``. What the session orders is kept in ``orders``; nothing is drawn."""

    def __init__(self, home: Path) -> None:
        self._events: queue.Queue[Event | None] = queue.Queue()
        self.home = home
        self.state: State = initial()
        self.orders: list[Order] = []
        self.seen: list[Event] = []
        self.link = Link(home, load(AgentSettings, home / "agent.toml"), self._events.put, self.sessions)
        self._thread = threading.Thread(target=self._run, name="session")

    def __enter__(self) -> Self:
        self._thread.start()
        self.link.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.link.stop()
        self._events.put(None)
        self._thread.join(10)

    def sessions(self) -> Sessions:
        found = (session_of(self.state.mode), behind(self.state.mode))
        return Sessions(
            tuple(session.id for session in found if session),
            tuple(workspace.session for workspace in self.state.workspaces),
        )

    def sign_in(self, uid: str, pin: str) -> str:
        """By badge and PIN over the station's own line; the session, which is open on the screen now."""
        api = self.link.api()
        view = api.begin(UidPresented(uid), 1)
        if view.state == "prove":
            view = api.prove_secret(view.id, Method.PIN, Secret(pin), None)
        assert view.session is not None
        said, presented = view.session, UidPresented(uid)
        opened = OpenSession(said.id, said.person, said.assurance, said.grace_left, presented, 1, None)
        workspace = (*self.state.workspaces, RunningWorkspace(opened.id, opened.person))
        self.state = State(self.state.status, self.state.rules, ActiveMode(opened), workspaces=workspace)
        return opened.id

    @property
    def online(self) -> bool:
        return self.state.status.network == "online"

    @property
    def locked(self) -> bool:
        return isinstance(self.state.mode, LockedMode)

    def _run(self) -> None:
        while (event := self._events.get()) is not None:
            self.seen.append(event)
            self.state, orders = step(self.state, event)
            self.orders.extend(orders)
