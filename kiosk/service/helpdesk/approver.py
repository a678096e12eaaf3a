"""Who approved an act of the help desk: the token of a step-up whose audience is this service itself.

The token is good for one act, on one person or reset, at the workstation where it was granted, once, within two
minutes, and for a phishing-resistant proof alone, whatever the policy's table of actions says.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.model.proof import ACR_PHR, ACR_RANK
from kiosk.model.stepup import StepUpAsk
from kiosk.service import policy
from kiosk.service.ceremonies import granted, second_rules, wishes
from kiosk.service.helpdesk.refusals import ResetRefusedError
from kiosk.service.platform.json_fields import JsonObject
from kiosk.service.shared import policy_in_force
from kiosk.service.shared.frame import Frame
from kiosk.service.store import ceremonies, grants, lookups
from kiosk.service.store.lookups import StoredPerson

FRESH = 120
"""Seconds for which an approval may be used: the program that asked for it uses it at once."""


@dataclass(frozen=True, slots=True)
class Approver:
    """``resource``: what they approved it for, without its kind. ``purpose``: what they signed for it;
    ``lost``: marks of the factors that they reported lost by the same signature. ``granted``: row of the chain that
    holds it."""

    known: StoredPerson
    resource: str
    purpose: str
    lost: tuple[str, ...]
    jti: str
    request: str
    granted: int = 0


def use(frame: Frame, claims: JsonObject, action: str, kind: str) -> Approver:
    """Use the token up for ``action`` on a ``kind`` (``Person``, ``Reset``). Its signature and end were checked.

    Raises ``ResetRefusedError``; a token that is for something else is not used up.
    """
    grant = grants.by_jti(frame.conn, str(claims.get("jti")))
    if grant is None or grant.audience != frame.service.issuer or grant.delivery != "direct":
        raise ResetRefusedError("wrong_token")
    second_rules.lock_with_second(frame.conn, grant.person, grant.ceremony)
    said = granted.claims_of(frame.conn, frame.service.issuer, grant)
    found, _, resource = str(said["resource"]).partition("/")
    if said["action"] != action or found != kind or not resource:
        raise ResetRefusedError("wrong_token")
    if grant.workstation != frame.station.id:
        raise ResetRefusedError("wrong_station")
    if not grant.issued - FRESH < frame.now < grant.issued + FRESH:
        raise ResetRefusedError("stale")
    if not grants.redeem(frame.conn, grant.jti, frame.now):
        raise ResetRefusedError("already_used")
    known = lookups.person_by_id(frame.conn, grant.person)
    if known is None or known.suspended:
        raise ResetRefusedError("suspended")
    row = ceremonies.find(frame.conn, grant.ceremony)
    if row is not None and not second_rules.stands(frame.conn, frame.service, row, frame.now):
        raise ResetRefusedError("not_entitled")
    ask = StepUpAsk(action, str(said["resource"]), 0)
    asking = wishes.asking_of(frame, known.person, ask, grant.audience, purpose=str(said.get("purpose") or ""))
    if not policy.entitled(policy_in_force.book(frame), asking):
        raise ResetRefusedError("not_entitled")
    if ACR_RANK.get(str(said["acr"]), -1) < ACR_RANK[ACR_PHR]:
        raise ResetRefusedError("too_weak")
    marks = said.get("lost")
    lost = tuple(str(mark) for mark in marks) if isinstance(marks, list) else ()
    return Approver(known, resource, str(said.get("purpose") or ""), lost, grant.jti, grant.request_id, grant.told_seq)
