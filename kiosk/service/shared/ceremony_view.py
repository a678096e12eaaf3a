"""The service's answer about a ceremony."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kiosk.model.ceremony import CeremonyView, Grant, MethodOffer, Purpose, Why
from kiosk.model.people import Person
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.model.session_view import SessionView
from kiosk.service.policy import Ground
from kiosk.service.risk.words import Says, because, joined
from kiosk.service.shared.frame import Frame
from kiosk.service.store.ceremonies import CeremonyRow
from kiosk.service.store.lookups import StoredPerson


def person_shown(row: CeremonyRow, known: StoredPerson | None) -> Person | None:
    """Who it is; for a typed login before its first proof only what was typed, whether anybody has it or not."""
    if row.presented == "login" and not row.proved:
        login = row.detail.login or ""
        return Person("", login, login, ())
    return known.person if known else None


def of_row(
    frame: Frame,
    row: CeremonyRow,
    known: StoredPerson | None,
    *,
    offers: tuple[MethodOffer, ...] = (),
    refusal: Refusal | None = None,
    session: SessionView | None = None,
    grant: Grant | None = None,
    ground: Ground | None = None,
) -> CeremonyView:
    """What the station is told of the ceremony ``row``. ``known``: whose it is, None as long as nobody knows.

    ``offers``: ways to prove, shown while a proof is wanted. ``refusal``: of the last proof, or of the whole.
    ``session``: that was opened. ``grant``: what a step-up was granted. ``ground``: why the
    policy answers a step-up so.
    """
    asked = row.request
    if row.presented == "login" and not row.proved:
        # A count would tell whether anybody has that login, and the keys' names are nobody else's business.
        offers = tuple(replace(offer, retries_left=None, names=()) for offer in offers)
    return CeremonyView(
        id=row.id,
        purpose=Purpose(row.purpose),
        state=row.state,
        person=person_shown(row, known),
        offers=offers if row.state == "prove" else (),
        proved=tuple(proof.method for proof in row.proved),
        why=Why(row.why),
        expires_in=max(0, row.expires - frame.now) if row.state == "prove" else 0,
        refusal=refusal,
        session=session,
        grant=grant,
        purposes=asked.purposes if asked else (),
        action=asked.ask.action if asked else None,
        sensitivity=asked.sensitivity if asked else None,
        audience=asked.audience if asked else None,
        program=asked.registered if asked else "",
        words=asked.words if asked else (),
        server=asked.server if asked else "",
        message=asked.message if asked else None,
        agent=bool(asked.agent) if asked else False,
        second_of=row.detail.second_of,
        emergency=asked.emergency if asked else None,
        answer=ground.answer if ground else None,
        says=said_by(row, ground),
    )


def said_by(row: CeremonyRow, ground: Ground | None) -> Says:
    """Why so much is asked, by language: in the policy's words, and by the risk where that made it more."""
    if ground is None:
        return because(row.detail.reasons) if row.why == Why.RISK and row.state == "prove" else ()
    return joined(ground.says, row.request.reasons) if ground.risky and row.request else ground.says


def explained(refusal: Refusal, row: CeremonyRow, ground: Ground | None) -> Refusal:
    """``refusal`` with what the policy says of it; a way that is locked just now needs no policy's words."""
    if ground is None or refusal.code not in (RefusalCode.POLICY, RefusalCode.NO_METHOD):
        return refusal
    answer = ground.answer if ground.answer in ("enrolment_needed", "cannot") else None
    return replace(refusal, answer=answer, says=said_by(row, ground), enrol=ground.enrol)


def refused(
    ceremony: str,
    purpose: Purpose,
    refusal: Refusal,
    known: StoredPerson | None = None,
    *,
    action: str | None = None,
    sensitivity: Literal["normal", "sensitive", "restricted"] | None = None,
) -> CeremonyView:
    """The view of what was refused before it began; it left no row but the trail's."""
    return CeremonyView(
        id=ceremony,
        purpose=purpose,
        state="refused",
        person=known.person if known else None,
        offers=(),
        proved=(),
        why=Why.STEP_UP if purpose is Purpose.STEP_UP else Why.FIRST_SIGN_IN,
        expires_in=0,
        refusal=refusal,
        action=action,
        sensitivity=sensitivity,
    )
