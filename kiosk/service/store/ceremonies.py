"""Ceremonies and their challenges, as rows."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, delete, select

from kiosk.model.break_glass import UnderEmergency
from kiosk.model.challenge import CommitmentOpening
from kiosk.model.second import SecondOf
from kiosk.model.stepup import StepUpAsk
from kiosk.service.store import integrity, stored_json
from kiosk.service.store.columns import being
from kiosk.service.store.errors import UnreadableRowError
from kiosk.service.store.schema import ceremony, challenge
from kiosk.service.store.stored_json import JsonObject, UnreadableError
from kiosk.service.store.stored_proofs import StoredProof
from kiosk.service.store.unit import unit_of

# Built once: every session that is locked asks this, and to build a statement takes longer than to run it.
_UNDER_WAY = select(ceremony.c.id).where(
    ceremony.c.session == bindparam("of_session"),
    ceremony.c.purpose.in_(("step_up", "second")),
    being(ceremony.c.state, "prove"),
    ceremony.c.expires > bindparam("now"),
)

_FIND = select(ceremony).where(ceremony.c.id == bindparam("wanted"))


@dataclass(frozen=True, slots=True)
class StepUpRequest:
    """What a program asked for, as it is stored: ``StepUpIn``, and what was decided about it when it came.

    ``acr``: what it needs. ``purposes``: to choose from, where the program states none. ``audience``: who will check
    the token. ``registered``: the name of a registered program. ``words``: what the application calls the resource,
    as pairs of language and text. ``known_audience``: an administrator added its application. ``asked``: id of the
    server's question that this is, ``server`` its title, ``message`` what it wrote, ``least`` what it wants at least.
    ``risk``: from 0 to 100, when it came, for these ``reasons``; ``own_risk``: what of it nobody else can have brought
    about, all of it where that was not yet written. ``agent``: client id of a server that is a program which acts by
    itself. ``emergency``: the emergency access in which it is asked for, whose id is then that of the session. Those
    with a default were not yet written by older versions.
    """

    ask: StepUpAsk
    session: str
    program: str
    origin: str | None
    acr: str
    audience: str
    sensitivity: Literal["normal", "sensitive", "restricted"] | None = None
    purposes: tuple[str, ...] = ()
    name: str = ""
    sha256: str | None = None
    registered: str = ""
    words: tuple[tuple[str, str], ...] = ()
    known_audience: bool = False
    asked: str = ""
    server: str = ""
    message: str | None = None
    least: str = ""
    risk: int = 0
    own_risk: int = 100
    reasons: tuple[str, ...] = ()
    agent: str = ""
    emergency: UnderEmergency | None = None

    @property
    def delivery(self) -> Literal["direct", "collect", "backchannel"]:
        """Who gets what is granted: the program, a page's backend, or a server at the token endpoint."""
        return "backchannel" if self.asked else "collect" if self.origin is not None else "direct"


@dataclass(frozen=True, slots=True)
class ForEnrolment:
    """What a ceremony of an enrolment proves something for.

    ``kind``, ``act``: of the enrolment. ``factor``: short id of what is lost or replaced, or of the badge that moves.
    ``subject``: id and login of whose enrolment it is; None where that does not show yet.
    """

    enrolment: str
    act: Literal["add", "lost"]
    kind: str | None
    factor: str | None
    subject: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class CeremonyDetail:
    """What else a ceremony remembers. ``login``: as typed. ``uid``: of a PKOC badge. ``purpose``: of a step-up.

    ``enrolling``: in a ceremony of an enrolment alone. ``reasons``: of a sign-in that is asked for more because of its
    risk. ``signed``: of a step-up that waits for a second person, SHA-256 (hex) of what its own person signed last, and
    ``signed_seq`` its row in the chain. ``second_of``: what a second person is to agree to, from the
    address ``source``. ``ended_why``: a ``RefusalCode``, of a step-up that somebody ended who was not at its station.
    """

    login: str | None = None
    uid: str | None = None
    purpose: str | None = None
    enrolling: ForEnrolment | None = None
    reasons: tuple[str, ...] = ()
    signed: str = ""
    signed_seq: int = 0
    second_of: SecondOf | None = None
    source: str = ""
    ended_why: str = ""


