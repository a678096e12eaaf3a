"""A workstation put together: its rooms made in order, started once the lock screen is to be seen, ended in order."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from kiosk.agent.backend import make_stage
from kiosk.agent.cards import Cards
from kiosk.agent.carrying_out import ScreenWindow
from kiosk.agent.conductor import Conductor
from kiosk.agent.doorbell import address
from kiosk.agent.doorbell.inside_doors import HandedOver, InsideDoors
from kiosk.agent.doorbell.open_requests import PendingStepUps
from kiosk.agent.doorbell.request import Request
from kiosk.agent.emergency_programs import EmergencyPrograms
from kiosk.agent.hooks import Hooks
from kiosk.agent.link import Link
from kiosk.agent.log_rotated import rotate
from kiosk.agent.net import Net
from kiosk.agent.printer import Printer
from kiosk.agent.sounds import Sounds
from kiosk.agent.worker import Post, place_of
from kiosk.model.people import ProgramView, StationView
from kiosk.reader import CardServiceStoppedError, OpenCard, Watching, open_readers
from kiosk.reader.wedge import WedgeReader
from kiosk.session.facts.events import Event
from kiosk.session.facts.program_bar import BarLeft, BarReached, ProgramsChanged
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.stage_news import (
    IdleExpired,
    StageFailed,
    StageLocked,
    UserActivity,
    WorkspaceEnded,
    WorkspaceGone,
    WorkspaceShown,
)
from kiosk.session.facts.station_news import KeyboardChanged, Online, RoomFailed, Started
from kiosk.settings import AgentSettings
from kiosk.settings.sounds import loudness
from kiosk.stage import Audience
from kiosk.stage.keyboard_state import KeyboardWatch, Locks
from kiosk.stage.touch import TouchWatch

_NAMES = {"none": 0, "initials": 1, "full": 2}
log = logging.getLogger("kiosk.agent")
WORKSPACE_LOG = Path("log") / "workspace.log"


class Door(Protocol):
    def close(self) -> None: ...


class StationAgent:
    """Everything but the window and Qt's loop. ``ready`` is called, on any thread, once readers and doorbell are up."""

    def __init__(self, home: Path, settings: AgentSettings, conductor: Conductor, ready: Callable[[], None]) -> None:
        self._home = home
        self._settings = settings
        self._conductor = conductor
        self._post: Post = conductor.post
        self._ready = ready
        self._waiting_for = {"readers", "doorbell"}
        self._lock = threading.Lock()
        self._doors: list[Door] = []
        self._inside = InsideDoors()
        self._readers: Watching | None = None
        self._doorbell_for: Callable[[str], Path] | None = None
        self.rings = PendingStepUps(self._post)
        self.link = Link(home, settings, self._ruled, conductor.sessions)
        self.net = Net(self.link, self._post)
        card_readers = bool(settings.readers or settings.insertion_readers)
        self.wedge = WedgeReader(self._post, settings.wedge, wanted=card_readers) if settings.wedge else None
        self.cards = Cards(self._lend, self._rp_id, self._post)
        audience = Audience(
            shown=lambda login: self._post(WorkspaceShown(login)),
            failed=lambda detail: self._post(StageFailed(detail)),
            idle=lambda: self._post(IdleExpired()),
            locked=lambda reason: self._post(StageLocked(reason)),
            gone=self._workspace_gone,
            ended=lambda login, limit: self._post(WorkspaceEnded(login, limit)),
            programs=lambda login, running: self._post(ProgramsChanged(login, running)),
            reached=lambda: self._post(BarReached()),
            left=lambda: self._post(BarLeft()),
            door=self._inside.take,
            network=_say_network,
        )
        self.display = _x_display()
        self.hooks = Hooks(settings.hooks, settings.hook_seconds, self.link.tell)
        self.programs = EmergencyPrograms(lambda pid: self.stage.owner_of(pid), self._programs, self.link.tell)
        self.printer = Printer(settings.print_command, settings.language, self._post)
        self.touch = TouchWatch(self.display, lambda: self._post(UserActivity()))
        self.keyboard = KeyboardWatch(self.display, self._keyboard_says)
        self.sounds = Sounds(loudness(settings.sounds, settings.night), self._place, self._post)
        log_file = home / WORKSPACE_LOG
        self.stage = make_stage(settings, audience, self._env_for, log_file, self.display, self._pages)

    def show(self, window: ScreenWindow) -> None:
        """Join the rooms with ``window``; the session begins, locked."""
        self._conductor.readers_seen = lambda: self._up("readers")
        self._conductor.attach(window, self.stage, self.cards, self.net, self.link, self.rings)
        self._conductor.attach_watchers(self.touch, self.keyboard, self.hooks, self.programs, self.printer, self.sounds)
        known, own = self.link.station, self._settings
        known = self._with_overrides(known) if known else None
        can_print = bool(own.print_command)
        said = Started(known, own.removal_locks, own.tap_out, own.max_session, own.sign_after, can_print, own.help_desk)
        self._post(said)
        self.sounds.look()
        self._conductor.place_known = self.sounds.look

    def start(self) -> None:
        """Once the lock screen is to be seen: everything that would have kept it waiting."""
        threading.Thread(target=self._start, name="start", daemon=True).start()

    def stop(self) -> None:
        """Cover, say goodbye, end every thread that can be waited for."""
        self.stage.cover()
        self.link.tell(ReportEvent("agent_stop"))
        self.rings.close()
        self._inside.close()
        for door in self._doors:
            door.close()
        if self._readers is not None:
            self._readers.stop()
        self.cards.stop()
        self.net.stop()
        self.sounds.stop()
        self.touch.close()
        self.keyboard.close()
        self.hooks.stop()
        self.programs.leave()
        self.printer.stop()
        self.stage.close()
        self.link.stop()
        self._conductor.inbox.close()

    def _start(self) -> None:
        try:
            wanted = self._settings
            hear = self.wedge.hear if self.wedge is not None else self._post
            self._readers = open_readers(hear, wanted.readers, wanted.insertion_readers, wanted.in_process_reader)
            self._readers.start()
            self.link.start()
            rotate()
            self.net.start()
            self.keyboard.start()
            self._open_doors()
            self._up("doorbell")
            self.cards.start()
        except Exception as error:
            log.error("START: %s", place_of(error))
            self._post(RoomFailed("START"))

    def _open_doors(self) -> None:
        doors = ["local"]
        self._doorbell_for = self._open_local_door()
        if port := self._settings.doorbell_port:
            doors.append(self._open_web_door(port))
        self.link.say_doors(tuple(doors))

    def _open_local_door(self) -> Callable[[str], Path]:
        """The local socket; by login, where that person's programs ring."""
        from kiosk.agent.doorbell.local import LocalDoor  # 20 ms, all of it together
        from kiosk.agent.helpdesk import hand_on
        from kiosk.agent.kerberos import KerberosTickets
        from kiosk.agent.program_tokens import ProgramTokens

        seen = self._conductor.seen

        def help_desk(request: Request) -> object:
            return hand_on(self.link, request)

        local = LocalDoor(
            self._home,
            self.rings,
            self.stage.owner_of,
            lambda: self._conductor.status,
            help_desk,
            self._programs,
            ProgramTokens(self.link, seen).give,
            KerberosTickets(self.link, seen).certify if self._settings.workspace_kerberos else None,
        )
        self._doors.append(local)
        return local.path_for

    def _open_web_door(self, port: int) -> str:
        """The loopback page; how the service's list of workstations shows it."""
        from kiosk.agent.attesting import hand_on as attest
        from kiosk.agent.doorbell.askings import Askings
        from kiosk.agent.doorbell.sign_in_page import SignInPage
        from kiosk.agent.doorbell.web import PortTakenError, WebDoor

        askings, seen = Askings(), self._conductor.seen
        page = SignInPage(self._service_origin, lambda said, asker: attest(self.link, seen, askings, said, asker))

        def open_door(inside: HandedOver | None) -> WebDoor:
            owner = self.stage.owner_of
            return WebDoor(port, self.rings, owner, self._origins, self._programs, page, inside)

        try:
            if self._settings.pages_ring_inside:
                self._inside.open(open_door)
            else:
                self._doors.append(open_door(None))
        except PortTakenError as error:
            log.error("%s", error)
            return f"web {port} taken"
        return f"web {port}"

    def _keyboard_says(self, now: Locks) -> None:
        self._post(KeyboardChanged(now.caps, now.layout if now.layouts > 1 else ""))

    def _up(self, what: str) -> None:
        with self._lock:
            before = bool(self._waiting_for)
            self._waiting_for.discard(what)
            done = before and not self._waiting_for
        if done:
            self._ready()

    def _lend(self, tap: int) -> OpenCard:
        typed = self.wedge.lend(tap) if self.wedge is not None else None
        if typed is not None:
            return typed
        if self._readers is None:
            raise CardServiceStoppedError
        return self._readers.lend(tap)

    def _rp_id(self) -> str:
        return self.link.station.rp_id if self.link.station else ""

    def _place(self) -> str:
        return self.link.station.place if self.link.station else ""

    def _origins(self) -> tuple[str, ...]:
        return self.link.station.web_origins if self.link.station else ()

    def _pages(self) -> tuple[str, ...]:
        """Those that browsers inside let to their doorbell: the registered ones, and the service's own."""
        service = self._service_origin()
        return (*((service,) if service else ()), *self._origins()) if self._settings.pages_ring_inside else ()

    def _workspace_gone(self, login: str) -> None:
        self._inside.gone(login)
        self._post(WorkspaceGone(login))

    def _service_origin(self) -> str:
        return self.link.station.origin if self.link.station else ""

    def _programs(self) -> tuple[ProgramView, ...]:
        return self.link.station.programs if self.link.station else ()

    def _env_for(self, login: str) -> dict[str, str]:
        return {address.VARIABLE: str(self._doorbell_for(login))} if self._doorbell_for else {}

    def _ruled(self, event: Event) -> None:
        """The link's events, with this station's own settings over the service's word."""
        if isinstance(event, Online):
            event = Online(self._with_overrides(event.station))
        self._post(event)

    def _with_overrides(self, station: StationView) -> StationView:
        return with_overrides(station, self._settings)


def _say_network(login: str, leads: bool) -> None:
    if leads:
        log.info("the programs of a workspace reach the network")
    else:
        log.warning("the programs of a workspace reach nothing: its way out has ended, or did not come up")


def with_overrides(station: StationView, own: AgentSettings) -> StationView:
    """What the service says of this station, and what the station itself says. Names: the stricter of the two."""
    names = min(station.names, own.names, key=lambda name: _NAMES.get(name, 0))
    return replace(
        station,
        idle=own.idle or station.idle,
        warning=own.warning or station.warning,
        names=names,
        help_desk=own.help_desk or station.help_desk,
    )


def _x_display() -> str | None:
    """The X display that the stage may watch; None on any other platform of Qt."""
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM", "xcb") != "xcb":
        return None
    return os.environ.get("DISPLAY") or None
