"""A PIV card reopens its person's work while the service is away: by the ticket's certificates, in their time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

import pytest

from kiosk.downtime.desk import MAX_CEREMONIES, Desk
from kiosk.downtime.errors import DowntimeError, JournalError
from kiosk.downtime.happening import REFUSED, SIGN_IN, Happening
from kiosk.downtime.offline_ceremony import SECONDS, Place
from kiosk.model.binding import b64u
from kiosk.model.ceremony import CeremonyView
from kiosk.model.proof import (
    ACR_PHR,
    ACR_PHRH,
    ACR_POSSESSION,
    Fido2Presented,
    Method,
    PivPresented,
    PivProof,
    PkocProof,
)
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.model.ticket import Confirmation, Ticket, TicketCard, TicketPerson
from kiosk.simulator.piv_ca import CardAuthority
from tests.fakes.keys import SoftPiv, der, piv_card

AUTHORITY = CardAuthority.new()
CARD, OTHER = piv_card(AUTHORITY), piv_card(AUTHORITY)
NOW = time.time()
BOTH = TicketCard(b64u(der(CARD.cert_9e)), b64u(der(CARD.cert_9a)))
TICKET = Ticket(
    *("service", "ward-3", "ticket-1", "ada", Confirmation("thumb"), 0, 0, int(NOW) + 3600, "policy-1", "s0"),
    allow="reopen",
    verify=True,
    person=TicketPerson("ada", "ada", "Ada Lovelace", ("nurse",), b64u(b"handle")),
    cards=(BOTH,),
)


@dataclass
class Ward:
    """What the desk asks for, in memory. ``full``: nothing can be written down any more."""

    held: list[Ticket] = field(default_factory=lambda: [TICKET])
    at: float = NOW
    full: bool = False
    written: list[Happening] = field(default_factory=list)

    def place(self) -> Place:
        return Place("ward-3", "auth.hospital.example", "https://auth.hospital.example")

    def tickets(self) -> list[Ticket]:
        return self.held

    def counts(self) -> Mapping[str, int]:
        return {}

    def counted(self, key: str, count: int) -> None:
        raise AssertionError("a card counts nothing")

    def write(self, what: Happening) -> None:
        if self.full:
            raise JournalError("The journal cannot be kept.")
        self.written.append(what)

    def of_badge(self, uid: str) -> Ticket | None:
        raise AssertionError("a card is no badge's number")

    def check_pin(self, ticket: Ticket, pin: str) -> Refusal | None:
        raise AssertionError("a card checks its own PIN")

    def now(self) -> float:
        return self.at


def presented(card: SoftPiv) -> PivPresented:
    return PivPresented(b64u(der(card.cert_9e)))


def prove(desk: Desk, view: CeremonyView, **bent: str) -> CeremonyView:
    """The next thing that is asked for, by the slot that does it."""
    method = view.offers[0].method
    asked = desk.challenge(view.id, method)
    proof = PivProof(**CARD.sign(asdict(asked), "9A" if method is Method.PIV_PIN else "9E"))
    return desk.prove(view.id, replace(proof, **bent))  # type: ignore[arg-type]  # fields of a proof


def code(view: CeremonyView) -> RefusalCode | None:
    return view.refusal.code if view.refusal is not None else None


def tapped(ward: Ward) -> tuple[Desk, CeremonyView]:
    """After the tap was proved: the card's PIN is asked for."""
    desk = Desk(ward)
    view = prove(desk, desk.begin(presented(CARD), ["ada"]))
    assert [offer.method for offer in view.offers] == [Method.PIV_PIN]
    return desk, view


@pytest.mark.parametrize(("hardware", "acr"), [(True, ACR_PHRH), (False, ACR_PHR)])
def test_a_tap_and_the_cards_pin_open_and_are_written_down(hardware: bool, acr: str) -> None:
    ward = Ward([replace(TICKET, cards=(replace(BOTH, hardware=hardware),))])
    desk, view = tapped(ward)
    done = prove(desk, view)
    assert (done.state, done.proved) == ("done", (Method.PIV_PIN,))
    assert done.session is not None
    assert (done.session.assurance.acr, done.session.person.login) == (acr, "ada")
    assert ("hwk" in done.session.assurance.amr) is hardware
    (row,) = ward.written
    assert (row.action, row.session) == (SIGN_IN, done.session.id)
    assert row.detail == {
        "person": "ada",
        "ticket": "ticket-1",
        "policy": "policy-1",
        "ceremony": view.id,
        "method": "piv_pin",
        "allow": "reopen",
    }
    assert row.proof is not None
    assert (row.proof["slot"], row.proof["certificate"]) == ("9A", BOTH.certificate_9a)


def test_where_no_pin_is_asked_for_the_tap_alone_is_worth_possession() -> None:
    desk = Desk(Ward([replace(TICKET, verify=False)]))
    done = prove(desk, desk.begin(presented(CARD), ["ada"]))
    assert done.session is not None
    assert (done.session.assurance.acr, done.session.assurance.amr) == (ACR_POSSESSION, ("pop",))


def test_where_nothing_waits_only_a_ticket_that_opens_does() -> None:
    ward = Ward()
    desk = Desk(ward)
    assert code(prove(desk, desk.begin(presented(CARD), []))) == RefusalCode.OFFLINE_NOT_HERE
    ward.held = [replace(TICKET, allow="open", verify=False)]
    assert prove(desk, desk.begin(presented(CARD), [])).state == "done"
    assert [dict(row.detail or {})["allow"] for row in ward.written if row.action == SIGN_IN] == ["open"]


