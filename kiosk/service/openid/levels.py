"""How strong and how fresh a sign-in has to be, and whether it is. Pure; times are epoch seconds."""

from __future__ import annotations

from kiosk.model.proof import ACR_IDENTIFIED, ACR_RANK, Assurance
from kiosk.service.openid.authorize_error import AuthorizeError
from kiosk.service.openid.tickets import AuthorizationRequest
from kiosk.service.policy.rules import APP_SIGN_IN


def least(request: AuthorizationRequest, own: str) -> str:
    """The least ``acr``: of those that were asked for the lowest, but no lower than the application's ``own``.

    Raises ``AuthorizeError`` where none of those that were asked for is known here.
    """
    known = [acr for acr in request.acrs if acr in ACR_RANK]
    if request.acrs and not known:
        raise AuthorizeError("unmet_authentication_requirements", "None of these acr_values can be reached here.")
    asked = min(known, key=ACR_RANK.__getitem__) if known else ACR_IDENTIFIED
    return max(asked, own, key=lambda acr: ACR_RANK.get(acr, max(ACR_RANK.values())))


def enough(request: AuthorizationRequest, own: str, have: Assurance, now: int) -> bool:
    """Whether ``have`` will do: strong enough, and proved for this request or recently enough."""
    strong = ACR_RANK.get(have.acr, -1) >= ACR_RANK[least(request, own)]
    if have.auth_time >= request.created and have.acr != ACR_IDENTIFIED:
        return strong
    recent = request.max_age is None or now - have.auth_time <= request.max_age
    return strong and recent and "login" not in request.prompt


def action(request: AuthorizationRequest, own: str) -> str:
    """What is asked of the person where it will not do."""
    rank = ACR_RANK[least(request, own)]
    return next(name for acr, name in APP_SIGN_IN.items() if ACR_RANK[acr] >= rank)
