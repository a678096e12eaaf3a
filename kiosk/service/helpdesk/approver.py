"""Who approved an act of the help desk: the token of a step-up whose audience is this service itself.

The token is good for one act, on one person or reset, at the workstation where it was granted, once, within two
minutes, and for a phishing-resistant proof alone, whatever the policy's table of actions says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kiosk.model.proof import ACR_PHR, ACR_RANK
from kiosk.service import policy
from kiosk.service.ceremonies import granted
from kiosk.service.helpdesk.refusals import ResetRefused
from kiosk.service.shared.frame import Frame
from kiosk.service.store import grants, lookups
from kiosk.service.store.lookups import Known

FRESH = 120
"""Seconds for which an approval may be used: the program that asked for it uses it at once."""


@dataclass(frozen=True, slots=True)
class Approver:
    """``resource``: what she approved it for, without its kind. ``purpose``: what she signed for it;
    ``lost``: marks of the factors that she reported lost by the same signature."""

    known: Known
    resource: str
    purpose: str
    lost: tuple[str, ...]
    jti: str
    request: str


def use(frame: Frame, claims: dict[str, Any], action: str, kind: str) -> Approver:
    """Use the token up for ``action`` on a ``kind`` (``Person``, ``Reset``). Its signature and end were checked.

    Raises ``ResetRefused``; a token that is for something else is not used up.
    """
    grant = grants.by_jti(frame.conn, str(claims.get("jti")))
    if grant is None or grant.audience != frame.service.issuer or grant.delivery != "direct":
        raise ResetRefused("wrong_token")
    said = granted.claims_of(frame.conn, frame.service.issuer, grant)
    found, _, resource = str(said["resource"]).partition("/")
    if said["action"] != action or found != kind or not resource:
        raise ResetRefused("wrong_token")
    if grant.workstation != frame.station.id:
        raise ResetRefused("wrong_station")
    if not grant.issued - FRESH < frame.now < grant.issued + FRESH:
        raise ResetRefused("stale")
    if not grants.redeem(frame.conn, grant.jti, frame.now):
        raise ResetRefused("already_used")
    known = lookups.person_by_id(frame.conn, grant.person)
    if known is None or known.suspended:
        raise ResetRefused("suspended")
    if isinstance(policy.step_up_need(frame.service.rules, known.person, action, 0), policy.Denied):
        raise ResetRefused("not_entitled")
    if ACR_RANK.get(said["acr"], -1) < ACR_RANK[ACR_PHR]:
        raise ResetRefused("too_weak")
    lost = tuple(str(mark) for mark in said.get("lost", ()))
    return Approver(known, resource, str(said.get("purpose") or ""), lost, grant.jti, grant.request_id)
