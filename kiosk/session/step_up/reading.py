"""What is read before anything is proved: the purpose, the pages of what is asked, and then the methods."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import ReaderRole
from kiosk.model.ceremony import CeremonyView
from kiosk.model.consent import check_purpose
from kiosk.model.drawable import NotDrawableError
from kiosk.model.proof import Method, PivPresented
from kiosk.session.facts import notices
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.card_orders import DropCard
from kiosk.session.facts.person_input import PageShown
from kiosk.session.facts.step_up_state import StepUpMode
from kiosk.session.shared import proving
from kiosk.session.shared.saying import say
from kiosk.session.shared.transition import Transition
from kiosk.session.step_up import consent, first_way, second

PURPOSE_LENGTH = 200


def read_on(t: Transition, mode: StepUpMode) -> None:
    """The methods, once the purpose is in and all has been read: at a glance where it is short, else on pages."""
    t.stay(mode)
    if mode.view is None or mode.proving is not None or consent.wants_purpose(mode):
        return
    if second.waiting(mode):  # read once more; whoever is to agree is still to come
        t.stay(replace(mode, read=mode.read or not consent.pages_of(t.state, mode)))
    elif mode.read or not consent.pages_of(t.state, mode):
        _start(t, replace(mode, read=True), mode.view)


def page_painted(t: Transition, mode: StepUpMode, painted: PageShown) -> None:
    """The window shows a page. Whoever changes the language while reading begins again: the evidence names one."""
    paged = bool(consent.pages_of(t.state, mode))
    if painted.language != mode.language and not (paged and mode.read):
        proving = replace(mode.proving, language=painted.language) if mode.proving is not None else None
        mode = replace(mode, language=painted.language, proving=proving, page=0, shown=0)
    page = consent.page_of(t.state, mode)
    if page is not None and painted.number == mode.page == mode.shown:
        mode = replace(mode, shown=mode.shown + 1)
    t.stay(mode)


def turn_page(t: Transition, mode: StepUpMode, button: Button) -> None:
    """On, once the page has been painted; after the last one come the methods. Back as one likes."""
    said = consent.pages_of(t.state, mode)
    busy = mode.proving is not None and mode.proving.stage == "wait"
    if button == Button.READ_AGAIN:
        if said and mode.read and not busy:
            t.stay(_put_back(t, mode))
    elif mode.read or consent.page_of(t.state, mode) is None:
        return
    elif button == Button.BACK:
        t.stay(replace(mode, page=max(0, mode.page - 1)))
    elif mode.page < mode.shown:
        read = mode.page + 1 == len(said)
        read_on(t, replace(mode, read=read, page=mode.page if read else mode.page + 1))


def _put_back(t: Transition, mode: StepUpMode) -> StepUpMode:
    """To the first page: the proof that was being given is put down, and what was typed is forgotten."""
    if mode.proving is not None and mode.proving.key:
        t.order(DropCard(mode.proving.key))
    return replace(mode, page=0, read=False, proving=None, notice=None)


def _start(t: Transition, mode: StepUpMode, view: CeremonyView) -> None:
    """The methods; a card in its slot is looked at so that it is ready when its PIN has been typed."""
    if mode.waits is not None:
        second.start(t, mode, view)
        return
    shown = consent.consent_of(t.state, mode)
    slotted = mode.session.role == ReaderRole.INSERTION and isinstance(mode.session.presented, PivPresented)
    # The card that lies there already is the shorter way than a key in a pocket.
    nearest = Method.PIV_PIN if slotted and t.lying(mode.session.tap) else None
    first = first_way.remembered(t, mode) or nearest
    proof = proving.start(view, shown.login, shown, mode.purpose, first)
    if slotted and proof.method in proving.OF_A_CARD and t.lying(mode.session.tap):
        proof = proving.look(t, proof, mode.session.tap)
    t.stay(replace(mode, view=view, proving=proving.begun(t, replace(proof, language=mode.language))))


def take_purpose(t: Transition, mode: StepUpMode, purpose: str) -> None:
    """Picked or typed; what is signed says it, so it stays once anything has been proved for it."""
    if not purpose or mode.view is None or mode.waits is not None or second.waiting(mode):
        return
    try:
        check_purpose(purpose)
    except NotDrawableError:
        say(t, mode, notices.PURPOSE_NOT_DRAWABLE)
        return
    if mode.proving is None:
        read_on(t, replace(mode, purpose=purpose, page=0, shown=0, read=False, notice=None))
    elif mode.proving.stage != "wait" and not mode.view.proved:
        given = mode.proving
        mode = replace(mode, purpose=purpose, page=0, shown=0, read=False)
        if consent.pages_of(t.state, mode):
            t.stay(_put_back(t, mode))
            return
        shown = consent.consent_of(t.state, mode)
        given = proving.try_again(replace(given, purpose=purpose, shown=shown)) if given.stage == "phone" else given
        t.stay(replace(mode, read=True, proving=replace(given, purpose=purpose, shown=shown)))
