"""The service's calls about an enrolment and a person's factors. As in ``api``: dataclasses in, dataclasses out.

A start code, a new PIN or a code exists as text only inside the call that sends it.
"""

from __future__ import annotations

from urllib.parse import quote

from kiosk.client.answers import decode
from kiosk.client.transport import Transport
from kiosk.model.ceremony import CancelIn, LoginPresented
from kiosk.model.challenge import Challenge
from kiosk.model.enrolment import (
    BadgeMade,
    BeginEnrolment,
    EnrolAct,
    EnrolmentView,
    FactorKind,
    FactorsView,
    KeyMade,
    KindIn,
    MadeIn,
    NameIn,
    PinMade,
    PivMade,
    PkocMade,
    SecondIn,
    Seen,
    SessionPresented,
    StartCodePresented,
    Tried,
    TryIn,
    TypedTried,
)
from kiosk.model.proof import Presented, UidPresented
from kiosk.model.secret import Secret


class Enrolments:
    """Every call raises what ``Api``'s do."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def begin(
        self,
        who: Presented | LoginPresented | SessionPresented | None,
        tap: int,
        act: EnrolAct,
        kind: FactorKind | None,
        new: UidPresented | None,
        factor: str | None,
        start_code: Secret | None,
    ) -> EnrolmentView:
        """``who`` None: ``start_code`` says it, and is wiped before this returns or raises."""
        said = who if who is not None else StartCodePresented(taken(start_code))
        return self._view("", BeginEnrolment(said, tap, act, kind, new, factor))

    def look(self, enrolment: str) -> EnrolmentView:
        """Where it stands."""
        return decode(self._transport.call("GET", _path(enrolment, "")), EnrolmentView)

    def choose(self, enrolment: str, kind: FactorKind | None) -> EnrolmentView:
        """What is to be added; None: choose again."""
        return self._view(_path(enrolment, "/kind"), KindIn(kind))

    def second(self, enrolment: str, presented: Presented, tap: int) -> EnrolmentView:
        """A second person tapped."""
        return self._view(_path(enrolment, "/second"), SecondIn(presented, tap))

    def made(self, enrolment: str, made: BadgeMade | KeyMade | PivMade | PkocMade | Seen) -> EnrolmentView:
        """The new thing."""
        return self._view(_path(enrolment, "/made"), MadeIn(made))

    def new_pin(self, enrolment: str, secret: Secret) -> EnrolmentView:
        """A new PIN, wiped before this returns or raises."""
        return self._view(_path(enrolment, "/made"), MadeIn(PinMade(taken(secret))))

    def challenge(self, enrolment: str) -> Challenge:
        """For the try of a key or card. It is not yet checked against the screen."""
        return decode(self._transport.call("POST", _path(enrolment, "/challenge")), Challenge)

    def tried(self, enrolment: str, tried: Tried) -> EnrolmentView:
        """It worked, or not: the service looks."""
        return self._view(_path(enrolment, "/try"), TryIn(tried))

    def typed(self, enrolment: str, secret: Secret) -> EnrolmentView:
        """A PIN again, or a code; wiped before this returns or raises."""
        return self._view(_path(enrolment, "/try"), TryIn(TypedTried(taken(secret))))

    def cancel(self, enrolment: str, reason: CancelIn) -> None:
        """Given up, with all that was made."""
        self._transport.call("POST", _path(enrolment, "/cancel"), reason)

    def factors(self, session: str) -> FactorsView:
        """What the person of an open session has."""
        return decode(self._transport.call("GET", f"/v1/sessions/{quote(session, safe='')}/factors"), FactorsView)

    def name(self, session: str, mark: str, name: str) -> FactorsView:
        """One of their keys or cards has another name from now on."""
        path = f"/v1/sessions/{quote(session, safe='')}/factors/{quote(mark, safe='')}/name"
        return decode(self._transport.call("POST", path, NameIn(name)), FactorsView)

    def _view(self, path: str, body: object) -> EnrolmentView:
        return decode(self._transport.call("POST", path or "/v1/enrolments", body), EnrolmentView)


def taken(secret: Secret | None) -> str:
    """What was typed, for the one call that needs it; ``secret`` is empty afterwards."""
    if secret is None:
        return ""
    try:
        return secret.reveal()
    finally:
        secret.wipe()


def _path(enrolment: str, last: str) -> str:
    return f"/v1/enrolments/{quote(enrolment, safe='')}{last}"