def test_a_card_without_a_ticket_is_refused_at_the_tap() -> None:
    ward = Ward()
    assert code(Desk(ward).begin(presented(OTHER), ["ada"])) == RefusalCode.OFFLINE_NOT_HERE
    assert [row.action for row in ward.written] == [REFUSED]


def test_a_card_that_has_no_pin_to_ask_for_opens_nothing_that_wants_one() -> None:
    desk = Desk(Ward([replace(TICKET, cards=(replace(BOTH, certificate_9a=None),))]))
    assert code(prove(desk, desk.begin(presented(CARD), ["ada"]))) == RefusalCode.NO_METHOD


@pytest.mark.parametrize(
    ("bent", "wanted"),
    [
        ({"slot": "9E"}, RefusalCode.NO_METHOD),
        ({"certificate": b64u(der(OTHER.cert_9a))}, RefusalCode.WRONG_KEY),
        ({"signature": "!"}, RefusalCode.BAD_SIGNATURE),
        ({"signature": b64u(b"none")}, RefusalCode.BAD_SIGNATURE),
    ],
    ids=["another slot", "another certificate", "no bytes", "no signature"],
)
def test_a_wrong_answer_to_the_pin_is_said_and_may_be_given_again(bent: dict[str, str], wanted: RefusalCode) -> None:
    ward = Ward()
    desk, view = tapped(ward)
    again = prove(desk, view, **bent)
    assert (again.state, code(again)) == ("prove", wanted)
    assert [(row.action, row.reason) for row in ward.written] == [(REFUSED, wanted.value)]
    assert dict(ward.written[0].detail or {})["person"] == "ada"
    assert prove(desk, again).state == "done"


def test_a_certificate_counts_in_its_own_time_alone() -> None:
    ward = Ward()
    desk = Desk(ward)
    for at in (CARD.cert_9e.not_valid_before_utc.timestamp() - 1, CARD.cert_9e.not_valid_after_utc.timestamp() + 1):
        ward.at = at
        assert code(prove(desk, desk.begin(presented(CARD), ["ada"]))) == RefusalCode.EXPIRED_CERTIFICATE
    ward.at = CARD.cert_9e.not_valid_after_utc.timestamp()
    assert prove(desk, desk.begin(presented(CARD), ["ada"])).state == "prove"


def test_a_ticket_that_ended_between_tap_and_pin_opens_nothing() -> None:
    ward = Ward()
    desk, view = tapped(ward)
    ward.held = []
    assert code(prove(desk, view)) == RefusalCode.OFFLINE_NOT_HERE


def test_a_proof_of_another_kind_opens_nothing() -> None:
    desk, view = tapped(Ward())
    desk.challenge(view.id, Method.PIV_PIN)
    assert code(desk.prove(view.id, PkocProof(b64u(b"k"), b64u(b"s"), 32))) == RefusalCode.OFFLINE
    view = desk.begin(Fido2Presented("00" * 16, has_pin=True, built_in_uv=False), ["ada"])
    desk.challenge(view.id, Method.FIDO2_TAP)
    proof = PivProof("9E", BOTH.certificate_9e, b64u(b"s"))
    assert code(desk.prove(view.id, proof)) == RefusalCode.OFFLINE, "it is nobody's card yet"


def test_what_cannot_be_written_down_is_not_opened_and_a_refusal_stays_one() -> None:
    ward = Ward()
    desk, view = tapped(ward)
    ward.full = True
    assert code(prove(desk, view)) == RefusalCode.AUDIT_FAILED
    assert code(desk.begin(presented(OTHER), ["ada"])) == RefusalCode.OFFLINE_NOT_HERE
    assert ward.written == []


def test_a_ceremony_has_a_time_which_can_be_given_anew_while_it_lasts() -> None:
    ward = Ward()
    desk = Desk(ward)
    view = desk.begin(presented(CARD), ["ada"])
    ward.at += SECONDS - 1
    assert desk.more_time(view.id) == SECONDS
    ward.at += SECONDS - 1
    asked = desk.challenge(view.id, Method.PIV_TAP)
    assert asked.ceremony == view.id
    ward.at += 1
    for late in (lambda: desk.challenge(view.id, Method.PIV_TAP), lambda: desk.more_time(view.id)):
        with pytest.raises(DowntimeError, match="Tap again"):
            late()
    assert code(desk.prove(view.id, PivProof("9E", BOTH.certificate_9e, ""))) == RefusalCode.EXPIRED


def test_what_was_given_up_or_pushed_out_by_others_is_over() -> None:
    desk = Desk(Ward())
    first = desk.begin(presented(CARD), ["ada"])
    desk.cancel(first.id)
    desk.cancel(first.id)
    with pytest.raises(DowntimeError):
        desk.challenge(first.id, Method.PIV_TAP)
    views = [desk.begin(presented(CARD), ["ada"]) for _ in range(MAX_CEREMONIES + 1)]
    with pytest.raises(DowntimeError):
        desk.challenge(views[0].id, Method.PIV_TAP)
    assert desk.challenge(views[1].id, Method.PIV_TAP).method is Method.PIV_TAP


def test_only_what_is_offered_can_be_asked_for() -> None:
    desk, view = tapped(Ward())
    with pytest.raises(DowntimeError):
        desk.challenge(view.id, Method.PIV_TAP)
