"""The sign-in that a workstation decides by itself: a key or PIV card, checked under its person's ticket.

It answers like the service (``CeremonyView``, ``Challenge``), so that the session goes the same way. It knows a badge
with its PIN only where the service allowed it (``pin_tries``), and no codes. It opens nothing that is not written down
first.
"""

from __future__ import annotations

import uuid
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Literal, Protocol

from kiosk.downtime import checking
from kiosk.downtime.checking import CheckedProof
from kiosk.downtime.errors import DowntimeError, JournalError
from kiosk.downtime.happening import REFUSED, SIGN_IN, Happening
from kiosk.downtime.offline_ceremony import SECONDS, OfflineCeremony, Place, challenge_for, person_of, view_of
from kiosk.model.binding import Json
from kiosk.model.ceremony import CeremonyView, LoginPresented, Why
from kiosk.model.challenge import Challenge
from kiosk.model.proof import (
    ACR_PIN,
    Assurance,
    Fido2Presented,
    Fido2Proof,
    Method,
    PivPresented,
    PivProof,
    Presented,
    Proof,
    UidPresented,
)
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.model.session_view import SessionView
from kiosk.model.ticket import Ticket
from kiosk.verification.refused import ProofRefusedError

MAX_CEREMONIES = 8
PREFIX = "offline-"
"""Begins the names of ceremonies that are ours, and no service's."""
FINAL = frozenset({RefusalCode.COUNTER_WENT_BACK, RefusalCode.OFFLINE, RefusalCode.OFFLINE_NOT_HERE})
PIN_FINAL = frozenset({RefusalCode.OFFLINE_PIN_CLOSED, RefusalCode.AUDIT_FAILED})


class Surroundings(Protocol):
    """What the desk asks for. ``tickets``: those that count now; ``write``: raises ``JournalError``; ``of_badge``: the
    ticket whose badge and PIN are checked here; ``check_pin``: as ``StationPins.check``."""

    def place(self) -> Place: ...
    def tickets(self) -> Collection[Ticket]: ...
    def counts(self) -> Mapping[str, int]: ...
    def counted(self, key: str, count: int) -> None: ...
    def write(self, what: Happening) -> None: ...
    def of_badge(self, uid: str) -> Ticket | None: ...
    def check_pin(self, ticket: Ticket, pin: str) -> Refusal | None: ...
    def now(self) -> float: ...


