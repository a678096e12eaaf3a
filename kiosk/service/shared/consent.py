"""What a step-up's person consents to, from what was stored of it, and what cannot be consented to as it stands."""

from __future__ import annotations

import re

from kiosk.model import consent
from kiosk.model.consent import Consent
from kiosk.model.drawable import NotDrawableError
from kiosk.model.stepup import StepUpIn
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.policy.reset_rules import APPROVE, CODE, RESET
from kiosk.service.policy.rules import APP_SIGN_IN
from kiosk.service.store.ceremonies import CeremonyRow

OWN_ACTS = frozenset({*APP_SIGN_IN.values(), RESET, APPROVE, CODE})
"""Acts that are one act each."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")


def consent_of(row: CeremonyRow, login: str, workstation: str) -> Consent:
    """The consent of a step-up's row, or of a second person's: statement and token are made of it. Raises
    ``ValueError`` where there is none."""
    if row.request is None:
        raise ValueError("this ceremony is no step-up, or was forgotten")
    asked, ask = row.request, row.request.ask
    return Consent(
        login=login,
        workstation=workstation,
        program=asked.registered,
        path=asked.program,
        origin=asked.origin,
        action=ask.action,
        resource=ask.resource,
        records=ask.records,
        purpose=row.detail.purpose,
        audience=asked.audience,
        patients=ask.patients,
        lost=ask.lost,
        words=asked.words,
        server=asked.server,
        message=asked.message,
        agent=bool(asked.agent),
        second_of=row.detail.second_of,
        lasts=ask.lasts,
        emergency=asked.emergency,
    )


def check(asked: StepUpIn) -> None:
    """Raises ``HttpProblemError`` with a sentence that names the field and the rule, for what no screen could show
    whole."""
    ask = asked.ask
    if not consent.ACTION.fullmatch(ask.action):
        raise HttpProblemError(422, "bad_action", "An action is a short name such as record.export.")
    if not 0 <= ask.records <= consent.MAX_RECORDS:
        raise HttpProblemError(422, "bad_records", "The number of records must be 0 or more.")
    try:
        consent.check_lasts(ask.lasts)
    except ValueError as error:
        raise HttpProblemError(422, "bad_batch", str(error)) from None
    if ask.lasts and (not ask.records or ask.action in OWN_ACTS):
        raise HttpProblemError(422, "bad_batch", "A standing batch has records, and is no act of the service itself.")
    if len(ask.patients) > consent.MAX_PATIENTS or len(ask.lost) > consent.MAX_LOST:
        raise HttpProblemError(422, "too_long", "The list of patients, or of lost factors, is too long.")
    try:
        consent.check_ask(ask.action, ask.resource, ask.records, ask.purpose, ask.patients, ask.lost, ask.audience)
        consent.check_asker(asked.program, asked.origin)
    except NotDrawableError as error:
        raise HttpProblemError(422, "too_long" if error.rule == "long" else "not_drawable", str(error)) from None


def check_purpose(purpose: str) -> None:
    """The same of a purpose that was picked or typed."""
    try:
        consent.check_purpose(purpose)
    except NotDrawableError as error:
        raise HttpProblemError(422, "bad_purpose", str(error)) from None


def check_language(language: str) -> None:
    """Raises ``HttpProblemError`` for what is no language tag (RFC 5646), such as ``en``."""
    if not _LANGUAGE.fullmatch(language):
        raise HttpProblemError(422, "bad_language", "The language of the screen is a short tag such as en.")
