"""What this workstation decides by itself, put together: tickets, time, journal and desk. Heavy: made on its thread."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from kiosk.client.proofs import public_jwk
from kiosk.downtime import emergency_who, seal
from kiosk.downtime import kept as kept_file
from kiosk.downtime import ticket as tickets
from kiosk.downtime.desk import Desk
from kiosk.downtime.errors import JournalError, TicketRefusedError
from kiosk.downtime.happening import SIGN_IN, Happening
from kiosk.downtime.journal import Journal
from kiosk.downtime.offline_ceremony import Place
from kiosk.downtime.pin_tries import StationPins
from kiosk.downtime.station_codes import StationCodes
from kiosk.downtime.station_time import StationTime, up
from kiosk.model.binding import Json
from kiosk.model.emergency import OPENED, EmergencyOffer, EmergencyPolicy, WhoItIs
from kiosk.model.people import StationView
from kiosk.model.refusal import Refusal
from kiosk.model.sealed_code import SealedCodePresented
from kiosk.model.ticket import Ticket

FOLDER = Path("downtime")
JOURNAL = FOLDER / "journal.jsonl"
MAX_ENDED = 256
"""Tickets that are remembered as ended, for as long as their own answer may be on its way."""
TICKETS = FOLDER / "tickets.json"
SAVE_EVERY = 30.0
log = logging.getLogger("kiosk.agent.downtime")


class OwnDecisions:
    """``key``, ``station``: the workstation's own. ``known``: the service's last word about it. Thread-safe.

    ``wall``, ``steady``: see ``StationTime``.
    """

    def __init__(
        self,
        home: Path,
        key: ec.EllipticCurvePrivateKey,
        station: str,
        known: Callable[[], StationView | None],
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = up,
    ) -> None:
        self._path, self._key, self._station, self._known = home / TICKETS, key, station, known
        self._jkt = ECKey.import_key({**public_jwk(key)}).thumbprint()
        self._lock = threading.RLock()
        self.journal = Journal(home / JOURNAL, key, station, wall=wall, steady=steady)
        self._kept = kept_file.load(self._path, key.public_key())
        self._time = StationTime(self._kept.latest, wall, steady)
        self._counts = dict(self._kept.counts)
        self._good: dict[str, Ticket] = {}
        self._pins = StationPins(station, self._kept.pins, seal.read(), self.save, self.now, self._lock)
        self._codes = StationCodes(station, self._kept.used_codes, self.save, self._lock)
        self._read()
        self._compare_journal()
        self._ended: deque[str] = deque(maxlen=MAX_ENDED)
        self.unresolved: set[str] = set()
        """Sessions that were opened here and that the service has not heard of."""
        self.desk = Desk(self)

    def place(self) -> Place:
        """Which workstation this is, of which service."""
        known = self._known()
        return Place(self._station, known.rp_id if known else "", known.origin if known else "")

    def now(self) -> float:
        """Epoch seconds that never go back."""
        return self._time.now()

    def tickets(self) -> Collection[Ticket]:
        """Those that count now."""
        with self._lock:
            now = self.now()
            return [made for made in self._good.values() if tickets.good_at(made, now)]

    def counts(self) -> Mapping[str, int]:
        """Signature counters that keys showed here."""
        return self._counts

    def counted(self, key: str, count: int) -> None:
        """A key showed this counter: a copy of it that is behind is found out, after a restart too."""
        with self._lock:
            self._counts[key] = count
            self.save()

    def of_badge(self, uid: str) -> Ticket | None:
        """The ticket that counts now, and whose badge and PIN this workstation may check."""
        return self._pins.of_badge(uid, self.tickets())

    def check_pin(self, ticket: Ticket, pin: str) -> Refusal | None:
        """One try, counted on the disk; None for the right PIN."""
        return self._pins.check(ticket, pin)

    def pins(self) -> bool:
        """Whether a badge and its PIN open anything here while the service is away."""
        return self._pins.any_of(self.tickets())

    def write(self, what: Happening) -> None:
        """Into the journal. Raises ``JournalError``."""
        self.journal.add(what)
        if what.action in (SIGN_IN, OPENED) and what.session is not None:
            self.unresolved.add(what.session)
            self.save()

    def until(self) -> str:
        """Local HH:MM at which the last ticket ends; empty where none counts."""
        last = max((made.exp for made in self.tickets()), default=0)
        return time.strftime("%H:%M", time.localtime(last)) if last else ""

    def emergency(self) -> EmergencyOffer | None:
        """What emergency access this workstation has now, by a policy that the service signed for its key."""
        with self._lock:
            made = self._emergency_policy()
            if made is None:
                return None
            left = tuple(code for code in made.offer.codes if code.digest not in self._codes.used)
            return replace(made.offer, codes=left)

    def emergency_until(self) -> int | None:
        """Until when its policy counts, epoch seconds; None where none counts now. For a rehearsal."""
        with self._lock:
            made = self._emergency_policy()
            return None if made is None else made.exp

    def _emergency_policy(self) -> EmergencyPolicy | None:
        text = self._kept.emergency
        try:
            made = tickets.read_emergency(text, self._kept.keys, self._station, self._jkt) if text else None
        except TicketRefusedError as error:
            log.error("the policy of emergency access does not count: %s", error)
            return None
        return made if made is not None and tickets.lasts_at(made, self.now()) else None

    def take_code(self, text: str) -> bool:
        """A sealed code is about to open something, here or at the service: from here on this workstation knows it for
        used, after a restart too. False if it is none that counts here, or the disk will not have it."""
        offer = self.emergency()
        return offer is not None and self._codes.take(text, {code.digest for code in offer.codes})

    def is_code_spent(self, text: str) -> bool:
        """Whether this workstation has noted it as used. A code of which it knows nothing is none."""
        return self._codes.is_used(text)

    def give_code_back(self, text: str) -> None:
        """A code that was taken has opened nothing."""
        self._codes.give_back(text)

    def open_emergency(self, use: str, presented: WhoItIs | None, reason: str, *, taken: bool = False) -> int | None:
        """Write down that emergency access ``use`` begins, while the service is away; seconds that it lasts. None where
        the policy allows none. ``taken``: its code was taken for this very use. Raises ``JournalError``: then it did
        not begin."""
        offer = self.emergency()
        if offer is None or self.why_no_emergency(presented, reason) is not None:
            return None
        code = presented.code if isinstance(presented, SealedCodePresented) else None
        if code is not None and not taken and not self.take_code(code):
            return None
        proof: dict[str, Json] = {"kind": "nothing"} if presented is None else asdict(presented)
        try:
            self.write(Happening(OPENED, use, reason, proof=proof))
        except JournalError:
            if code is not None:
                self.give_code_back(code)
            raise
        return offer.seconds

    def why_no_emergency(self, presented: WhoItIs | None, reason: str) -> str | None:
        """Why the policy allows whoever presents themselves so none; None if it does."""
        offer = self.emergency()
        if offer is None:
            return "not_here"
        with self._lock:
            return emergency_who.refusal(offer, presented, reason, list(self._good.values()), self._pins.of_badge)

    def keep(self, text: str, uid: str = "", pin: str = "") -> None:
        """A ticket has come, made just now, by that badge's number and PIN where they are said. One that is not for us
        is said in the log, and changes nothing."""
        with self._lock:
            try:
                made = tickets.read(text, self._kept.keys, self._station, self._jkt)
            except TicketRefusedError as error:
                log.error("a downtime ticket is not kept: %s", error)
                return
            self._time.told(made.iat)
            if made.jti in self._ended:
                log.info("a downtime ticket is not kept: the service has ended it by now")
                return
            self._kept = replace(self._kept, tickets=kept_file.with_ticket(self._kept, made.sub, text))
            self._read()
            self.save()
        if uid and pin:
            self._pins.keep(made, uid, pin)

    def heard(self, station: StationView) -> None:
        """The service's present keys."""
        with self._lock:
            if (station.ticket_keys, station.emergency) != (self._kept.keys, self._kept.emergency):
                self._kept = replace(self._kept, keys=station.ticket_keys, emergency=station.emergency)
                self._read()
                self._forget_codes()
                self.save()

    def _forget_codes(self) -> None:
        try:
            text, keys = self._kept.emergency, self._kept.keys
            made = tickets.read_emergency(text, keys, self._station, self._jkt) if text else None
        except TicketRefusedError:
            return
        if made is not None and made.offer.codes:  # an empty list says that none is taken now, and not what was used
            self._codes.only({code.digest for code in made.offer.codes})

    def forget(self, session: str | None, ticket: str | None) -> None:
        """The service has ended the tickets of ``session`` (None: all), ``ticket`` being one of them. An event and the
        answer that it overtakes come on two lines: that one is not kept when it comes."""
        with self._lock:
            if ticket is not None:
                self._ended.append(ticket)
            self.drop(lambda made: session is None or made.session == session or made.jti == ticket)

    def drop(self, unwanted: Callable[[Ticket], bool]) -> None:
        """Forget the tickets that are ``unwanted``."""
        with self._lock:
            gone = {who for who, made in self._good.items() if unwanted(made)}
            if gone:
                left = tuple(pair for pair in self._kept.tickets if pair[0] not in gone)
                self._kept = replace(self._kept, tickets=left)
                self._read()
                self.save()

    def save(self) -> bool:
        """Tickets, time and counters to disk, and whether they are there. A disk that will not is said in the log:
        nothing is opened by it."""
        with self._lock:
            present = tuple((name, count) for name, count in self._counts.items() if self._is_held(name))
            self._pins.only({made.jti for made in self._good.values()})
            self._kept = replace(self._kept, latest=self.now(), counts=present, head=self.journal.at)
            self._kept = replace(self._kept, pins=self._pins.held, used_codes=self._codes.used)
            try:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                kept_file.save(self._path, self._kept, self._key)
            except OSError as error:
                log.error("downtime tickets cannot be kept: %s", error.strerror)
                return False
        return True

    def kept_whole(self) -> bool:
        """Whether the tickets on disk are those that count, as this workstation signed them. For a rehearsal."""
        with self._lock:
            self.save()
            return kept_file.load(self._path, self._key.public_key()).tickets == self._kept.tickets

    def set_back(self) -> float:
        """Seconds by which this computer's clock is behind what it was."""
        return self._time.set_back()

    def _is_held(self, key: str) -> bool:
        return any(held.id == key for made in self._good.values() for held in made.keys)

    def _read(self) -> None:
        """``_good`` anew, from what is kept: whoever signed it, for whom, is looked at each time."""
        self._good = {}
        for who, text in self._kept.tickets:
            try:
                made = tickets.read(text, self._kept.keys, self._station, self._jkt)
            except TicketRefusedError as error:
                log.error("a kept downtime ticket does not count: %s", error)
                continue
            if made.sub == who:
                self._good[who] = made

    def _compare_journal(self) -> None:
        """A journal that is behind what was kept beside it has lost its end, or was put back or taken away."""
        name, number = self._kept.head
        have = self.journal.at
        if (name == have[0] and have[1] < number) or (name and name != have[0] and not have[1]):
            self.journal.add(Happening("journal_rolled_back", detail={"had": str(number), "has": str(have[1])}))
