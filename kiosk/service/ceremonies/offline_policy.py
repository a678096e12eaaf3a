"""What the policy says of a sign-in that a workstation tells of afterwards: what it would have said with the service.

Without that, pulling the cable would be a way round every rule about ``session.open`` (decision 60).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from kiosk.model.journal import JournalEntry
from kiosk.model.proof import ACR_PIN, ACR_RANK, Assurance, Method
from kiosk.service import policy
from kiosk.service.ceremonies import risk_now
from kiosk.service.policy import Ground, Proved
from kiosk.service.policy.assurance import TAPS, kinds_of
from kiosk.service.policy.cedar.facts import OPEN, RESUME, ProofState
from kiosk.service.shared import policy_asked, policy_in_force
from kiosk.service.shared.frame import Frame
from kiosk.service.store.downtime import GivenTicket
from kiosk.service.store.lookups import StoredPerson


def judged(
    frame: Frame, entry: JournalEntry, known: StoredPerson, assurance: Assurance, ticket: GivenTicket
) -> Ground | None:
    """Whether it is permitted: ``satisfied`` or ``cannot``; None: the policy says nothing about sign-ins.

    ``entry``: verified, its ``at`` within the time of ``ticket``. The hour is that of the sign-in. Zone and risk are
    those of now: of then the service saw nothing, and what the workstation says of them is not asked. A touch alone is
    a resume while grace would have carried the proof that the ticket came of. A PIN counts as one, as for the least
    that roles need: whoever set ``downtime_pin`` takes the workstation's word for it.
    """
    method = Method(entry.detail["method"])
    asking = policy_asked.own_act(frame, "sign_in", OPEN, known.person, risk=risk_now.of_sign_in(frame, known))
    asking = replace(asking, hour=datetime.fromtimestamp(entry.at, UTC).hour)
    worth = ACR_PIN if method is Method.PIN else assurance.acr
    state = ProofState(ACR_RANK[worth], kinds_of([Proved(method, entry.at)]), 0)
    since = max(0, entry.at - ticket.created)
    if method in TAPS and since < frame.service.settings.grace:
        asking, state = replace(asking, action=RESUME), replace(state, age=since)
    return policy.judged(policy_in_force.of_own_acts(frame), asking, state)
