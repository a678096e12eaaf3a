"""Hands at the enrolment of a station: touches by name, things held until the station has moved on."""

from __future__ import annotations

import functools
import time
from contextlib import suppress
from typing import Any

from kiosk.demo.processes import ChildFailedError, until
from kiosk.service.enrolment import pending
from kiosk.service.folder import open_folder
from kiosk.service.store import enrolments, lookups, recovery_codes, start_codes
from kiosk.settings import AgentSettings, load
from kiosk.simulator.simulated_card import SimulatedCard
from tests.fakes.buttons import place_of
from tests.fakes.colleague import KEY_PIN, Colleague
from tests.fakes.hospital import Ward
from tests.fakes.workplace import Workplace
from tests.fakes.workspace_program import RED

STANDS = {
    "locked": ("locked", "downtime", "refused"),
    "typing": ("locked",),
    "active": ("active",),
    "keys_missing": ("active",),
    "unknown_badge": ("unknown_badge",),
    "choose": ("who.choose",),
    "ask": ("proof.prove.type",),
    "codes": ("new.codes",),
    "done": ("done.done",),
    "lost": ("done.done",),
    "chosen": ("keys.chosen",),
    "confirm": ("keys.confirm",),
    **{f"my_keys.{rows}": ("keys.list",) for rows in range(1, 7)},
}
"""Where the wizard or the station stands while a screen of ``fakes.buttons`` is shown."""


AGAIN = 5.0
"""Seconds after which a person touches once more what did not answer."""


class Wizard:
    """``touches``: buttons pressed and things held so far."""

    def __init__(self, place: Workplace) -> None:
        self.place = place
        self.touches = 0

    def step(self) -> str:
        """Where it stands, as ``kiosk status`` says; else the state of the station."""
        status = self.place.status()
        return str(status.get("step") or status.get("state"))

    def at(self, *steps: str) -> str:
        """Until it stands at one of ``steps``."""
        try:
            return until(f"the wizard at {' or '.join(steps)}", lambda: self._one_of(steps), every=0.03)
        except ChildFailedError as late:
            raise ChildFailedError(f"{late} It is at {self.step()}.") from None

    def _one_of(self, steps: tuple[str, ...]) -> str | None:
        step = self.step()
        return step if step in steps else None

    def press(self, screen: str, name: str) -> None:
        """Touch the button ``name`` of ``screen`` (``fakes.buttons``), once it is to be seen."""
        self.touches += 1
        if screen in STANDS:
            self.at(*STANDS[screen])
        if screen == "typing":
            until("the field for a login", lambda: self.place.status()["entry"] is not None)
        elif screen in ("active", "keys_missing"):
            until("their program", lambda: self.place.shows(RED))
        if screen not in STANDS:
            self.place.touch(*place_of(screen, name))
            return
        before = self.place.status()
        for _ in range(3):
            self.place.touch(*place_of(screen, name))
            with suppress(ChildFailedError):
                until(f"an answer to {name}", functools.partial(self._is_another, before), within=AGAIN)
                return

    def _is_another(self, before: dict[str, Any]) -> bool:
        """Whether a touch had an answer. A person touches again where it had none.

        The screen may say where it stands just before it is painted, and their program may come up over the bar just as
        they touch it: on the single stage its window lies there until the stage sees it.
        """
        now = self.place.status()
        return any(now.get(name) != before.get(name) for name in ("state", "step", "entry", "notice"))

    def touch_digits(self, screen: str, digits: str) -> None:
        """Type on the keypad of ``screen`` by touch, and confirm."""
        for key in (*digits, "Enter"):
            self.place.touch(*place_of(screen, key))

    def tap(self, card: SimulatedCard, *states: str) -> None:
        """Tap ``card`` until the station is in one of ``states``."""
        self.touches += 1
        self.place.tap(card, *states)

    def hold(self, card: SimulatedCard, *steps: str) -> str:
        """Hold ``card`` to the reader until the wizard stands at one of ``steps``."""
        self.touches += 1
        with self.place.lay(card):
            return self.at(*steps)

    def vouched(self, colleague: Colleague, *steps: str) -> str:
        """``colleague`` lays their key down, types its PIN and leaves it there until it has signed."""
        self.touches += 1
        with self.place.lay(colleague.own_key):
            self.at("proof.prove.type")
            self.place.enter(KEY_PIN)
            return self.at(*steps)

    def proved(self, who: Colleague, *steps: str) -> str:
        """Their own key, asked for by its PIN first."""
        self.at("proof.prove.type")
        self.place.enter(KEY_PIN)
        self.at("proof.prove.hold")
        return self.hold(who.own_key, *steps)

    def new_key(self, key: SimulatedCard, pin: str) -> None:
        """A key fresh from its box: its first PIN, its credential, its try."""
        self.touches += 1
        with self.place.lay(key):
            self.at("new.pin.new")
            self.place.enter(pin)
            self.at("new.pin.again")
            self.place.enter(pin)
            self.at("try.hold")
        self.hold(key, "done.done")

    def away(self) -> None:
        """Whatever stands on the screen, it is locked afterwards."""
        with suppress(ChildFailedError):
            self.place.lock()


def start_code(ward: Ward, login: str) -> str:
    """A start code, as the help desk gives it out."""
    folder = open_folder(ward.data)
    db = folder.database()
    try:
        known = db.read_now(lookups.person_by_login, login)
        assert known is not None
        return db.write_now(start_codes.issue, folder.keys.badge, known.person.id, "help desk", "new", int(time.time()))
    finally:
        db.close_now()


def recovery_number(ward: Ward, login: str) -> int:
    """Which of their recovery codes their screen asks for now."""
    db = open_folder(ward.data).database()
    try:
        known = db.read_now(lookups.person_by_login, login)
        assert known is not None
        asked = db.read_now(recovery_codes.ask, known.person.id, int(time.time()))
    finally:
        db.close_now()
    assert asked is not None
    return asked


def offered(ward: Ward, place: Workplace) -> dict[str, Any]:
    """What the enrolment under way at ``place`` offers, as only its screen shows it: read where it waits, sealed."""
    folder = open_folder(ward.data)
    db = folder.database()
    try:
        client = load(AgentSettings, place.home / "agent.toml").client_id
        [row] = db.read_now(enrolments.under_way, client)
        return dict(pending.read(folder.keys, row).offered)
    finally:
        db.close_now()
