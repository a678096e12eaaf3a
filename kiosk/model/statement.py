"""What a challenge says: the statement that service and workstation build alike, and an auditor reads years later.

A sign-in's statement names the ceremony, the method, the workstation and, once known, the person. A step-up's says what
is approved as well. What identifies a patient (``resource``, ``patients``) stands in it only as salted commitments,
whose openings travel and are stored apart (``model.ceremony.CommitmentOpening``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from kiosk.model.binding import Json
from kiosk.model.consent import Consent
from kiosk.model.consent import statement as approved
from kiosk.model.proof import Method

VERSION = 1
STEP_UP_VERSION = 2
"""From 2 on it says the language and digest of what was drawn, ``lost``, and the program by name and path."""


def sign_in(
    *, ceremony: str, method: Method, workstation: str, time: int, person: str | None = None, login: str | None = None
) -> dict[str, Json]:
    """The statement of a sign-in. ``workstation``: its id; ``person``: the service's id; ``time``: epoch seconds.

    ``person`` and ``login`` are None for a tap that has not said who it is.
    """
    return {
        "version": VERSION,
        "kind": "sign_in",
        "ceremony": ceremony,
        "method": method.value,
        "who": None if person is None else {"id": person, "login": login},
        "workstation": workstation,
        "time": time,
    }


def offline(
    *, ceremony: str, method: Method, workstation: str, time: int, ticket: str | None, who: tuple[str, str] | None
) -> dict[str, Json]:
    """The statement of a sign-in that the workstation itself checks (decision 40). ``time``: its own clock's.

    ``ticket``: ``jti`` of the ticket that it goes by, ``who``: id and login of its person; None for a key that has not
    said whose it is.
    """
    return {
        "version": VERSION,
        "kind": "offline",
        "ceremony": ceremony,
        "method": method.value,
        "who": _person(who),
        "workstation": workstation,
        "time": time,
        "ticket": ticket,
    }


def step_up(
    consent: Consent,
    *,
    ceremony: str,
    method: Method,
    workstation: str | None,
    time: int,
    person: str | None,
    language: str,
    resource: str,
    patients: Sequence[str] = (),
) -> dict[str, Json]:
    """The statement of a step-up: what is approved, as ``consent`` says it. ``workstation``, ``person``: their ids.

    ``workstation``: None for a server's question that is answered on a phone, at none.
    ``person``: None for a key that a second person holds to the reader, which has not said yet whose it is.

    ``resource`` and ``patients`` are commitments (``binding.commitment``), in order; ``language``: of the screen.
    """
    return {
        "version": STEP_UP_VERSION,
        "kind": "step_up",
        "ceremony": ceremony,
        "method": method.value,
        "who": _person(None if person is None else (person, consent.login)),
        "workstation": workstation,
        "time": time,
        **approved(consent, language, resource, patients),
    }


def enrol(
    *,
    ceremony: str,
    method: Method,
    workstation: str,
    time: int,
    part: Literal["prove", "vouch", "try"],
    enrolment: str,
    act: str,
    kind: str | None,
    factor: str | None,
    signer: tuple[str, str] | None,
    subject: tuple[str, str] | None,
) -> dict[str, Json]:
    """The statement of an enrolment. ``ceremony``: the one that proves; in ``try`` the enrolment's own id.

    ``signer``: id and login of who signs, None while a key has not said whose it is; ``subject``: of whose factor it
    is. ``act``, ``kind``: what is done with a factor of which kind; ``factor``: mark of the lost or replaced one.
    """
    return {
        "version": VERSION,
        "kind": "enrol",
        "ceremony": ceremony,
        "method": method.value,
        "who": _person(signer),
        "workstation": workstation,
        "time": time,
        "part": part,
        "enrolment": enrolment,
        "act": act,
        "factor_kind": kind,
        "factor": factor,
        "subject": _person(subject),
    }


def _person(who: tuple[str, str] | None) -> Json:
    return None if who is None else {"id": who[0], "login": who[1]}
