"""Was this act approved? A yes uses the step-up's token up. Yes and no have their row, charged to the gateway."""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.model.break_glass import BREAK_GLASS
from kiosk.model.proof import Assurance
from kiosk.service.ceremonies import granted, token_rows, token_standing
from kiosk.service.ceremonies.granted import Claims
from kiosk.service.openid.verify_faults import Gateway, no, proof_fault, who_fault
from kiosk.service.openid.verify_others import actor_of, others_fault, second_of
from kiosk.service.openid.verify_question import VerifiedView, VerifyIn, VerifyView
from kiosk.service.platform.json_fields import JsonObject, as_json, items, member, number, text
from kiosk.service.shared.context import Service
from kiosk.service.store import grants
from kiosk.service.store.grants import StepUpGrant
from kiosk.service.store.request_budget import settle_application

ROW = "token_redeemed"
"""In the trail: a yes is the token's one use, whichever door it went through."""


def by_approval(
    conn: Connection, service: Service, gateway: Gateway, asked: VerifyIn, claims: JsonObject, now: int
) -> VerifyView:
    """Yes or no. ``claims``: of a token that we signed, for this gateway's audience, and that has not expired. Raises
    ``OverBudgetError``, ``TamperedError``."""
    grant = grants.by_jti(conn, str(claims.get("jti")))
    if grant is None or grant.audience != gateway.audience:
        return no("invalid_token")
    view = _used(conn, service, gateway, asked, claims, grant, now)
    settle_application(conn, service.budgets, gateway.id, now)  # last, as everywhere: rows are locked in one order
    return view


def _used(
    conn: Connection,
    service: Service,
    gateway: Gateway,
    asked: VerifyIn,
    claims: JsonObject,
    grant: StepUpGrant,
    now: int,
) -> VerifyView:
    """Whatever comes of it is a row."""
    fault = token_standing.fault(conn, service, grant, now)
    if fault is not None:
        token_rows.refused(conn, grant, ROW, fault[0], now, gateway.name)
        return VerifyView(False, fault[0], fault[1])
    said = granted.claims_of(conn, service.issuer, grant)
    why = "invalid_token" if claims != said else _approval_fault(asked, said, now)
    if why is not None:
        token_rows.refused(conn, grant, ROW, why, now, gateway.name)
        return no(why)
    if grant.batch is not None:  # a standing batch goes in parts
        part = max(1, asked.records)
        first = grants.redeem_part(conn, grant.jti, part, now) is not None
        token_rows.used(conn, grant, said, ROW, first, now, gateway.name, part=part)
    else:
        first = grants.redeem(conn, grant.jti, now)
        token_rows.used(conn, grant, said, ROW, first, now, gateway.name)
    return VerifyView(True, of=_approved(grant, said, asked)) if first else no("already_used")


def _approval_fault(asked: VerifyIn, said: Claims, now: int) -> str | None:
    """The first thing in which what was approved is not what is wanted."""
    told = as_json(said)
    patients = member(told, "patients").get("sha256")
    differs = {
        "other_action": told["action"] != asked.action,
        "other_resource": told["resource"] != asked.wanted,
        "too_few_records": number(told, "records") < asked.records,
        "other_patients": asked.patients is not None and patients != asked.patients,
    }
    why = next((name for name, is_so in differs.items() if is_so), None)
    why = why or who_fault(asked, text(told, "person"), text(told, "sub")) or others_fault(asked, told)
    return why or proof_fault(asked, _proved(said), now)


def _approved(grant: StepUpGrant, said: Claims, asked: VerifyIn) -> VerifiedView:
    known, told = _proved(said), as_json(said)
    patients = member(told, "patients")
    return VerifiedView(
        grant.person,
        text(told, "sub"),
        known.acr,
        known.amr,
        known.auth_time,
        bound=asked.request is not None,
        records=number(told, "records"),
        patients=number(patients, "count"),
        patients_sha256=text(patients, "sha256"),
        second=second_of(told),
        act=actor_of(told),
        purpose_of_use=BREAK_GLASS if "purpose_of_use" in told else None,
    )


def _proved(said: Claims) -> Assurance:
    told = as_json(said)
    return Assurance(text(told, "acr"), tuple(str(method) for method in items(told["amr"])), number(told, "auth_time"))