@dataclass(frozen=True, slots=True)
class CeremonyRow:
    """A ceremony as stored. ``request``: of a step-up, until it is forgotten."""

    id: str
    purpose: Literal["sign_in", "step_up", "enrol", "vouch", "second"]
    workstation: str
    person: str | None
    state: Literal["prove", "done", "refused"]
    presented: Literal["uid", "piv", "fido2", "pkoc", "login", "session", "start_code"]
    why: str
    created: int
    expires: int
    proved: tuple[StoredProof, ...] = ()
    session: str | None = None
    request: StepUpRequest | None = None
    detail: CeremonyDetail = CeremonyDetail()
    tap: int | None = None
    ended: int | None = None


@dataclass(frozen=True, slots=True)
class ChallengeRow:
    """A challenge as stored. ``openings``: of the commitments in ``statement``."""

    id: str
    ceremony: str
    method: str
    label: str
    nonce: bytes
    statement: str
    openings: tuple[CommitmentOpening, ...]
    created: int
    expires: int
    used: int | None = None


def add(conn: Connection, row: CeremonyRow) -> None:
    """Record a new ceremony."""
    integrity.add(conn, ceremony, _values(row))


def save(conn: Connection, row: CeremonyRow) -> None:
    """Record what a ceremony has become."""
    integrity.replace(conn, ceremony, _values(row))


def find(conn: Connection, ceremony_id: str) -> CeremonyRow | None:
    """The ceremony of that id. Raises ``UnreadableRowError`` for one that this version cannot read."""
    row = conn.execute(_FIND, {"wanted": ceremony_id}).first()
    if row is None:
        return None
    integrity.check(conn, ceremony, row._mapping)
    try:
        return _row(row._mapping)
    except UnreadableError as error:
        raise UnreadableRowError("ceremony", ceremony_id, str(error)) from None


def find_again(conn: Connection, row: CeremonyRow) -> CeremonyRow:
    """``row`` as it is now, on PostgreSQL; on SQLite nobody else can have changed it."""
    return row if unit_of(conn) is None else find(conn, row.id) or row


def under_way(conn: Connection, session: str, now: int) -> str | None:
    """The id of a step-up that is being proved in ``session``, or of a colleague's that is agreed to, if any."""
    return conn.execute(_UNDER_WAY, {"of_session": session, "now": now}).scalar()


def add_challenge(conn: Connection, row: ChallengeRow) -> None:
    """Record a new challenge; earlier ones of the same ceremony end with it."""
    void_challenges(conn, row.ceremony, row.created)
    values = {name: getattr(row, name) for name in ChallengeRow.__dataclass_fields__}
    openings = json.dumps([stored_json.write(opening) for opening in row.openings])
    integrity.add(conn, challenge, {**values, "openings": openings})


def void_challenges(conn: Connection, ceremony_id: str, now: int) -> None:
    """Challenges of the ceremony that nobody has answered yet are void."""
    mine = (challenge.c.ceremony == ceremony_id) & challenge.c.used.is_(None)
    integrity.change(conn, challenge, mine, {"used": now}, skip=True)


def challenge_waits(conn: Connection, ceremony_id: str, method: str, now: int) -> bool:
    """Whether the ceremony's challenge for ``method`` can still be answered. Uses nothing up."""
    live = (challenge.c.method == method) & challenge.c.used.is_(None) & (challenge.c.expires > now)
    return integrity.one(conn, challenge, challenge.c.ceremony == ceremony_id, live) is not None


