"""Is this access token of a sign-in enough? Looked up again, as at introspection; one that is bound, by its proof."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from sqlalchemy import Connection

from kiosk.service.jose import dpop
from kiosk.service.openid.standing import StandingGrant, standing_of
from kiosk.service.openid.verify_faults import Gateway, better, no, proof_fault, who_fault
from kiosk.service.openid.verify_others import actor_of, others_fault, second_of
from kiosk.service.openid.verify_question import HeldRequest, VerifiedView, VerifyIn, VerifyView
from kiosk.service.platform.json_fields import JsonObject, member
from kiosk.service.shared.context import Service
from kiosk.service.store import jtis, openid_looks


def by_sign_in(
    conn: Connection, service: Service, gateway: Gateway, asked: VerifyIn, claims: JsonObject, now: int
) -> VerifyView:
    """Yes or no. ``claims``: of a token that we signed, for this gateway's audience, and that has not expired."""
    grant = claims.get("grant")
    if claims.get("client_id") != gateway.id or not isinstance(grant, str):
        return no("invalid_token")
    found = standing_of(openid_looks.look(conn, gateway.id, grant), now)
    bound = str(member(claims, "cnf").get("jkt", ""))
    scheme = "DPoP" if bound else "Bearer"
    if found is None:
        return no("ended", f'{scheme} error="invalid_token"')
    refused = _request_fault(conn, service, asked, bound, now)
    if refused is not None:
        return refused
    person, known = found.known.person, found.grant.assurance
    if not _may(found):
        return no("may_not")
    why = who_fault(asked, person.id, person.login) or others_fault(asked, claims) or proof_fault(asked, known, now)
    if why is not None:
        return no(why, better(asked, scheme) if why in ("acr_too_low", "too_old") else None)
    of = VerifiedView(person.id, person.login, known.acr, known.amr, known.auth_time, bound=bool(bound))
    return VerifyView(True, of=replace(of, second=second_of(claims), act=actor_of(claims)))


def _may(found: StandingGrant) -> bool:
    roles = found.client.rules.roles
    return not roles or bool(set(roles) & set(found.known.person.roles))


def _request_fault(conn: Connection, service: Service, asked: VerifyIn, jkt: str, now: int) -> VerifyView | None:
    """A token that is bound to a key comes with a proof of that key for this very request, and no other does."""
    held = asked.request
    if not jkt:
        return no("bad_proof") if held is not None and held.proof is not None else None
    if held is None or held.proof is None:
        return no("proof_needed", 'DPoP algs="ES256"')
    try:
        proof = _checked(service, held, held.proof, asked.token, now)
    except dpop.DpopNonceRequiredError:
        needed = no("use_dpop_nonce", 'DPoP error="use_dpop_nonce", algs="ES256"')
        return replace(needed, dpop_nonce=service.nonces.issue(now))
    except dpop.DpopProofError:
        return no("bad_proof", 'DPoP error="invalid_dpop_proof", algs="ES256"')
    if proof.jkt != jkt or not jtis.use(conn, proof.jkt, proof.jti, proof.expires):
        return no("bad_proof", 'DPoP error="invalid_dpop_proof", algs="ES256"')
    return None


def _checked(service: Service, held: HeldRequest, proof: str, token: str, now: int) -> dpop.Proof:
    """Raises ``DpopProofError``. The address is the gateway's: RFC 9449 section 4.3 compares it without its query."""
    parts = urlsplit(held.uri)
    base = f"{parts.scheme}://{parts.netloc}".lower()
    return dpop.check(
        proof,
        method=held.method,
        path=parts.path,
        bases={base},
        now=now,
        nonces=service.nonces,
        access_token=token,
    )
