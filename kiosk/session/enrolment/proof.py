"""The proofs of an enrolment: the person's own, and the second person's who vouches for her.

Both are ceremonies as of a sign-in, given by ``proving``. When one has ended, the service is asked what is next.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kiosk.model.card import Lift, ReaderRole, Tap
from kiosk.model.ceremony import CeremonyView, LoginPresented
from kiosk.model.enrolment import EnrolAct, EnrolmentView, EnrolRefusal, EnrolRefusalCode, EnrolStep
from kiosk.model.people import Person
from kiosk.model.proof import Fido2Presented, Method, PivPresented, PkocPresented, UidPresented
from kiosk.session.enrolment.moves import ask, leave, probe, put, say
from kiosk.session.facts import notices
from kiosk.session.facts.carried import Proving
from kiosk.session.facts.enrolment_orders import LookEnrolment, SecondPresents, ShownEnrolment
from kiosk.session.facts.enrolment_state import (
    AskingPart,
    EnrolMode,
    ProofPart,
    SecondPart,
    WhoPart,
)
from kiosk.session.facts.events import (
    Answered,
    Button,
    CardFailed,
    ChallengeCame,
    Event,
    Pressed,
    Probed,
)
from kiosk.session.facts.orders import CancelCeremony, Sound, Tell
from kiosk.session.facts.state import Doing
from kiosk.session.shared import proving
from kiosk.session.shared.transition import Draft
from kiosk.session.sign_in.second_factor import on_proving


def on_second(d: Draft, m: EnrolMode, part: SecondPart, event: Event) -> bool:
    """A colleague is to tap. False: not for us."""
    view = m.view
    match event:
        case Tap() if m.doing == Doing.NOTHING and event.fresh:
            probe(d, m, event, SecondPart(event.number))
        case Probed(presented=presented) if m.doing == Doing.PROBE and view is not None:
            m = replace(m, presented=presented)
            ask(d, m, lambda turn: SecondPresents(turn, view.id, presented, part.tap))
        case CardFailed(trouble=trouble) if m.doing == Doing.PROBE:
            d.order(Tell("tap_failed", reason=trouble.value))
            put(d, m, SecondPart())
            say(d, notices.card(trouble))
        case _:
            return False
    return True


def known_person(person: Person | None) -> Person | None:
    """None for a login that was only typed: the service tells nobody who it is, or whether there is such a one."""
    return person if person is not None and person.id else None


def shown(m: EnrolMode, view: EnrolmentView, signer: Person | None) -> ShownEnrolment:
    """What the screen says, for whatever is signed now."""
    part: Literal["prove", "vouch", "try"] = "prove"
    if view.step in (EnrolStep.VOUCH, EnrolStep.TRY):
        part = "vouch" if view.step == EnrolStep.VOUCH else "try"
    moves = view.second_why == "badge_of_another"
    return ShownEnrolment(
        view.id, part, view.act, view.kind, m.wish.factor, known_person(view.person), known_person(signer), moves
    )


def prove(d: Draft, m: EnrolMode, view: EnrolmentView) -> None:
    """The service wants a proof."""
    ceremony = view.ceremony
    if ceremony is None or ceremony.state != "prove" or not ceremony.offers:
        leave(d, notices.enrol_refused(EnrolRefusal(EnrolRefusalCode.NO_WAY)), "withdrawn")
        return
    if isinstance(m.part, ProofPart) and m.part.proving.view.id == ceremony.id:
        p = proving.advance(d, m.part.proving, ceremony)
    else:
        d.order(Sound("attention"))
        p = _start(d, m, view, ceremony)
    put(d, m, ProofPart(p))


def _start(d: Draft, m: EnrolMode, view: EnrolmentView, ceremony: CeremonyView) -> Proving:
    """What lies on the reader already is the shorter way: the key that was just tapped, or the card in its slot."""
    signer = view.second if view.step == EnrolStep.VOUCH else view.person
    tap, thing = _in_hand(d, m, view)
    first = _FIRST.get(type(thing))
    if m.by_codes and isinstance(m.who, LoginPresented) and view.step == EnrolStep.PROVE:
        first = Method.RECOVERY
    p = proving.start(ceremony, signer.login if signer else None, shown(m, view, signer), first=first)
    if thing is None or p.method not in proving.OF_A_CARD:
        return p
    if m.session is not None and tap == m.session.tap:
        return proving.look(d, p, tap)  # it is open no more since the sign-in
    if p.method in proving.BY_TOUCH:
        return proving.challenge(d, replace(p, key=tap))
    return proving.ready(d, p, tap, thing) if p.method == first else p


_FIRST = {Fido2Presented: Method.FIDO2, PivPresented: Method.PIV_PIN, PkocPresented: Method.PKOC_TAP}


def _in_hand(
    d: Draft, m: EnrolMode, view: EnrolmentView
) -> tuple[int, Fido2Presented | PivPresented | PkocPresented | None]:
    """The card that can sign and lies there: whoever tapped with it, or whose session it opened from a slot."""
    tap, thing = 0, m.presented
    if isinstance(m.part, WhoPart | SecondPart):
        tap = m.part.tap
    elif m.session is not None and view.step == EnrolStep.PROVE and m.session.role == ReaderRole.INSERTION:
        presented = m.session.presented
        tap, thing = m.session.tap, presented if isinstance(presented, PivPresented) else None
    role = next((card.role for card in d.state.cards if card.number == tap), None)
    if not tap or not d.lying(tap) or isinstance(thing, UidPresented):
        return 0, None
    # A PIV card takes no PIN over the air (SP 800-73-4 part 2, section 3.2.1).
    return (0, None) if isinstance(thing, PivPresented) and role != ReaderRole.INSERTION else (tap, thing)


def may_ask_colleague(m: EnrolMode) -> bool:
    """Whether somebody may vouch instead of her own proof: not for a loss, nor before it is known who she is."""
    view = m.view
    if view is None or view.step != EnrolStep.PROVE or view.act != EnrolAct.ADD or not isinstance(m.part, ProofPart):
        return False
    return known_person(view.person) is not None and m.doing == Doing.NOTHING and m.part.proving.stage != "wait"


def on_proof(d: Draft, m: EnrolMode, part: ProofPart, event: Event) -> bool:
    """A proof is being given. False: not for us."""
    p, view = part.proving, m.view
    match event:
        case Answered(view=ceremony) if p.doing == Doing.SEND and view is not None:
            if ceremony.state == "prove" and ceremony.offers:
                put(d, m, ProofPart(proving.advance(d, p, ceremony)))
            else:
                rest = replace(p, view=ceremony, doing=Doing.NOTHING, turn=0, stage="wait")
                ask(d, m, lambda turn: LookEnrolment(turn, view.id), ProofPart(rest))
        case Pressed(button=Button.ASK_COLLEAGUE) if may_ask_colleague(m) and view is not None:
            # Her ceremony given up, the service asks for a second person. Both requests go out in this order.
            d.order(CancelCeremony(p.view.id, "refused_by_person"))
            ask(d, m, lambda turn: LookEnrolment(turn, view.id), AskingPart())
        case ChallengeCame(challenge=challenge) if not proving.fits(p, challenge):
            leave(d, notices.MISMATCH, "withdrawn")
        case Tap():
            return _tap(d, m, p, event)
        case Lift():
            if event.number == p.key and p.stage == "type" and p.doing == Doing.NOTHING:
                put(d, m, ProofPart(replace(p, key=0)))
        case _:
            given = on_proving(d, p, event)
            if given is None:
                return False
            d.stay(replace(m, part=ProofPart(given)))
    return True


def _tap(d: Draft, m: EnrolMode, p: Proving, tap: Tap) -> bool:
    """The key that is wanted. False: held off."""
    if p.stage == "wait" or p.doing != Doing.NOTHING:
        return True
    if not tap.fresh or p.method not in proving.OF_A_CARD:
        return False
    d.order(Sound("tap"))
    taken = proving.held(d, p, tap.number) if p.stage == "hold" else proving.look(d, p, tap.number)
    d.stay(replace(m, part=ProofPart(taken), notice=None))
    return True
