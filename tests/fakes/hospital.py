"""A whole hospital for the stories: real pcscd, a real service over TLS, real agents, each on a screen of its own.

A story observes from outside only: a station's status, exit statuses, the audit trail, pixels. Cards are placed by this
process, administrators' commands run in it; service, agents and asking programs are processes of their own.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from Xlib import X, display, error

from kiosk.agent.doorbell import address
from kiosk.agent.doorbell.client import AgentNotRunningError, ask
from kiosk.demo.hospital import KIOSK, DemoStation, Hospital, reader_name
from kiosk.demo.processes import PATIENCE, ChildFailedError, ChildProgram, until
from kiosk.demo.screen import VirtualScreen
from kiosk.simulator.link import Placed
from kiosk.simulator.simulated_card import SimulatedCard
from tests.fakes.commands import kiosk
from tests.fakes.forked import ForkedPopen
from tests.fakes.memory import memory
from tests.fakes.simulated_cards import a_badge, a_key

COUNTER = 3
"""The slot of the reader at the enrolment counter; every other one may be a station's."""
SETTLED = 3.5
"""Seconds after signing in from which the own badge means leaving (it takes 3)."""
READ = 0.5
"""Seconds in which a card on the reader has been read and the service been asked about it."""
LOCK_BUTTON = (1204, 26)
"""Where it is on the bar of a screen of 1280 × 800."""
PROGRAM = Path(__file__).with_name("workspace_program.py")
KEY_PIN = "plum tree 73"


@dataclass
class Colleague:
    """``uid``: of the badge; ``key``: a FIDO2 key whose PIN is ``KEY_PIN``, if there is one."""

    login: str
    name: str
    uid: str
    pin: str
    key: SimulatedCard | None = None
    _badge: SimulatedCard | None = field(default=None, repr=False)

    @property
    def badge(self) -> SimulatedCard:
        self._badge = self._badge or a_badge(self.uid)
        return self._badge

    @property
    def own_key(self) -> SimulatedCard:
        assert self.key is not None, f"{self.login} has no key"
        return self.key


class Workplace:
    """One station: what is on its screen, whose hands are on its keyboard, what lies on its reader."""

    def __init__(self, ward: Ward, station: DemoStation, screen: VirtualScreen, slot: int) -> None:
        self.ward, self.station, self.screen, self.slot = ward, station, screen, slot
        self.home = station.home
        self._glass: display.Display | None = None

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


class ForkedProgram(ChildProgram):
    """The service, which need not read its program anew."""

    starts = ForkedPopen


class Ward(Hospital):
    """A hospital whose administrators' commands run in this process. Its programs may name any audience."""

    def __init__(self, *args: Any, **words: Any) -> None:
        settings = str(words.pop("settings", ""))
        rest = settings.partition("[policy]\n")
        words["settings"] = f"{rest[0]}\n[policy]\nopen_audiences = true\n{rest[2]}"
        super().__init__(*args, **words)
        # On a busy disk a commit takes seconds, and stations wait for five.
        self._memory = tempfile.TemporaryDirectory(prefix="kiosk-ward-", dir=memory(), ignore_cleanup_errors=True)
        self.data = Path(self._memory.name) / "service"
        self._numbers = itertools.count(1)
        self._screens: list[VirtualScreen] = []
        self._places: list[Workplace] = []

    def start_service(self) -> None:
        self._runs += 1
        words = [*KIOSK, "service", "run", "--data", str(self.data)]
        self.service = ForkedProgram(words, self.folder / f"service-{self._runs}.out", env=self.env)
        self.service.wait_for("ready")

    def command(self, *words: str, typed: str | None = None) -> str:
        return kiosk(*words, typed=typed or "")

    def workplace(
        self,
        name: str,
        place: str,
        slot: int,
        *,
        settings: str = "",
        service: str = "",
        exempt: bool = False,
        nested: Sequence[str] = (),
        program: Sequence[str] = (),
        size: tuple[int, int] = (1280, 800),
        readable: Sequence[Path] = (),
    ) -> Workplace:
        """A station with its own screen, not started. ``service``: another replica's URL.

        ``nested``: the program of each person, for a station under the stage, ``program`` for one that is not;
        ``readable`` as of ``Hospital.station``.
        """
        screen = VirtualScreen(self.folder / f"{name}-screen", *size)
        screen.start()
        self._screens.append(screen)
        (self.folder / name / "asked").mkdir(parents=True)
        alone = [sys.executable, "-I", str(PROGRAM), str(self.folder / name / "asked"), "{login}"]
        ours, self.url = self.url, service or self.url
        try:
            more = f"workspace = {json.dumps(list(nested or program) or alone)}\nsounds = false\n{settings}"
            seen = readable if nested else None
            station = self.station(name, place, slot=slot, settings=more, exempt=exempt, readable=seen)
        finally:
            self.url = ours
        station.env = {**self.cards.environment, "DISPLAY": screen.display, "QT_QPA_PLATFORM": "xcb"}
        made = Workplace(self, station, screen, slot)
        self._places.append(made)
        return made

    def stop(self) -> None:
        super().stop()
        for place in self._places:
            place.close()
        for screen in self._screens:
            screen.stop()
        self._memory.cleanup()

    def hire(self, name: str, role: str = "nurse", *, pin: bool = True, key: bool = False) -> Colleague:
        """A new person with a badge, and what else is named. Everybody's numbers are their own."""
        number = next(self._numbers)
        login = f"{name.split()[0].lower()}{number}"
        who = Colleague(login, name, f"04C0FFEE{number:06X}", f"{731000 + 37 * number}")
        self.person(login, name, role, uid=who.uid, pin=who.pin if pin else "")
        if key:
            who.key = a_key(None, KEY_PIN)
            self.enrol_key(who)
        return who

    def enrol_key(self, who: Colleague) -> None:
        """Their key is laid on the counter's reader and enrolled."""
        with self.on_counter(who.own_key):
            self.admin("key", "add", who.login, "--reader", reader_name(COUNTER), typed=KEY_PIN)

    @contextlib.contextmanager
    def on_counter(self, card: SimulatedCard) -> Iterator[None]:
        """``card`` lies on the counter's reader."""
        with Placed(card, self.cards.connect(COUNTER)) as placed:
            assert placed.wait_seen(PATIENCE)
            yield

    def trail(self, **wanted: object) -> list[dict[str, Any]]:
        """The rows of the exported audit trail whose words are as ``wanted``, in the order of their time.

        The export goes chain by chain, and each station has a chain of its own.
        """
        lines = self.command("audit", "export", "--data", str(self.data), "--format", "jsonl").splitlines()
        rows: list[dict[str, Any]] = sorted((json.loads(line) for line in lines), key=lambda row: row["at"])
        return [row for row in rows if all(row.get(name) == value for name, value in wanted.items())]

    def verify(self) -> str:
        """What ``kiosk audit verify`` says of a trail that holds. Raises ``ChildFailedError`` if it does not."""
        self.command("audit", "checkpoint", "--data", str(self.data))
        return self.command("audit", "verify", "--data", str(self.data))


def answer_in(path: Path) -> tuple[int, dict[str, Any]]:
    """Exit status and JSON that a program in a workspace got."""
    until("the program's answer", path.exists)
    status, _, text = path.read_text().partition("\n")
    return int(status), json.loads(text or "{}")
