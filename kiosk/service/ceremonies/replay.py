"""A workstation's journal of a downtime, taken into its chain: in order, each row once, whatever is wrong with it said.

The service remembers the last row that it took, by number and link. A journal that was put back, exchanged or cut does
not go on from there, and that is told in the trail and opens a case. The workstation then begins another journal.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from kiosk.model.binding import Json
from kiosk.model.emergency import OPENED
from kiosk.model.journal import MAX_BATCH, JournalEntry, JournalRow, ReplayIn, ReplayOut, Verdict
from kiosk.model.reported import OUTBOX_DAMAGED, TROUBLES
from kiosk.service.audit.event import Event, Result
from kiosk.service.ceremonies import emergencies, offline_emergencies, offline_sign_ins, station_reports
from kiosk.service.ceremonies.emergencies import SaidOfEmergency
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.shared.frame import Frame
from kiosk.service.store import downtime, lookups, sessions
from kiosk.service.store.downtime import JournalHead
from kiosk.verification import journal as rows_of

MAX_JUMP = 120
"""Seconds that a workstation's clock may gain or lose between two rows."""
HEX = 64
OWN = frozenset(
    {
        "service_lost",
        "service_back",
        "journal_torn",
        "journal_damaged",
        "journal_full",
        "journal_rolled_back",
        "offline_refused",
    }
)
SUSPICIOUS = frozenset({"journal_damaged", "journal_rolled_back", OUTBOX_DAMAGED})
"""Those that a workstation says itself and somebody is to look at."""
FAILURES = SUSPICIOUS | TROUBLES | {"journal_full"}


@dataclass(frozen=True, slots=True)
class RowJudge:
    """Whether the service would have let them in; ``told_again``: said once more of a row that was taken before."""

    take: Callable[[Frame, JournalEntry, dict[str, Json]], Verdict]
    told_again: Callable[[Frame, JournalEntry], Verdict]


JUDGED = {
    offline_sign_ins.SIGN_IN: RowJudge(offline_sign_ins.take, offline_sign_ins.told_again),
    OPENED: RowJudge(offline_emergencies.take, offline_emergencies.told_again),
}
"""By what let somebody in."""
log = logging.getLogger("kiosk.service.ceremonies.replay")


@dataclass(slots=True)
class _Replay:
    """Where it stands while a batch is taken."""

    at: JournalHead
    verdicts: list[Verdict] = field(default_factory=list)
    waiting: list[Event] = field(default_factory=list)
    """Rows that only say something: written together, before anything that decides."""

    def write(self, frame: Frame) -> None:
        waiting, self.waiting = self.waiting, []
        frame.append_all(waiting)


def take(frame: Frame, body: ReplayIn) -> ReplayOut:
    """Take what is new. Raises ``HttpProblemError`` for a body that is no batch at all."""
    entries = _entries(body)
    frame.spent.replaying = True
    found = downtime.head(frame.conn, frame.station.id)
    fresh = JournalHead(body.journal, 0, rows_of.first_link(body.journal, frame.station.id).hex(), 0, 0, "")
    begin = fresh
    if found is not None and found.journal == body.journal:
        begin = found
        if body.head < found.seq:
            return _anew(frame, "journal_rolled_back", entries, {"had": found.seq, "has": body.head})
    elif found is not None:
        _alarm(frame, "journal_replaced", {"had": found.seq})
    pairs = list(zip(entries, body.rows, strict=True))
    for entry, row in pairs:
        if entry.n == begin.seq and begin.seq and row.link != begin.link:
            return _anew(frame, "journal_forked", entries, {"row": entry.n})
    new = [(entry, row) for entry, row in pairs if entry.n > begin.seq]
    had = [entry for entry in entries if entry.n <= begin.seq and entry.action in JUDGED]
    taking = _Replay(begin, [JUDGED[entry.action].told_again(frame, entry) for entry in had])
    state = _take_rows(frame, body.before, pairs, new, taking)
    taking.write(frame)
    if taking.at is not begin:
        downtime.move(frame.conn, frame.station.id, taking.at, found)
    return ReplayOut(taking.at.seq, "renew" if state else "ok", tuple(taking.verdicts))


def _take_rows(
    frame: Frame,
    before: str,
    pairs: list[tuple[JournalEntry, JournalRow]],
    new: list[tuple[JournalEntry, JournalRow]],
    taking: _Replay,
) -> bool:
    """Whether something ended it before its time."""
    key = _key_of(frame)
    for number, (entry, row) in enumerate(pairs):
        link = pairs[number - 1][1].link if number else before
        if not rows_of.follows(row, bytes.fromhex(link)) or (number and entry.n != pairs[number - 1][0].n + 1):
            _alarm(frame, "journal_forked", {"row": entry.n})
            return True
    for entry, row in new:
        if entry.n > taking.at.seq + 1:
            taking.write(frame)
            _alarm(frame, "journal_gap", {"from": taking.at.seq + 1, "to": entry.n - 1})
        elif rows_of.link_of(bytes.fromhex(taking.at.link), row.body).hex() != row.link:
            taking.write(frame)
            _alarm(frame, "journal_forked", {"row": entry.n})
            return True
        if not rows_of.signed(row, key):
            taking.write(frame)
            _alarm(frame, "journal_forged", {"row": entry.n})
            return True
        jumped = _jump(frame, taking.at, entry)
        if jumped:
            taking.write(frame)
            _alarm(frame, "station_clock", {"row": entry.n, "seconds": jumped})
        _one(frame, entry, row, taking)
        taking.at = JournalHead(taking.at.journal, entry.n, row.link, entry.at, entry.up, entry.boot)
    return False


