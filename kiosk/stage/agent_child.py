"""The agent as the stage's child: started, listened to, and started again, with a growing delay, when it ends.

An agent that falls silent gets an heir before it is given up: one that has loaded what it needs and waits for its turn.
A restart takes a second, and most of that is loading. The heir is never heard, and sees and shows nothing, as long as
the other lives; if that one speaks again, the heir goes.
"""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Sequence

from kiosk.stage import protocol
from kiosk.stage.agent_process import AgentProcess
from kiosk.stage.loop import Loop

SILENCE = 2.0
"""Seconds without a word, once greeted, after which the agent counts as hung."""
SUSPICION = 1.2
"""Seconds without a word, three beats, after which an heir is started."""
STARTING = 30.0
"""Seconds that it may take from its turn to its greeting."""
_DELAYS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
_SETTLED = 60.0
"""Seconds of life after which its next death counts as the first again."""
_RETRY = 1.0


class AgentChild:
    """``heard(order)`` for each of its messages; ``lost(reason)`` when it can no longer be relied on.

    ``lost`` is called first, and only then is the agent killed and another one started.
    """

    def __init__(
        self,
        loop: Loop,
        words: list[str],
        heard: Callable[[protocol.Order], None],
        lost: Callable[[str], None],
    ) -> None:
        self._loop, self._words, self._heard, self._lost = loop, words, heard, lost
        self._agent: AgentProcess | None = None
        self._heir: AgentProcess | None = None
        self._failures = 0
        self._began_at = 0.0
        self._stopping = False
        self.start()

    def start(self) -> None:
        """The heir, if there is one, or a new one. Raises ``OSError`` if it cannot be started at all."""
        agent, self._heir = self._heir or self._make(), None
        self._agent, self._began_at = agent, time.monotonic()
        self._loop.after(STARTING, "agent", lambda: self._lose("SILENT"))
        agent.begin(self._readable)

    def tell(self, answer: protocol.Answer, held: Sequence[int] = ()) -> None:
        """``held``: descriptors that go beside it. An agent that does not read loses its stage's word, and soon its
        life."""
        if self._agent is not None and self._agent.listening and not self._agent.tell(answer, held):
            self._lose("DEAF")

    def stop(self) -> None:
        """Ask it to end, and do not start another. Nothing that it orders is done any more."""
        self._stopping = True
        self._loop.cancel("agent")
        self._disinherit()
        if self._agent is not None:
            self._agent.kill(signal.SIGTERM)

    @property
    def running(self) -> bool:
        return any(agent is not None and agent.running for agent in (self._agent, self._heir))

    def kill(self) -> None:
        for agent in (self._agent, self._heir):
            if agent is not None:
                agent.kill()

    def refuse(self) -> None:
        """It said what makes no sense."""
        self._lose("MALFORMED")

    def _make(self) -> AgentProcess:
        return AgentProcess(self._loop, self._words, self._ended)

    def _readable(self) -> None:
        if self._agent is None or not self._agent.listening:
            return
        try:
            order = self._agent.hear()
        except BlockingIOError:
            return
        except protocol.MalformedMessageError:
            self._lose("MALFORMED")
            return
        except OSError:
            self._lose("AGENT")
            return
        if self._stopping:
            return
        self._disinherit()
        self._loop.after(SUSPICION, "agent", self._suspect)
        self._heard(order)

    def _suspect(self) -> None:
        self._loop.after(SILENCE - SUSPICION, "agent", lambda: self._lose("SILENT"))
        with contextlib.suppress(OSError):  # then the next one starts when this one has ended
            self._heir = self._make()

    def _disinherit(self) -> None:
        heir, self._heir = self._heir, None
        if heir is not None:
            heir.hang_up()
            heir.kill()

    def _lose(self, reason: str) -> None:
        """Lock first, then end it. ``_ended`` starts the next."""
        if self._agent is None or not self._agent.listening:
            return
        self._agent.hang_up()
        self._loop.cancel("agent")
        if self._stopping:
            return  # it was asked to end, and has a little time for that
        self._lost(reason)
        self._agent.kill()

    def _ended(self, agent: AgentProcess) -> None:
        if agent is self._heir:
            self._disinherit()
        if agent is not self._agent:
            return
        self._lose("AGENT")
        if self._stopping:
            return
        if time.monotonic() - self._began_at > _SETTLED:
            self._failures = 0
        delay = _DELAYS[min(self._failures, len(_DELAYS) - 1)]
        self._failures += 1
        self._loop.after(delay, "agent", self._start_again)

    def _start_again(self) -> None:
        """Where the machine has no process or descriptor left: later. The workspaces need not die of it."""
        try:
            self.start()
        except OSError:
            self._loop.after(_RETRY, "agent", self._start_again)
