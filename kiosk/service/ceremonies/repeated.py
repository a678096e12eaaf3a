"""A request that a workstation sends again, because the answer to it was lost on the way: what the answer was.

The workstation names the proofs (``signing.AGAIN_HEADER``) under which it had asked before. Every row that a request
leads to names its proof, so its own chain of the trail says whether the service has done that, and what came of it.
If so it is answered from what is stored now, and nothing is done a second time. If not, it is done now: one that
arrives even later has a lower counter and is refused (``writer.StaleError``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from kiosk.model.ceremony import CeremonyView, Grant, Purpose, Why
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.model.session_view import SessionView
from kiosk.service import policy
from kiosk.service.audit.lines import told_by
from kiosk.service.ceremonies import challenges, grace, granted, rollout, second_asking
from kiosk.service.enrolment import factor_list
from kiosk.service.jose.tokens import STEP_UP_MAX_SECONDS
from kiosk.service.platform.json_fields import JsonObject, member, text
from kiosk.service.shared import ceremony_view
from kiosk.service.shared.frame import Frame
from kiosk.service.store import ceremonies, grants, lookups, news, sessions
from kiosk.service.store.ceremonies import CeremonyRow
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.schema import audit_row

MAX_PROOFS = 3
LOOK_BACK = 64
"""Rows of the workstation's chain among which its last requests are."""
SECONDS = 60
"""After so long nobody waits for an answer any more."""
FORM = re.compile(rf"[0-9a-f]{{64}}(?:,[0-9a-f]{{64}}){{0,{MAX_PROOFS - 1}}}")
CODES = frozenset(code.value for code in RefusalCode)


@dataclass(frozen=True, slots=True)
class _Done:
    """What the rows of the request say: the last one, and the ceremony that they are about."""

    last: JsonObject
    ceremony: str


def proofs_of(header: str) -> frozenset[str]:
    """Which proofs a header names, as digests; none where it is not of the right form."""
    return frozenset(header.split(",")) if FORM.fullmatch(header) else frozenset()


def once(frame: Frame, proofs: frozenset[str], act: Callable[[], CeremonyView]) -> CeremonyView:
    """``act``, unless a request with one of these proofs did it: then what came of that."""
    done = _done(frame, proofs) if proofs else None
    return act() if done is None else _answer(frame, done)


def _done(frame: Frame, proofs: frozenset[str]) -> _Done | None:
    recent = select(audit_row.c.body).where(
        audit_row.c.chain == frame.station.id, audit_row.c.at >= frame.now - SECONDS
    )
    for body in frame.conn.execute(recent.order_by(audit_row.c.seq.desc()).limit(LOOK_BACK)).scalars():
        said = told_by(body)
        ceremony = said.get("ceremony")
        if said.get("request") in proofs and isinstance(ceremony, str):
            return _Done(said, ceremony)
    return None


def _answer(frame: Frame, done: _Done) -> CeremonyView:
    row = ceremonies.find(frame.conn, done.ceremony)
    if row is not None and row.workstation == frame.station.id:
        row, known = challenges.load(frame, row.id)
        if row.state == "prove":
            return _goes_on(frame, row, known, done)
    else:
        row, known = None, lookups.person_by_id(frame.conn, str(done.last.get("person") or ""))
    if row is not None and row.state == "done" and known is not None:
        if row.purpose == "step_up":
            return ceremony_view.of_row(frame, row, known, grant=_grant(frame, row))
        opened = _session(frame, known, row.session or "") if row.purpose == "sign_in" else None
        if opened is not None or row.purpose != "sign_in":
            return ceremony_view.of_row(frame, row, known, session=opened)
    if row is None and known is not None and done.last.get("result") == "success":
        opened = _session(frame, known, str(done.last.get("session") or ""))
        if opened is not None:
            return ceremony_view.of_row(frame, _never_stored(frame, done, opened), known, session=opened)
    purpose = Purpose(row.purpose) if row is not None else Purpose.SIGN_IN
    if row is None and done.last.get("action") == "stepup":
        purpose = Purpose.STEP_UP
    return ceremony_view.refused(done.ceremony, purpose, _refusal(done) or Refusal(RefusalCode.EXPIRED), known)


def _goes_on(frame: Frame, row: CeremonyRow, known: StoredPerson | None, done: _Done) -> CeremonyView:
    """More is to be proved, or the proof was wrong and may be given anew."""
    decision = challenges.decide(frame, row, known)
    if row.purpose == "step_up" and known is not None and second_asking.waiting(frame, row, known):
        return second_asking.view_of(frame, row, known)
    offers = decision.offers if isinstance(decision, policy.Need) else ()
    wrong = done.last.get("result") == "refused"
    return ceremony_view.of_row(frame, row, known, offers=offers, refusal=_refusal(done) if wrong else None)


def _refusal(done: _Done) -> Refusal | None:
    reason = done.last.get("reason")
    return Refusal(RefusalCode(reason)) if isinstance(reason, str) and reason in CODES else None


def _never_stored(frame: Frame, done: _Done, opened: SessionView) -> CeremonyRow:
    """A sign-in that was decided at once has no row of its own but the trail's."""
    presented = text(member(done.last, "detail"), "presented")
    kinds = ("uid", "piv", "fido2", "pkoc", "login")
    kind = next((kind for kind in kinds if kind == presented), "uid")
    return CeremonyRow(
        id=done.ceremony,
        purpose="sign_in",
        workstation=frame.station.id,
        person=opened.person.id,
        state="done",
        presented=kind,  # type: ignore[arg-type]  # one of them
        why=Why.POSSESSION,
        created=frame.now,
        expires=frame.now,
        session=opened.id,
    )


def _session(frame: Frame, known: StoredPerson, session_id: str) -> SessionView | None:
    """The session that was opened, if it still is."""
    session = sessions.find(frame.conn, session_id)
    if session is None or session.state != "open" or session.workstation != frame.station.id:
        return None
    if session.person != known.person.id:
        return None
    carries, _ = grace.carrying(frame, known.person.id, rollout.least(frame, known))
    left = 0 if carries is None else max(0, carries.at + frame.service.settings.grace - frame.now)
    told, language = news.greet(frame.conn, known.person.id)
    missing = factor_list.keys_missing(frame, known)
    return SessionView(session.id, known.person, session.assurance, left, missing, told, language)


def _grant(frame: Frame, row: CeremonyRow) -> Grant | None:
    """Its token says what the first one said, under the same number: it counts once."""
    made = grants.by_request(frame.conn, row.id)
    if made is None:
        return None
    claims = granted.claims_of(frame.conn, frame.service.issuer, made)
    token = frame.service.mint.sign_step_up(claims, made.audience) if made.delivery == "direct" else None
    seconds = min(made.expires - made.issued, STEP_UP_MAX_SECONDS)
    amr = claims["amr"]
    ways = tuple(str(way) for way in amr) if isinstance(amr, list) else ()
    return Grant(row.id, token, str(claims["acr"]), ways, seconds)
