"""Who else stands in a token: a second person who agreed, and a program that acts by itself.

Both kinds of token say it in the same words (``granted.claims``, ``backchannel_tokens``).
"""

from __future__ import annotations

from kiosk.service.openid.verify_question import VerifiedActor, VerifiedSecond, VerifyIn
from kiosk.service.platform.json_fields import JsonObject, members, number, text

SECOND, ACT = "second", "act"


def second_of(claims: JsonObject) -> VerifiedSecond | None:
    """Who agreed besides; None for nobody, and for the same person once more."""
    if claims.get(SECOND) is None:
        return None
    said = members(claims[SECOND])
    found = VerifiedSecond(text(said, "sub"), text(said, "person"), text(said, "acr"), number(said, "auth_time"))
    return None if claims.get("sub") in (found.sub, found.person) else found


def actor_of(claims: JsonObject) -> VerifiedActor | None:
    """The program that acts; None for a person alone."""
    if claims.get(ACT) is None:
        return None
    said = members(claims[ACT])
    return VerifiedActor(text(said, "sub"), text(said, "name"))


def others_fault(asked: VerifyIn, claims: JsonObject) -> str | None:
    """Whether somebody is missing, or something acts that may not. A claim that is there and cannot be read is as one
    that says it."""
    if asked.no_agent and claims.get(ACT) is not None:
        return "agent_acts"
    return "second_needed" if asked.second and second_of(claims) is None else None
