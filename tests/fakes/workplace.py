"""One station in a story, as whoever stands before it: what they see, type, touch and lay on its reader."""

from __future__ import annotations

import contextlib
import functools
import json
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from Xlib import X, display, error

from kiosk.agent.doorbell import address
from kiosk.agent.doorbell.client import AgentNotRunningError, ask
from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.hospital import DemoStation
from kiosk.demo.processes import PATIENCE, ChildFailedError, ChildProgram, until
from kiosk.demo.screen import VirtualScreen
from kiosk.simulator.link import Placed
from kiosk.simulator.simulated_card import SimulatedCard
from tests.fakes.colleague import Colleague
from tests.fakes.commands import kiosk

if TYPE_CHECKING:  # it makes these
    from tests.fakes.hospital import Ward

READ = 0.5
"""Seconds in which a card on the reader has been read and the service been asked about it."""
LOCK_BUTTON = (1204, 26)
"""Where it is on the bar of a screen of 1280 × 800."""
_made: weakref.WeakSet[Workplace] = weakref.WeakSet()


def stations_at(cards: VirtualCardService, slot: int) -> list[str]:
    """Names of the stations, of any hospital in this process, that watch that reader now."""
    return [place.station.name for place in _made if place.at_reader(cards, slot)]


class Workplace:
    """One station: what is on its screen, whose hands are on its keyboard, what lies on its reader."""

    def __init__(self, ward: Ward, station: DemoStation, screen: VirtualScreen, slot: int) -> None:
        self.ward, self.station, self.screen, self.slot = ward, station, screen, slot
        self.home = station.home
        self._glass: display.Display | None = None
        _made.add(self)

    def at_reader(self, cards: VirtualCardService, slot: int) -> bool:
        """Whether its agent runs, and watches that reader."""
        child = self.station.child
        return self.ward.cards is cards and self.slot == slot and child is not None and child.running

    def status(self) -> dict[str, Any]:
        """What ``kiosk status --json`` prints, asked as that asks; empty while the agent is down.

        Not by the command: this is asked thirty times a second, and its words would be taken apart each time.
        """
        try:
            answer = ask(address.doorbell(self.home), {"op": "status"})
        except AgentNotRunningError:
            return {}
        return {} if "error" in answer else answer

    def wait(self, *states: str, **wanted: str) -> dict[str, Any]:
        """Until it is in one of ``states``, and ``login`` or any other word of its status is as ``wanted``."""

        through: list[str] = []

        def arrived() -> dict[str, Any] | None:
            status = self.status()
            now = " ".join(str(status.get(name) or "-") for name in ("state", "step", "notice"))
            if through[-1:] != [now]:
                through.append(now)
            said = {**status, "login": status.get("person")}
            right = status.get("state") in states and all(said.get(name) == value for name, value in wanted.items())
            return status if right else None

        try:
            return until(f"{self.station.name} to be {' or '.join(states)} {wanted or ''}", arrived, every=0.03)
        except ChildFailedError as late:
            raise ChildFailedError(f"{late} It was {through}. It is {self._how_it_is()}.") from None

    def _how_it_is(self) -> str:
        """What a station says of itself, and its log's end, for whoever reads why a test failed."""
        child = self.station.child
        if child is None:
            return "not started"
        told: object = self.status()
        try:
            told = told or kiosk("status", "--home", str(self.home), "--json")
        except ChildFailedError as error:
            told = f"{'running' if child.running else 'ended'}, and {error}"
        with contextlib.suppress(ChildFailedError):
            rows = self.ward.trail(station=self.station.name)[-6:]
            last = [(row["action"], row["result"], row.get("reason")) for row in rows]
            told = f"{told}, and its last rows are {last}"
        log, service = self.home / "log" / "agent.log", self.ward.service
        of_the_agent = log.read_text(errors="replace").splitlines()[-15:] if log.exists() else []
        logs = [child.tail(), *of_the_agent, "the service:", service.tail() if service is not None else "not started"]
        return "\n".join([str(told), *logs])

    @contextlib.contextmanager
    def lay(self, card: SimulatedCard) -> Iterator[Placed]:
        """``card`` lies on this station's reader, which was seen empty before; afterwards it has seen the card go.

        What lies there when a station first looks (at its start, or where the card service is back) is no tap.
        """
        until("an empty reader", lambda: not self.status() or self._reader() == "ready")
        with Placed(card, self.ward.cards.connect(self.slot)) as placed:
            assert placed.wait_seen(PATIENCE), "the reader did not notice the card"
            yield placed
        self.empty()

    def empty(self) -> None:
        """Until the station sees nothing on its reader; at once where its agent is down."""
        until("the card to be lifted", lambda: self._reader() in ("ready", None))

    def _reader(self) -> str | None:
        for reader in self.status().get("readers") or []:
            if reader["name"].startswith(self.station.reader):
                return str(reader["state"])
        return None

    def tap(self, card: SimulatedCard, *states: str, login: str | None = None) -> dict[str, Any]:
        """Hold ``card`` there until the station is in one of ``states``, for ``login`` if given; its status then."""
        with self.lay(card):
            return self.wait(*states, login=login) if login else self.wait(*states)

    def brush(self, card: SimulatedCard) -> None:
        """Hold ``card`` there for as long as it takes to be read, when nothing is expected to come of it."""
        with self.lay(card):
            until("the card to be seen", lambda: self._reader() == "card")
            time.sleep(READ)  # what must not come of it would have come by then

    def enter(self, text: str) -> None:
        """Type it into the field that waits for it, press Enter, and see it taken.

        As a person does, who looks before they type. What was typed may be answered later.
        """
        until(f"a field at {self.station.name}", lambda: self._field()[0] is not None)
        self._await_keyboard()
        before = self._field()
        self.screen.type(text)
        self.screen.press("Return")
        until(f"what was typed at {self.station.name} to be taken", lambda: self._field() != before)

    def press(self, *keys: str) -> None:
        """Press keys, by their X names, at the station's own screen."""
        self._await_keyboard()
        self.screen.press(*keys)

    def touch(self, x: int, y: int) -> None:
        """Touch the station's own screen, or its bar, where nothing else lies over it."""
        until("the station's own window", lambda: self._looks(lambda glass: _is_ours(_under(glass, x, y))))
        self.screen.click(x, y)

    def lies_over(self, x: int, y: int) -> bool:
        """Whether the station's own window is uppermost at that place."""
        return self._looks(lambda glass: _is_ours(_under(glass, x, y)))

    def _field(self) -> tuple[int | None, str | None, str | None]:
        """The number of the field that takes what is typed, and on which screen that is."""
        return _field_of(self.status())

    def _await_keyboard(self) -> None:
        """Nobody types before they see the screen; by then it has the keyboard, which a program had a moment ago."""
        until("the keyboard", lambda: self._looks(lambda glass: _is_ours(glass.get_input_focus().focus)))

    def _looks(self, question: Callable[[display.Display], bool]) -> bool:
        """``question`` about what is on its screen, as another client of the display sees it."""
        self._glass = self._glass or display.Display(self.screen.display)
        return question(self._glass)

    def close(self) -> None:
        """Look no more."""
        if self._glass is not None:
            self._glass.close()
            self._glass = None

    def _read_on(self, page: str) -> bool:
        """Enter turns the page, again where it came before the page could be read; whether another is there."""
        if self.status().get("step") == page and not page.endswith(".busy"):
            self.press("Return")
        return self.status().get("step") != page

    def asked(self, login: str | None = None) -> dict[str, Any]:
        """A step-up stands on the screen, read to its end and ready to be typed at; the status."""
        status = self.wait("step_up", login=login) if login else self.wait("step_up")
        while (page := str(status.get("step") or "")).startswith("read."):
            until("the next page", functools.partial(self._read_on, page), every=1)
            status = self.status()
        return status

    def sign_in(self, who: Colleague) -> dict[str, Any]:
        """Badge, then PIN unless within grace; active for them."""
        if self.tap(who.badge, "second_factor", "active")["state"] == "second_factor":
            self.enter(who.pin)
        return self.wait("active", login=who.login)

    def shows(self, colour: int) -> bool:
        """Whether the middle of the screen is of ``colour`` (0xRRGGBB)."""

        def middle(glass: display.Display) -> bool:
            screen = glass.screen()
            at = screen.width_in_pixels // 2, screen.height_in_pixels // 2
            blue, green, red, _ = screen.root.get_image(*at, 1, 1, X.ZPixmap, 0xFFFFFFFF).data
            return bool(colour == red << 16 | green << 8 | blue)

        return self._looks(middle)

    def covered(self, colour: int) -> None:
        """``colour`` is not to be seen any more."""
        until("the workspace to be covered", lambda: not self.shows(colour))

    def lock(self) -> None:
        """Whatever was open here is not any more."""
        try:
            until(f"{self.station.name} to be locked", self._lock)
        except ChildFailedError as late:
            raise ChildFailedError(f"{late} It is {self._how_it_is()}.") from None

    def _lock(self) -> bool:
        """One touch or key, and a while for what comes of it: what a program lay over is touched again."""
        status = self.status()
        match status.get("state"):
            case "locked" | "refused" | "downtime" if status["entry"] is None:
                return True
            case "active" | "fading":
                self.screen.click(*LOCK_BUTTON)
            case "aftermath" | "opening":
                pass  # it goes by itself, and every key would make it stay
            case _:
                self.screen.press("Escape")
        with contextlib.suppress(ChildFailedError):
            until("it to go on", lambda: self._field() != _field_of(status), within=1, every=0.03)
        return False

    def ask(self, request: Mapping[str, object]) -> ChildProgram:
        """A program of the station itself rings the doorbell; ``answer_of`` reads what it gets."""
        return self.station.ask(request)

    def ask_inside(self, who: Colleague, request: Mapping[str, object], *words: str) -> Path:
        """A program in ``who``'s workspace rings, by ``kiosk step-up`` unless ``words`` name another command; the file
        that will hold its exit status and answer."""
        folder = self.home / "asked"
        answer = folder / f"{who.login}-{time.monotonic_ns()}.answer"
        pipe = folder / f"{who.login}.pipe"
        until(f"{who.login}'s program", pipe.exists)
        more = {"words": words} if words else {}
        pipe.write_text(json.dumps({"answer": str(answer), "request": request, **more}) + "\n")
        return answer


def _field_of(status: Mapping[str, Any]) -> tuple[int | None, str | None, str | None]:
    return status.get("entry"), status.get("state"), status.get("step")


def _under(glass: display.Display, x: int, y: int) -> Any:
    """The uppermost window at that place; 0 if there is none."""
    root = glass.screen().root
    return root.translate_coords(root, x, y).child


def _is_ours(window: Any) -> bool:
    """Whether it is the station's own window, and not a program's."""
    if isinstance(window, int):
        return False
    with contextlib.suppress(error.BadWindow):  # closed while we looked
        return str(window.get_wm_name() or "").strip() == "kiosk"
    return False
