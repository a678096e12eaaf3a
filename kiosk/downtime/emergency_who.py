"""Who may open emergency access while the service is away, as far as this workstation knows anybody.

It knows whom its tickets name, after their end too: nothing is proved here, so what counts is who somebody is, and not
whether they may still sign in. Whose tickets the service has ended is known no more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from kiosk.model.ceremony import LoginPresented
from kiosk.model.emergency import EmergencyOffer, WhoItIs
from kiosk.model.proof import PivPresented
from kiosk.model.sealed_code import SealedCodePresented
from kiosk.model.ticket import Ticket

NOT_A_REASON, NOBODY_KNOWN, POLICY = "not_a_reason", "nobody_known", "policy"
"""Why not, in the service's words."""


def refusal(
    offer: EmergencyOffer,
    presented: WhoItIs | None,
    reason: str,
    tickets: Collection[Ticket],
    of_badge: Callable[[str, Collection[Ticket]], Ticket | None],
) -> str | None:
    """Why ``offer`` does not allow it; None if it does. ``of_badge``: whose badge of that number was used here.

    A sealed code needs nobody's name, and is looked at by whoever has the list.
    """
    if reason not in offer.reasons:
        return NOT_A_REASON
    if isinstance(presented, SealedCodePresented):
        return None
    named = _named(presented, tickets, of_badge)
    if named is None:
        return None if offer.unknown else NOBODY_KNOWN
    allowed = not offer.roles or any(role in offer.roles for role in named.person.roles)
    return None if allowed else POLICY


def _named(
    presented: WhoItIs | None,
    tickets: Collection[Ticket],
    of_badge: Callable[[str, Collection[Ticket]], Ticket | None],
) -> Ticket | None:
    if presented is None or isinstance(presented, SealedCodePresented):
        return None
    if isinstance(presented, LoginPresented):
        login = presented.login.strip()
        return next((made for made in tickets if made.person.login == login), None)
    if isinstance(presented, PivPresented):
        held = presented.certificate
        found = next((made for made in tickets if any(c.certificate_9e == held for c in made.cards)), None)
        if found is not None:
            return found
    return of_badge(presented.uid, tickets) if presented.uid is not None else None
