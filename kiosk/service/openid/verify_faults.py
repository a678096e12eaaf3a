"""Why a gateway hears no: a word, a sentence, and what its client can do better. Both kinds of token share it."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.model.proof import ACR_RANK, Assurance
from kiosk.service.openid.verify_question import VerifyIn, VerifyView

SAYS = {
    "invalid_token": "The token is none of ours, has expired, or is for another application.",
    "approval_needed": "This is a sign-in. The act needs an approval of its own: ask the person for a step-up.",
    "sign_in_needed": "This is the approval of one act. Send the access token of a sign-in.",
    "ended": "The sign-in has ended. Send the person to the application's sign-in again.",
    "may_not": "This person may not use this application any more.",
    "other_person": "The token is somebody else's.",
    "other_action": "Another action was approved.",
    "other_resource": "Something else was approved.",
    "too_few_records": "Fewer records were approved.",
    "other_patients": "Other patients were approved.",
    "acr_too_low": "The person has not proved enough for this. Let them prove more, then ask again.",
    "too_old": "The person's proof is too old for this. Let them prove it anew, then ask again.",
    "second_needed": "One person alone approved this, and two have to. Let them be asked again, with a second person.",
    "agent_acts": "A program that acts by itself asked for this. Here a person's own program has to ask.",
    "already_used": "The approval was used before. Let the person be asked again.",
    "proof_needed": "The token is bound to a key: hand over the request with its DPoP proof.",
    "bad_proof": "The DPoP proof is not of this token, key, method and address, or was used before.",
    "use_dpop_nonce": "The DPoP proof needs this service's nonce: hand it on, and let the client ask again.",
}


@dataclass(frozen=True, slots=True)
class Gateway:
    """The registered application that asks. ``audience``: whose tokens it may show."""

    id: str
    name: str
    audience: str


def who_fault(asked: VerifyIn, person: str, login: str) -> str | None:
    """Whether it is somebody else's."""
    same = asked.person in (None, person) and asked.login in (None, login)
    return None if same else "other_person"


def proof_fault(asked: VerifyIn, known: Assurance, now: int) -> str | None:
    """Whether too little was proved, or too long ago. ``now``: epoch seconds."""
    if asked.acr is not None and ACR_RANK.get(known.acr, -1) < ACR_RANK[asked.acr]:
        return "acr_too_low"
    return "too_old" if asked.max_age is not None and now - known.auth_time > asked.max_age else None


def better(asked: VerifyIn, scheme: str) -> str:
    """With what the client repeats its authorization request (RFC 9470 section 3). Both values were checked."""
    acr = "" if asked.acr is None else f', acr_values="{asked.acr}"'
    age = "" if asked.max_age is None else f', max_age="{asked.max_age}"'
    return f'{scheme} error="insufficient_user_authentication"{acr}{age}'


def no(reason: str, challenge: str | None = None) -> VerifyView:
    """The answer, for a word of ``SAYS``."""
    return VerifyView(False, reason, SAYS[reason], challenge)
