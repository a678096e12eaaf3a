"""Answers to questions that are no longer asked: dropped, and what they opened at the service is closed again."""

from __future__ import annotations

from kiosk.model.ceremony import CeremonyView
from kiosk.session.draft import Draft
from kiosk.session.events import Answered, Event
from kiosk.session.orders import CancelCeremony, Tell
from kiosk.session.state import behind, ceremony_of, session_of


def late(d: Draft, event: Event) -> None:
    """A card's late answer is just forgotten; a ceremony is cancelled, a session locked, a grant reported."""
    if isinstance(event, Answered):
        _view(d, event.view)


def _view(d: Draft, view: CeremonyView) -> None:
    if view.id == ceremony_of(d.state.mode):
        return
    if view.state == "prove":
        d.order(CancelCeremony(view.id, "withdrawn"))
    if view.session is not None:
        open_here = {s.id for s in (session_of(d.state.mode), behind(d.state.mode)) if s is not None}
        if view.session.id not in open_here:
            d.order(Tell("lock", view.session.id, "late"))
    if view.grant is not None:
        d.order(Tell("stepup_refused", None, "late", {"request_id": view.grant.request_id}))
