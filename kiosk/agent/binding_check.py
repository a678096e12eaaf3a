"""The workstation's own check that a challenge is bound to what the screen shows, before any key signs it.

The challenge is recomputed from the statement, and the statement is rebuilt from what we asked for and show. What only
the service knows (the time, the person's id, the salts) is taken from the statement; everything else must be equal.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from hmac import compare_digest

from kiosk.model import binding, statement
from kiosk.model.binding import Json
from kiosk.model.challenge import Challenge, CommitmentOpening
from kiosk.model.consent import Consent
from kiosk.model.enrolment import FactorKind
from kiosk.model.people import Person, StationView
from kiosk.model.proof import Method
from kiosk.session.facts.ceremony_orders import AskChallenge
from kiosk.session.facts.enrolment_orders import ShownEnrolment

SIGNED_WITH_PIN = frozenset({Method.FIDO2, Method.PHONE})
LABELS: dict[type, str] = {Consent: binding.STEP_UP_LABEL, ShownEnrolment: binding.ENROL_LABEL}
TRIED_BY = {
    FactorKind.KEY: frozenset({Method.FIDO2, Method.FIDO2_TAP}),
    FactorKind.PIV: frozenset({Method.PIV_PIN, Method.PIV_TAP}),
    FactorKind.PKOC: frozenset({Method.PKOC_TAP}),
}
"""Which kind of thing is tried by which method: the service picks one of them."""


class BindingMismatchError(Exception):
    """The challenge is not for what the screen shows; the message says which part, never its value."""


def check(challenge: Challenge, order: AskChallenge, station: StationView) -> None:
    """Raises ``BindingMismatchError`` unless ``challenge`` binds what ``order`` asked for, at ``station``, for its
    service."""
    _expect(challenge.ceremony == order.ceremony, "ceremony")
    _expect(challenge.method == order.method, "method")
    _from(challenge, station, LABELS.get(type(order.shown), binding.SIGN_IN_LABEL))
    said = _said(challenge)
    when = _time(said)
    person, login = _who(said.get("who"))
    if order.login is not None:
        _expect(login == order.login, "person")
    if isinstance(order.shown, ShownEnrolment):
        wanted = _enrolment(challenge, _filled(order.shown, said, person, login), station.id, when)
    elif order.shown is None:
        wanted = statement.sign_in(
            ceremony=order.ceremony,
            method=order.method,
            workstation=station.id,
            time=when,
            person=person,
            login=login,
        )
    else:
        # Only a second person's key may not have said yet whose it is; then the screen names nobody, either.
        if (person is None or login is None) and (order.shown.second_of is None or order.shown.login):
            raise BindingMismatchError("person")
        wanted = _step_up(challenge, order, order.shown, said, station.id, when, person, login or "")
    _expect_said(wanted, said, challenge)


def check_try(challenge: Challenge, shown: ShownEnrolment, station: StationView) -> None:
    """The same for the try of a new factor, whose challenge belongs to the enrolment itself."""
    _expect(challenge.ceremony == shown.enrolment, "ceremony")
    _expect(shown.kind is not None and challenge.method in TRIED_BY.get(shown.kind, frozenset()), "method")
    _from(challenge, station, binding.ENROL_LABEL)
    said = _said(challenge)
    _expect_said(_enrolment(challenge, shown, station.id, _time(said)), said, challenge)


def _from(challenge: Challenge, station: StationView, label: str) -> None:
    """By this workstation's service, for this kind of act, with a PIN where the method has one."""
    _expect(challenge.rp_id == station.rp_id and challenge.origin == station.origin, "service")
    if challenge.method in SIGNED_WITH_PIN:
        _expect(challenge.user_verification == "required", "user verification")
    _expect(challenge.label == label, "label")


