"""A program asks for more proof, now, for one action: over a covered workspace, and answered exactly once."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Lift, ReaderRole, Tap
from kiosk.model.ceremony import CeremonyView
from kiosk.model.consent import check_purpose
from kiosk.model.drawable import NotDrawableError
from kiosk.model.proof import Method, PivPresented
from kiosk.model.stepup import Reason, StepUpAnswer
from kiosk.session.facts import notices
from kiosk.session.facts.events import (
    Answered,
    Button,
    ChallengeCame,
    Event,
    Mismatch,
    PageShown,
    Pressed,
    PurposePicked,
    Rang,
    RingWithdrawn,
    ServiceRefused,
    Unreachable,
)
from kiosk.session.facts.orders import AnswerRing, DropCard, Sound, Tell
from kiosk.session.facts.screens import Notice
from kiosk.session.facts.state import Doing, StepUpMode
from kiosk.session.shared import aftermath, proving, silenced_programs
from kiosk.session.shared.ending import (
    NOTICE_SECONDS,
    CancelReason,
    answer_ring,
    give_up,
    harmless,
    let_go,
    pulled,
    return_to_workspace,
)
from kiosk.session.shared.transition import Draft
from kiosk.session.sign_in.second_factor import on_proving
from kiosk.session.step_up import consent, first_second
from kiosk.session.step_up.doorbell import of_code, of_refusal

PURPOSE_LENGTH = 200


def on_step_up(d: Draft, m: StepUpMode, event: Event) -> bool:
    """While more proof is wanted. False: not for us."""
    if not m.ready and first_second.swallowed(d, m, event):
        return True
    match event:
        case Answered(view=view) if m.turn or (m.proving and m.proving.doing == Doing.SEND):
            _view(d, replace(m, turn=0), view)
        case PurposePicked(purpose=purpose):
            _purpose(d, m, purpose.strip()[:PURPOSE_LENGTH])
        case PageShown(ring=number) if number == m.ring:
            _painted(d, m if m.painted else first_second.begin(d, replace(m, painted=True)), event)
        case Pressed(button=Button.NEXT | Button.BACK | Button.READ_AGAIN as button):
            _turn_page(d, m, button)
        case Tap():
            _tap(d, m, event)
        case Lift():
            _lift(d, m, event)
        case Rang(name="notice"):
            d.stay(replace(m, notice=None))
        case Rang(name="stepup"):
            refuse(d, m, Reason.TIMEOUT, "timeout")
        case Pressed(button=Button.REFUSE | Button.CANCEL):
            refuse(d, m, Reason.REFUSED_BY_PERSON, "refused_by_person")
        case Pressed(button=Button.NOT_ME):
            _silence(d, m)
        case RingWithdrawn(ring=number) if number == m.ring:
            refuse(d, m, Reason.TIMEOUT, "withdrawn", notices.STEP_UP_WITHDRAWN)
        case Unreachable():
            refuse(d, m, Reason.UNREACHABLE, "timeout")
        case ServiceRefused(code=code):
            refuse(d, m, of_code(code), "withdrawn")
        case _:
            return _on_card(d, m, event)
    return True


def _on_card(d: Draft, m: StepUpMode, event: Event) -> bool:
    if m.proving is None:
        return False
    wrong = isinstance(event, ChallengeCame) and not proving.fits(m.proving, event.challenge)
    if isinstance(event, Mismatch) or wrong:
        d.order(Tell("stepup_refused", m.session.id, "mismatch", {"ceremony": m.proving.view.id}))
        refuse(d, m, Reason.POLICY, "withdrawn", notices.MISMATCH)
        return True
    p = on_proving(d, m.proving, event)
    if p is None:
        return False
    d.stay(replace(m, proving=p))
    return True


def _view(d: Draft, m: StepUpMode, view: CeremonyView) -> None:
    """The service's word: granted, more is wanted, or no."""
    m = replace(m, view=view) if m.view is not None else first_second.begin(d, replace(m, view=view))
    d.stay(m)
    if view.person is not None and view.person.id != m.session.person.id:
        refuse(d, m, Reason.POLICY, "withdrawn", notices.MISMATCH)
    elif view.state == "done" and view.grant is not None:
        _granted(d, m, view)
    elif view.state == "prove" and view.offers:
        if m.proving is not None:
            d.stay(replace(m, proving=proving.advance(d, m.proving, view)))
        else:
            _read(d, m)
    elif view.state == "refused":
        refuse(d, m, of_refusal(view.refusal), None, notices.step_up_refused(view.refusal))
    else:
        refuse(d, m, of_refusal(view.refusal), "withdrawn")


