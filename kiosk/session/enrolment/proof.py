"""The proofs of an enrolment: the person's own, and the second person's who vouches for them.

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
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.card_answers import CardFailed, Probed
from kiosk.session.facts.carried import PendingStep, Proving
from kiosk.session.facts.ceremony_orders import CancelCeremony
from kiosk.session.facts.enrolment_orders import RefreshEnrolment, SecondPresents, ShownEnrolment
from kiosk.session.facts.enrolment_state import AskingPhase, EnrolMode, ProofPhase, SecondPhase, WhoPhase
from kiosk.session.facts.events import Event
from kiosk.session.facts.orders import PlaySound
from kiosk.session.facts.service_answers import CeremonyUpdated, ChallengeReceived
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.shared import proving
from kiosk.session.shared.transition import Transition
from kiosk.session.sign_in.second_factor import on_proving


def on_second(t: Transition, mode: EnrolMode, part: SecondPhase, event: Event) -> bool:
    """A colleague is to tap. False: not for us."""
    view = mode.view
    match event:
        case Tap() if mode.pending == PendingStep.NOTHING and event.fresh:
            probe(t, mode, event, SecondPhase(event.number))
        case Probed(presented=presented) if mode.pending == PendingStep.PROBE and view is not None:
            mode = replace(mode, presented=presented)
            ask(t, mode, lambda turn: SecondPresents(turn, view.id, presented, part.tap))
        case CardFailed(trouble=trouble) if mode.pending == PendingStep.PROBE:
            t.order(ReportEvent("tap_failed", reason=trouble.value))
            put(t, mode, SecondPhase())
            say(t, notices.card(trouble))
        case _:
            return False
    return True


def known_person(person: Person | None) -> Person | None:
    """None for a login that was only typed: the service tells nobody who it is, or whether there is such a one."""
    return person if person is not None and person.id else None


def shown(mode: EnrolMode, view: EnrolmentView, signer: Person | None) -> ShownEnrolment:
    """What the screen says, for whatever is signed now."""
    part: Literal["prove", "vouch", "try"] = "prove"
    if view.step in (EnrolStep.VOUCH, EnrolStep.TRY):
        part = "vouch" if view.step == EnrolStep.VOUCH else "try"
    moves = view.second_why == "badge_of_another"
    return ShownEnrolment(
        view.id, part, view.act, view.kind, mode.wish.factor, known_person(view.person), known_person(signer), moves
    )


def prove(t: Transition, mode: EnrolMode, view: EnrolmentView) -> None:
    """The service wants a proof."""
    ceremony = view.ceremony
    if ceremony is None or ceremony.state != "prove" or not ceremony.offers:
        leave(t, notices.enrol_refused(EnrolRefusal(EnrolRefusalCode.NO_WAY)), "withdrawn")
        return
    if isinstance(mode.part, ProofPhase) and mode.part.proving.view.id == ceremony.id:
        proof = proving.advance(t, mode.part.proving, ceremony)
    else:
        t.order(PlaySound("attention"))
        proof = _start(t, mode, view, ceremony)
    put(t, mode, ProofPhase(proof))


def _start(t: Transition, mode: EnrolMode, view: EnrolmentView, ceremony: CeremonyView) -> Proving:
    """What lies on the reader already is the shorter way: the key that was just tapped, or the card in its slot."""
    signer = view.second if view.step == EnrolStep.VOUCH else view.person
    tap, thing = _in_hand(t, mode, view)
    first = _FIRST.get(type(thing))
    if mode.by_codes and isinstance(mode.who, LoginPresented) and view.step == EnrolStep.PROVE:
        first = Method.RECOVERY
    proof = proving.start(ceremony, signer.login if signer else None, shown(mode, view, signer), first=first)
    if thing is None or proof.method not in proving.OF_A_CARD:
        return proof
    if mode.session is not None and tap == mode.session.tap:
        return proving.look(t, proof, tap)  # it is open no more since the sign-in
    if proof.method in proving.BY_TOUCH:
        return proving.challenge(t, replace(proof, key=tap))
    return proving.ready(t, proof, tap, thing) if proof.method == first else proof


_FIRST = {Fido2Presented: Method.FIDO2, PivPresented: Method.PIV_PIN, PkocPresented: Method.PKOC_TAP}


def _in_hand(
    t: Transition, mode: EnrolMode, view: EnrolmentView
) -> tuple[int, Fido2Presented | PivPresented | PkocPresented | None]:
    """The card that can sign and lies there: whoever tapped with it, or whose session it opened from a slot."""
    tap, thing = 0, mode.presented
    if isinstance(mode.part, WhoPhase | SecondPhase):
        tap = mode.part.tap
    elif mode.session is not None and view.step == EnrolStep.PROVE and mode.session.role == ReaderRole.INSERTION:
        presented = mode.session.presented
        tap, thing = mode.session.tap, presented if isinstance(presented, PivPresented) else None
    role = next((card.role for card in t.state.cards if card.number == tap), None)
    if not tap or not t.lying(tap) or isinstance(thing, UidPresented):
        return 0, None
    # A PIV card takes no PIN over the air (SP 800-73-4 part 2, section 3.2.1).
    return (0, None) if isinstance(thing, PivPresented) and role != ReaderRole.INSERTION else (tap, thing)


def may_ask_colleague(mode: EnrolMode) -> bool:
    """Whether somebody may vouch instead of their own proof: not for a loss, nor before it is known who they are."""
    view = mode.view
    if (
        view is None
        or view.step != EnrolStep.PROVE
        or view.act != EnrolAct.ADD
        or not isinstance(mode.part, ProofPhase)
    ):
        return False
    return (
        known_person(view.person) is not None
        and mode.pending == PendingStep.NOTHING
        and mode.part.proving.stage != "wait"
    )


def on_proof(t: Transition, mode: EnrolMode, part: ProofPhase, event: Event) -> bool:
    """A proof is being given. False: not for us."""
    proof, view = part.proving, mode.view
    match event:
        case CeremonyUpdated(view=ceremony) if proof.pending == PendingStep.SEND and view is not None:
            if ceremony.state == "prove" and ceremony.offers:
                put(t, mode, ProofPhase(proving.advance(t, proof, ceremony)))
            else:
                rest = replace(proof, view=ceremony, pending=PendingStep.NOTHING, turn=0, stage="wait")
                ask(t, mode, lambda turn: RefreshEnrolment(turn, view.id), ProofPhase(rest))
        case Pressed(button=Button.ASK_COLLEAGUE) if may_ask_colleague(mode) and view is not None:
            # Their ceremony given up, the service asks for a second person. Both requests go out in this order.
            t.order(CancelCeremony(proof.view.id, "refused_by_person"))
            ask(t, mode, lambda turn: RefreshEnrolment(turn, view.id), AskingPhase())
        case ChallengeReceived(challenge=challenge) if not proving.fits(proof, challenge):
            leave(t, notices.MISMATCH, "withdrawn")
        case Tap():
            return _tap(t, mode, proof, event)
        case Lift():
            if event.number == proof.key and proof.stage == "type" and proof.pending == PendingStep.NOTHING:
                put(t, mode, ProofPhase(replace(proof, key=0)))
        case _:
            given = on_proving(t, proof, event)
            if given is None:
                return False
            t.stay(replace(mode, part=ProofPhase(given)))
    return True


def _tap(t: Transition, mode: EnrolMode, proof: Proving, tap: Tap) -> bool:
    """The key that is wanted. False: held off."""
    if proof.stage == "wait" or proof.pending != PendingStep.NOTHING:
        return True
    if not tap.fresh or proof.method not in proving.OF_A_CARD:
        return False
    t.order(PlaySound("tap"))
    taken = proving.held(t, proof, tap.number) if proof.stage == "hold" else proving.look(t, proof, tap.number)
    t.stay(replace(mode, part=ProofPhase(taken), notice=None))
    return True