def restate_challenge(conn: Connection, ceremony_id: str, method: str, before: str, after: str) -> bool:
    """The challenge that says ``before`` and waits says ``after`` from now on. False where none does."""
    mine = (challenge.c.ceremony == ceremony_id) & (challenge.c.method == method)
    waits = mine & challenge.c.used.is_(None) & (challenge.c.statement == before)
    return bool(integrity.change(conn, challenge, waits, {"statement": after}))


def use_challenge(conn: Connection, ceremony_id: str, method: str, now: int) -> ChallengeRow | None:
    """Use up the ceremony's challenge for ``method``. None if there is none, or it is too old or was used.

    Raises ``UnreadableRowError`` for one that this version cannot read.
    """
    live = (
        (challenge.c.ceremony == ceremony_id)
        & (challenge.c.method == method)
        & challenge.c.used.is_(None)
        & (challenge.c.created <= now)
        & (challenge.c.expires > now)
    )
    row = integrity.one(conn, challenge, live)
    if row is None or not integrity.change_row(conn, challenge, row, {"used": now}):
        return None
    try:
        openings = stored_json.read(tuple[CommitmentOpening, ...], stored_json.parse_list(row.openings))
    except UnreadableError as error:
        raise UnreadableRowError("challenge", str(row.id), str(error)) from None
    values = {name: getattr(row, name) for name in ChallengeRow.__dataclass_fields__}
    return ChallengeRow(**{**values, "openings": openings, "nonce": bytes(row.nonce)})


def purge(conn: Connection, before: int) -> int:
    """Forget challenges that expired before ``before``: evidence keeps what was signed. How many.

    Forgets too what ceremonies of that age asked for: patients are to be found among the trail's openings alone.
    """
    forget(conn, (ceremony.c.expires < before) & ceremony.c.request.is_not(None))
    return conn.execute(delete(challenge).where(challenge.c.expires < before)).rowcount


def forget(conn: Connection, where: ColumnElement[bool]) -> None:
    """Forget what these ceremonies asked for, and for which purpose: from then on they are as good as expired."""
    found = conn.execute(select(ceremony).where(where).with_for_update()).all()
    for row in integrity.believed(conn, ceremony, found, skip=True):
        kept = {name: value for name, value in json.loads(row.detail).items() if name != "purpose"}
        integrity.change_row(conn, ceremony, row, {"request": None, "detail": json.dumps(kept)})


def _values(row: CeremonyRow) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(row, name) for name in CeremonyRow.__dataclass_fields__}
    values["proved"] = json.dumps([stored_json.write(proof) for proof in row.proved])
    values["detail"] = json.dumps(_flat(row.detail))
    values["request"] = None if row.request is None else json.dumps(stored_json.write(row.request, whole=True))
    return values


def _row(had: RowMapping) -> CeremonyRow:
    """Raises ``UnreadableError``."""
    values = {name: had[name] for name in CeremonyRow.__dataclass_fields__}
    values["proved"] = stored_json.read(tuple[StoredProof, ...], stored_json.parse_list(had["proved"]))
    values["detail"] = _detail(stored_json.parse(had["detail"]))
    request = had["request"]
    values["request"] = None if request is None else stored_json.read(StepUpRequest, stored_json.parse(request))
    return CeremonyRow(**values)


def _flat(detail: CeremonyDetail) -> dict[str, object]:
    """One JSON object, in which what belongs to an enrolment stands beside the rest."""
    rest = stored_json.write(replace(detail, enrolling=None))
    apart = {} if detail.enrolling is None else stored_json.write(detail.enrolling)
    return {**rest, **apart}


def _detail(found: JsonObject) -> CeremonyDetail:
    apart = {name: value for name, value in found.items() if name in ForEnrolment.__dataclass_fields__}
    rest = {name: value for name, value in found.items() if name not in apart}
    return stored_json.read(CeremonyDetail, {**rest, **({"enrolling": apart} if apart else {})})