def _read(d: Draft, m: StepUpMode) -> None:
    """The methods, once the purpose is in and all has been read: at a glance where it is short, else on pages."""
    d.stay(m)
    if m.view is None or m.proving is not None or consent.wants_purpose(m):
        return
    if m.read or not consent.pages_of(d.state, m):
        _start(d, replace(m, read=True), m.view)


def _painted(d: Draft, m: StepUpMode, painted: PageShown) -> None:
    """The window shows a page. Whoever changes the language while reading begins again: the evidence names one."""
    paged = bool(consent.pages_of(d.state, m))
    if painted.language != m.language and not (paged and m.read):
        proving = replace(m.proving, language=painted.language) if m.proving is not None else None
        m = replace(m, language=painted.language, proving=proving, page=0, shown=0)
    page = consent.page_of(d.state, m)
    if page is not None and painted.number == m.page == m.shown:
        m = replace(m, shown=m.shown + 1)
    d.stay(m)


def _turn_page(d: Draft, m: StepUpMode, button: Button) -> None:
    """On, once the page has been painted; after the last one come the methods. Back as one likes."""
    said = consent.pages_of(d.state, m)
    busy = m.proving is not None and m.proving.stage == "wait"
    if button == Button.READ_AGAIN:
        if said and m.read and not busy:
            d.stay(_put_back(d, m))
    elif m.read or consent.page_of(d.state, m) is None:
        return
    elif button == Button.BACK:
        d.stay(replace(m, page=max(0, m.page - 1)))
    elif m.page < m.shown:
        read = m.page + 1 == len(said)
        _read(d, replace(m, read=read, page=m.page if read else m.page + 1))


def _put_back(d: Draft, m: StepUpMode) -> StepUpMode:
    """To the first page: the proof that was being given is put down, and what was typed is forgotten."""
    if m.proving is not None and m.proving.key:
        d.order(DropCard(m.proving.key))
    return replace(m, page=0, read=False, proving=None, notice=None)


def _start(d: Draft, m: StepUpMode, view: CeremonyView) -> None:
    """The methods; a card in its slot is looked at so that it is ready when its PIN has been typed."""
    shown = consent.consent_of(d.state, m)
    slotted = m.session.role == ReaderRole.INSERTION and isinstance(m.session.presented, PivPresented)
    # The card that lies there already is the shorter way than a key in a pocket.
    first = Method.PIV_PIN if slotted and d.lying(m.session.tap) else None
    p = proving.start(view, m.session.person.login, shown, m.purpose, first)
    if slotted and p.method in proving.OF_A_CARD and d.lying(m.session.tap):
        p = proving.look(d, p, m.session.tap)
    d.stay(replace(m, view=view, proving=replace(p, language=m.language)))


def _purpose(d: Draft, m: StepUpMode, purpose: str) -> None:
    """Picked or typed; what is signed says it, so it stays once anything has been proved for it."""
    if not purpose or m.view is None:
        return
    try:
        check_purpose(purpose)
    except NotDrawableError:
        _say(d, m, notices.PURPOSE_NOT_DRAWABLE)
        return
    if m.proving is None:
        _read(d, replace(m, purpose=purpose, page=0, shown=0, read=False, notice=None))
    elif m.proving.stage != "wait" and not m.view.proved:
        given = m.proving
        m = replace(m, purpose=purpose, page=0, shown=0, read=False)
        if consent.pages_of(d.state, m):
            d.stay(_put_back(d, m))
            return
        shown = consent.consent_of(d.state, m)
        d.stay(replace(m, read=True, proving=replace(given, purpose=purpose, shown=shown)))


