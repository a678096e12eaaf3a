"""The workstation's own check that a challenge is bound to what the screen shows, before any key signs it.

The challenge is recomputed from the statement, and the statement is rebuilt from what we asked for and show. What only
the service knows (the time, the person's id, the salts) is taken from the statement; everything else must be equal.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hmac import compare_digest

from kiosk.model import binding, statement
from kiosk.model.binding import Json
from kiosk.model.ceremony import Challenge, Opening
from kiosk.model.people import StationView
from kiosk.model.proof import Method
from kiosk.model.stepup import StepUpIn
from kiosk.session.orders import AskChallenge

SIGNED_WITH_PIN = frozenset({Method.FIDO2})


class NotBound(Exception):
    """The challenge is not for what the screen shows; the message says which part, never its value."""


def check(challenge: Challenge, order: AskChallenge, station: StationView) -> None:
    """Raises ``NotBound`` unless ``challenge`` binds what ``order`` asked for, at ``station``, for its service."""
    _expect(challenge.ceremony == order.ceremony, "ceremony")
    _expect(challenge.method == order.method, "method")
    _expect(challenge.rp_id == station.rp_id and challenge.origin == station.origin, "service")
    if order.method in SIGNED_WITH_PIN:
        _expect(challenge.user_verification == "required", "user verification")
    _expect(challenge.label == (binding.SIGN_IN_LABEL if order.shown is None else binding.STEP_UP_LABEL), "label")
    said = _said(challenge)
    when, who = said.get("time"), said.get("who")
    if type(when) is not int:
        raise NotBound("time")
    person, login = _who(who)
    if order.login is not None:
        _expect(login == order.login, "person")
    if order.shown is None:
        wanted = statement.sign_in(
            ceremony=order.ceremony,
            method=order.method,
            workstation=station.id,
            time=when,
            person=person,
            login=login,
        )
    else:
        if person is None or login is None:
            raise NotBound("person")
        wanted = _step_up(challenge, order, order.shown, said, station.id, when, person, login)
    for name in wanted.keys() | said.keys():
        _expect(name in wanted and name in said and wanted[name] == said[name], name)
    # Python takes True for 1; bytes do not.
    _expect(binding.canonical(wanted) == challenge.statement.encode(), "form")


def _said(challenge: Challenge) -> dict[str, Json]:
    """The statement, once the challenge is shown to be its digest and its text to be canonical."""
    try:
        nonce, digest = binding.unb64u(challenge.nonce), binding.unb64u(challenge.challenge)
        text = challenge.statement.encode()
        said = json.loads(text)
        _expect(compare_digest(digest, binding.challenge(challenge.label, nonce, text)), "digest")
        _expect(isinstance(said, dict) and binding.canonical(said) == text, "form")
    except (ValueError, RecursionError):
        raise NotBound("form") from None
    return dict(said)


def _who(who: Json) -> tuple[str | None, str | None]:
    if who is None:
        return None, None
    if not isinstance(who, dict) or not isinstance(who.get("id"), str) or not isinstance(who.get("login"), str):
        raise NotBound("person")
    return str(who["id"]), str(who["login"])


def _step_up(
    challenge: Challenge,
    order: AskChallenge,
    shown: StepUpIn,
    said: dict[str, Json],
    workstation: str,
    when: int,
    person: str,
    login: str,
) -> dict[str, Json]:
    """The statement as it must be. Commitments are taken from the statement only after they open to what is shown."""
    resource, patients = said.get("resource"), said.get("patients")
    if not isinstance(resource, str):
        raise NotBound("resource")
    if not isinstance(patients, list) or len(patients) != len(shown.ask.patients):
        raise NotBound("patients")
    _expect(_opens(resource, shown.ask.resource, challenge.openings), "resource")
    for committed, value in zip(patients, shown.ask.patients, strict=True):
        _expect(isinstance(committed, str) and _opens(committed, value, challenge.openings), "patients")
    return statement.step_up(
        ceremony=order.ceremony,
        method=order.method,
        workstation=workstation,
        time=when,
        person=person,
        login=login,
        action=shown.ask.action,
        resource=resource,
        records=shown.ask.records,
        purpose=order.purpose if order.purpose is not None else shown.ask.purpose,
        audience=shown.ask.audience,
        program=shown.program,
        origin=shown.origin,
        patients=[str(p) for p in patients],
    )


def _opens(committed: str, value: str, openings: Sequence[Opening]) -> bool:
    for opening in openings:
        if opening.commitment == committed:
            try:
                salt = binding.unb64u(opening.salt)
            except ValueError:
                return False
            made = binding.commitment(salt, value)
            return len(salt) == binding.SALT_BYTES and opening.value == value and compare_digest(committed, made)
    return False


def _expect(equal: bool, part: str) -> None:
    if not equal:
        raise NotBound(part)