class Desk:
    """For one thread at a time."""

    def __init__(self, around: Surroundings, fresh: Callable[[], str] = lambda: str(uuid.uuid4())) -> None:
        self._around = around
        self._fresh = fresh
        self._under_way: OrderedDict[str, OfflineCeremony] = OrderedDict()

    def begin(self, presented: Presented | LoginPresented, waiting: Collection[str]) -> CeremonyView:
        """Somebody presents themselves while the service is away. ``waiting``: as in ``OfflineCeremony``."""
        name, ends = PREFIX + self._fresh(), self._around.now() + SECONDS
        new = OfflineCeremony(name, presented.kind, ends, frozenset(waiting), (), Why.POSSESSION)
        if isinstance(presented, Fido2Presented):
            new = replace(new, offers=(Method.FIDO2_TAP,))
        elif isinstance(presented, PivPresented):
            found = next(
                ((t, c) for t in self._around.tickets() for c in t.cards if c.certificate_9e == presented.certificate),
                None,
            )
            if found is None:
                return self._refused(new, RefusalCode.OFFLINE_NOT_HERE)
            new = replace(new, offers=(Method.PIV_TAP,), owner=found[0], card=found[1])
        elif isinstance(presented, UidPresented) and (owner := self._around.of_badge(presented.uid)) is not None:
            new = replace(new, offers=(Method.PIN,), why=Why.OFFLINE, owner=owner)
        else:
            return self._refused(new, RefusalCode.OFFLINE)
        self._keep(new)
        return self._view(new)

    def challenge(self, ceremony: str, method: Method) -> Challenge:
        """A fresh challenge, one use, made here. Raises ``DowntimeError``."""
        here = self._live(ceremony)
        if here is None or method not in here.offers or method is Method.PIN:
            raise DowntimeError("This took too long. Tap again.")
        asked = challenge_for(here, method, self._around.place(), int(self._around.now()))
        self._keep(replace(here, asked=asked))
        return asked

    def prove(self, ceremony: str, proof: Proof) -> CeremonyView:
        """The answer to the challenge, which is used up by it. What is opened is in the journal when this returns."""
        here = self._live(ceremony)
        if here is None or here.asked is None:
            gone = OfflineCeremony(ceremony, "", 0, frozenset(), (), Why.POSSESSION)
            return self._refused(gone, RefusalCode.EXPIRED)
        asked, here = here.asked, replace(here, asked=None)
        self._keep(here)
        try:
            checked = self._checked(here, asked, proof)
        except ProofRefusedError as refused:
            if refused.code in FINAL or here.why is Why.POSSESSION:
                return self._refused(here, refused.code, refused.why)
            self._write_refusal(here, refused.code, refused.why)
            return replace(self._view(here), refusal=Refusal(refused.code))
        if checked.count is not None:
            self._around.counted(*checked.count)
        return self._proved(here, asked.method, checked)

    def prove_pin(self, ceremony: str, pin: str) -> CeremonyView:
        """A PIN as typed; as ``prove``."""
        here = self._live(ceremony)
        if here is None or here.owner is None or here.offers != (Method.PIN,):
            gone = OfflineCeremony(ceremony, "", 0, frozenset(), (), Why.OFFLINE)
            return self._refused(gone, RefusalCode.EXPIRED)
        if here.owner.jti not in {ticket.jti for ticket in self._around.tickets()}:
            return self._refused(here, RefusalCode.OFFLINE_NOT_HERE, "the ticket ended")
        wrong = self._around.check_pin(here.owner, pin)
        if wrong is None:
            typed: dict[str, Json] = {"kind": "pin"}
            proved = Assurance(ACR_PIN, ("pin",), int(self._around.now()))
            return self._proved(here, Method.PIN, CheckedProof(here.owner, proved, typed))
        if wrong.code in PIN_FINAL:
            return self._refused(here, wrong.code)
        self._write_refusal(here, wrong.code, "")
        return replace(self._view(here), refusal=wrong)

    def more_time(self, ceremony: str) -> int:
        """Seconds from now until it ends by itself. Raises ``DowntimeError`` for one that is over."""
        here = self._live(ceremony)
        if here is None:
            raise DowntimeError("This took too long. Tap again.")
        self._keep(replace(here, ends=self._around.now() + SECONDS))
        return SECONDS

    def cancel(self, ceremony: str) -> None:
        """It is given up. Safe for one that is over."""
        self._under_way.pop(ceremony, None)

    def _checked(self, here: OfflineCeremony, asked: Challenge, proof: Proof) -> CheckedProof:
        now = self._around.now()
        good = {ticket.jti: ticket for ticket in self._around.tickets()}
        if here.owner is not None and here.owner.jti not in good:
            raise ProofRefusedError(RefusalCode.OFFLINE_NOT_HERE, "the ticket ended")
        if isinstance(proof, Fido2Proof):
            owners = [here.owner] if here.owner is not None else list(good.values())
            return checking.key(asked, proof, owners, self._around.counts(), now)
        if isinstance(proof, PivProof) and here.owner is not None and here.card is not None:
            return checking.card(asked, proof, here.owner, here.card, now)
        raise ProofRefusedError(RefusalCode.OFFLINE, "another kind of proof")

    def _proved(self, here: OfflineCeremony, method: Method, checked: CheckedProof) -> CeremonyView:
        owner = checked.ticket
        here = replace(here, owner=owner)
        if owner.allow != "open" and owner.person.id not in here.waiting:
            return self._refused(here, RefusalCode.OFFLINE_NOT_HERE, "nothing of theirs waits here")
        if owner.verify and method in (Method.FIDO2_TAP, Method.PIV_TAP):
            return self._ask_more(here, owner)
        session = self._fresh()
        detail = {
            "person": owner.person.id,
            "ticket": owner.jti,
            "policy": owner.policy,
            "ceremony": here.id,
            "method": method.value,
            "allow": owner.allow if owner.person.id not in here.waiting else "reopen",
        }
        try:
            self._around.write(Happening(SIGN_IN, session, detail=detail, proof=checked.evidence))
        except JournalError:
            return self._refused(here, RefusalCode.AUDIT_FAILED)
        self._under_way.pop(here.id, None)
        opened = SessionView(session, person_of(owner), checked.assurance, grace_left=0, language=owner.person.language)
        return replace(self._view(here, "done"), proved=(method,), session=opened)

    def _ask_more(self, here: OfflineCeremony, owner: Ticket) -> CeremonyView:
        """The tap said whose it is; now the key or card has to verify its user."""
        with_pin = here.card is not None and here.card.certificate_9a is not None
        offers = (Method.PIV_PIN,) if with_pin else (Method.FIDO2,) if owner.keys else ()
        if not offers:
            return self._refused(here, RefusalCode.NO_METHOD)
        here = replace(here, offers=offers, why=Why.OFFLINE)
        self._keep(here)
        return self._view(here)

    def _live(self, ceremony: str) -> OfflineCeremony | None:
        here = self._under_way.get(ceremony)
        return here if here is not None and self._around.now() < here.ends else None

    def _keep(self, here: OfflineCeremony) -> None:
        self._under_way[here.id] = here
        while len(self._under_way) > MAX_CEREMONIES:
            self._under_way.popitem(last=False)

    def _refused(self, here: OfflineCeremony, code: RefusalCode, why: str = "") -> CeremonyView:
        self._under_way.pop(here.id, None)
        if code is not RefusalCode.AUDIT_FAILED:
            self._write_refusal(here, code, why)
        return replace(self._view(here, "refused"), refusal=Refusal(code))

    def _write_refusal(self, here: OfflineCeremony, code: RefusalCode, why: str) -> None:
        detail = {"ceremony": here.id, "kind": here.kind, "why": why}
        if here.owner is not None:
            detail["person"] = here.owner.person.id
        try:
            self._around.write(Happening(REFUSED, reason=code.value, detail=detail))
        except JournalError:
            return  # nothing was opened; whoever keeps the journal says so

    def _view(self, here: OfflineCeremony, state: Literal["prove", "done", "refused"] = "prove") -> CeremonyView:
        return view_of(here, state, self._around.now())