def _tap(d: Draft, m: StepUpMode, tap: Tap) -> None:
    """The key that is wanted; any other card is held off until this is answered."""
    p = m.proving
    if p is not None and (p.stage == "wait" or p.doing != Doing.NOTHING):
        return
    if not tap.fresh:
        _say(d, m, notices.LIFT_AND_TAP)
    elif p is None or p.method not in proving.OF_A_CARD:
        _say(d, m, notices.HELD_OFF)
    else:
        d.order(Sound("tap"))
        taken = proving.held(d, p, tap.number) if p.stage == "hold" else proving.look(d, p, tap.number)
        d.stay(replace(m, proving=taken, notice=None))


def _lift(d: Draft, m: StepUpMode, lift: Lift) -> None:
    """The key was taken away; or the card that signed her in: that locks, once this has ended."""
    if pulled(d, m.session.tap, m.session.role, lift):
        m = replace(m, after=m.after or ("card_removed", None))
    p = m.proving
    if p is not None and lift.number == p.key and p.stage == "type" and p.doing == Doing.NOTHING:
        m = replace(m, proving=replace(p, key=0))
    d.stay(m)


def _say(d: Draft, m: StepUpMode, notice: Notice) -> None:
    d.order(Sound("attention"))
    d.stay(replace(m, notice=notice))
    d.alarm("notice", NOTICE_SECONDS)


def _granted(d: Draft, m: StepUpMode, view: CeremonyView) -> None:
    grant = view.grant
    if grant is None:
        return
    d.order(AnswerRing(m.ring, StepUpAnswer("granted", None, grant.token, grant.acr, grant.amr, grant.request_id)))
    let_go(d)
    session = replace(m.session, assurance=view.session.assurance) if view.session else m.session
    d.order(Sound("granted"))
    silenced_programs.granted(d, m.asker)
    return_to_workspace(d, session, Notice(notices.STEP_UP_ENDED + "granted"), m.after)


def refuse(d: Draft, m: StepUpMode, reason: Reason, cancel: CancelReason | None, notice: Notice | None = None) -> None:
    """Not granted: the program is told why, the ceremony (unless it ended by itself) is cancelled."""
    answer_ring(d, m, reason)
    if m.view is None:  # the service has not named the ceremony yet, so it can only be told in our own words
        d.order(Tell("stepup_refused", m.session.id, reason.value))
    if cancel is None:
        let_go(d)
    else:
        give_up(d, cancel)
    d.order(Sound("refused"))
    silenced_programs.not_granted(d, m.asker)
    notice = notice or Notice(notices.STEP_UP_ENDED + reason.value, "refused")
    if reason == Reason.REFUSED_BY_PERSON and cancel is not None:
        return_to_workspace(d, m.session, notice, m.after)
    else:
        aftermath.ended(d, m.session, notice, m.after)


def _silence(d: Draft, m: StepUpMode) -> None:
    """She did not ask for this: the program is refused, silenced, and reported by name."""
    program = m.asker.program or m.asker.path
    detail = {"program": harmless(program), "action": harmless(m.request.ask.action)}
    if m.asker.origin:
        detail["origin"] = harmless(m.asker.origin)
    if m.view is not None:
        detail["ceremony"] = m.view.id
    d.order(Tell("not_me", m.session.id, Reason.SILENCED.value, detail))
    refuse(
        d,
        m,
        Reason.REFUSED_BY_PERSON,
        "refused_by_person",
        notices.silenced(harmless(program), silenced_programs.who(m.asker) == silenced_programs.UNREGISTERED),
    )
    silenced_programs.silence(d, m.session, m.asker)