def _entries(body: ReplayIn) -> list[JournalEntry]:
    good = len(body.journal) <= HEX and body.journal.isascii() and _is_hex(body.before) and 0 <= body.head < 1 << 53
    if not good or not 0 < len(body.rows) <= MAX_BATCH or not all(_is_hex(row.link) for row in body.rows):
        raise HttpProblemError(422, "bad_journal", f"A batch has 1 to {MAX_BATCH} rows of one journal.")
    try:
        return [rows_of.entry_of(row) for row in body.rows]
    except rows_of.BadEntryError as error:
        raise HttpProblemError(422, "bad_journal", f"A row cannot be taken: {error}.") from None


def _is_hex(text: str) -> bool:
    return len(text) == HEX and all(c in "0123456789abcdef" for c in text)


def _key_of(frame: Frame) -> ec.EllipticCurvePublicKey:
    """The key that the workstation is known by."""
    key = ECKey.import_key(json.loads(frame.station.jwk or "{}")).public_key
    if not isinstance(key, ec.EllipticCurvePublicKey):  # pragma: no cover - it enrolled with one
        raise HttpProblemError(422, "bad_journal", "This workstation has no key of the right kind.")
    return key


def _one(frame: Frame, entry: JournalEntry, row: JournalRow, taking: _Replay) -> None:
    told: dict[str, Json] = {"offline": True, "station_at": entry.at, "arrived_at": frame.now}
    told |= {"row": entry.n, "link": row.link}
    if entry.action in JUDGED:
        taking.write(frame)
        taking.verdicts.append(JUDGED[entry.action].take(frame, entry, told))
        return
    detail: dict[str, Json] = {f"said_{name}" if name in told else name: text for name, text in entry.detail.items()}
    if entry.action not in station_reports.ACTIONS | OWN or not _fits(entry):
        taking.write(frame)
        _alarm(frame, "journal_unreadable", {**told})
        return
    result: Result = "failure" if entry.action in FAILURES else "seen"
    event = Event(entry.action, result, frame.now, reason=entry.reason, detail={**detail, **told})
    if entry.action in station_reports.OF_AN_EMERGENCY:
        taking.write(frame)
        said = SaidOfEmergency(entry.action, entry.session or "", entry.reason, {**detail, **told}, entry.at)
        emergencies.follow(frame, said)
    elif entry.session:
        taking.write(frame)
        _of_a_session(frame, entry, entry.session, event)
    elif entry.action in SUSPICIOUS:
        taking.write(frame)
        case = offline_sign_ins.open_case(frame, entry.action, entry.at)
        frame.write(replace(event, detail={**event.detail, "case": case}))
    else:
        taking.waiting.append(event)


def _of_a_session(frame: Frame, entry: JournalEntry, name: str, event: Event) -> None:
    session = sessions.held(frame.conn, name)
    if session is None or session.workstation != frame.station.id:
        frame.write(replace(event, detail={**event.detail, "unknown_session": True}))
        return
    known = lookups.person_by_id(frame.conn, session.person)
    station_reports.follow(frame, entry.action, entry.reason, session)
    frame.write(replace(event, session=session.id), known)


def _fits(entry: JournalEntry) -> bool:
    texts = [entry.reason or "", *entry.detail, *entry.detail.values()]
    return len(entry.detail) <= 16 and all(
        len(text) <= station_reports.MAX_FIELD and "\0" not in text for text in texts
    )


def _jump(frame: Frame, last: JournalHead, entry: JournalEntry) -> int:
    """Seconds by which the clock was set between two rows, 0 for not: within one run of the machine by what nobody
    sets, else backwards; and for the first of those that would be in our future, by ours. Whoever does not say in which
    run of the machine it was may have started it anew."""
    ahead = entry.at - frame.now
    if not last.seq:
        return ahead if ahead > MAX_JUMP else 0
    off = entry.at - last.at
    same = bool(entry.boot) and entry.boot == last.boot
    if same:
        off -= (entry.up - last.up) // 1000
    if off < -MAX_JUMP or (same and off > MAX_JUMP):
        return off
    return ahead if ahead > MAX_JUMP >= last.at - frame.now else 0


def _anew(frame: Frame, what: str, entries: list[JournalEntry], detail: dict[str, Json]) -> ReplayOut:
    """Something is wrong before anything new: everything that is sent now comes once more, in another journal."""
    _alarm(frame, what, detail)
    return ReplayOut(max(0, entries[0].n - 1), "renew")


def _alarm(frame: Frame, what: str, detail: dict[str, Json]) -> None:
    log.error("the journal of workstation %s: %s", frame.station.id, what)
    case = offline_sign_ins.open_case(frame, what, frame.now)
    frame.write(Event(what, "failure", frame.now, detail={**detail, "case": case}))