def _expect_said(wanted: dict[str, Json], said: dict[str, Json], challenge: Challenge) -> None:
    for name in wanted.keys() | said.keys():
        _expect(name in wanted and name in said and wanted[name] == said[name], name)
    # Python takes True for 1; bytes do not.
    _expect(binding.canonical(wanted) == challenge.statement.encode(), "form")


def _time(said: dict[str, Json]) -> int:
    when = said.get("time")
    if type(when) is not int:
        raise BindingMismatchError("time")
    return when


def _filled(shown: ShownEnrolment, said: dict[str, Json], person: str | None, login: str | None) -> ShownEnrolment:
    """What the screen cannot know yet, from the statement: who it is that typed a login, until they have proved it.

    And the mark of the badge that moves with its owner's or a supervisor's word, which is not the person's own.
    """
    if shown.part == "prove" and shown.subject is None and person is not None and login is not None:
        named = Person(person, login, "", ())
        shown = replace(shown, signer=named, subject=named)
    factor = said.get("factor")
    if shown.part == "vouch" and shown.moves and isinstance(factor, str) and factor.startswith("badge:"):
        shown = replace(shown, factor=factor)
    return shown


def _enrolment(challenge: Challenge, shown: ShownEnrolment, workstation: str, when: int) -> dict[str, Json]:
    """The statement as it must be: whose factor, of which kind, and who says so."""
    return statement.enrol(
        ceremony=challenge.ceremony,
        method=challenge.method,
        workstation=workstation,
        time=when,
        part=shown.part,
        enrolment=shown.enrolment,
        act=shown.act.value,
        kind=shown.kind.value if shown.kind else None,
        factor=shown.factor,
        signer=_named(shown.signer),
        subject=_named(shown.subject),
    )


def _named(person: Person | None) -> tuple[str, str] | None:
    return None if person is None else (person.id, person.login)


def _said(challenge: Challenge) -> dict[str, Json]:
    """The statement, once the challenge is shown to be its digest and its text to be canonical."""
    try:
        nonce, digest = binding.unb64u(challenge.nonce), binding.unb64u(challenge.challenge)
        text = challenge.statement.encode()
        said = json.loads(text)
        _expect(compare_digest(digest, binding.challenge(challenge.label, nonce, text)), "digest")
        _expect(isinstance(said, dict) and binding.canonical(said) == text, "form")
    except (ValueError, RecursionError):
        raise BindingMismatchError("form") from None
    return dict(said)


def _who(who: Json) -> tuple[str | None, str | None]:
    if who is None:
        return None, None
    if not isinstance(who, dict) or not isinstance(who.get("id"), str) or not isinstance(who.get("login"), str):
        raise BindingMismatchError("person")
    return str(who["id"]), str(who["login"])


def _step_up(
    challenge: Challenge,
    order: AskChallenge,
    shown: Consent,
    said: dict[str, Json],
    workstation: str,
    when: int,
    person: str | None,
    login: str,
) -> dict[str, Json]:
    """The statement as it must be. Commitments are taken from the statement only after they open to what is shown."""
    resource, patients = said.get("resource"), said.get("patients")
    if not isinstance(resource, str):
        raise BindingMismatchError("resource")
    if not isinstance(patients, list) or len(patients) != len(shown.patients):
        raise BindingMismatchError("patients")
    _expect(_opens(resource, shown.resource, challenge.openings), "resource")
    for committed, value in zip(patients, shown.patients, strict=True):
        _expect(isinstance(committed, str) and _opens(committed, value, challenge.openings), "patients")
    _expect(shown.login == login, "person")
    return statement.step_up(
        replace(shown, purpose=order.purpose if order.purpose is not None else shown.purpose),
        ceremony=order.ceremony,
        method=order.method,
        workstation=workstation,
        time=when,
        person=person,
        language=order.language,
        resource=resource,
        patients=[str(p) for p in patients],
    )


def _opens(committed: str, value: str, openings: Sequence[CommitmentOpening]) -> bool:
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
        raise BindingMismatchError(part)
