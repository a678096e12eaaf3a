"""What a step-up's token says: always made from the ceremony and from what was proved in it, never from a stored text.

A grant's row says which request, when, and under which number (``jti``). The rest is read again, when it is signed,
from the ceremony, from its row in the trail and from the evidence beside that, which must all say the same.
"""

from __future__ import annotations

import hashlib
import json
from hmac import compare_digest

from sqlalchemy import Connection

from kiosk.model import consent
from kiosk.model.binding import Json
from kiosk.model.proof import ACR_RANK, Assurance
from kiosk.service.audit import reading
from kiosk.service.audit.event import Event, row_hash
from kiosk.service.ceremonies import agents, emergency_step_ups, second_rules
from kiosk.service.ceremonies.second_rules import AgreedSecond
from kiosk.service.jose.tokens import STEP_UP_MAX_SECONDS
from kiosk.service.platform.json_fields import JsonObject, member, members, text
from kiosk.service.policy import add_up
from kiosk.service.proofs.methods import proved_of
from kiosk.service.shared import consent as consenting
from kiosk.service.store import ceremonies, lookups, vouching
from kiosk.service.store.ceremonies import CeremonyRow
from kiosk.service.store.grants import StepUpGrant
from kiosk.service.store.lookups import StoredPerson, StoredStation

Claims = dict[str, Json]
WHY = "does not agree with what was proved"
TOLD = ("action", "records", "purpose")


def claims(
    issuer: str,
    row: CeremonyRow,
    known: StoredPerson,
    station: StoredStation,
    proved: Assurance,
    when: StepUpGrant,
    second: AgreedSecond | None = None,
) -> Claims:
    """The token's claims (RFC 7519). ``sub`` is the login, which is what other systems know a person by. ``second``:
    who agreed besides. ``act``: the program that acts by itself (RFC 8693 section 4.1). Neither stands there for none.
    """
    return {
        **consent.claims(consenting.consent_of(row, known.person.login, station.name)),
        "iss": issuer,
        "person": known.person.id,
        "acr": proved.acr,
        "amr": list(proved.amr),
        "auth_time": proved.auth_time,
        "iat": when.issued,
        "exp": when.expires if when.batch else min(when.expires, when.issued + STEP_UP_MAX_SECONDS),
        "jti": when.jti,
        "workstation_id": station.id,
        "request_id": row.id,
        "risk": {"score": row.request.risk, "reasons": [*row.request.reasons]} if row.request else None,
        **({"second": _second_claim(second)} if second is not None else {}),
        **({"batch": {"records": when.batch, "until": when.expires}} if when.batch else {}),
        **(agents.act_claim(row.request.agent, row.request.server) if row.request and row.request.agent else {}),
    }


def _second_claim(second: AgreedSecond) -> Claims:
    proved = add_up(proved_of(second.row.proved), second.given.at)
    person = second.known.person
    return {"sub": person.login, "person": person.id, "acr": proved.acr, "auth_time": proved.auth_time}


def told_of(second: AgreedSecond, event: Event) -> Claims:
    """What the row of a grant says of who agreed, and where their own row stands. ``event``: of the grant. ``again``:
    its person proved their part once more since."""
    given, person = second.given, second.known.person
    of = second.row.detail.second_of
    said: Claims = {"person": given.person, "login": person.login, "ceremony": given.second}
    said |= {"chain": given.chain, "seq": given.seq, "digest": of.digest if of is not None else None}
    return {**said, **({"again": True} if event.method is not None and event.action == "proof" else {})}


def claims_of(conn: Connection, issuer: str, grant: StepUpGrant) -> Claims:
    """The claims of a grant, made anew. Raises ``TamperedError`` if anything that they are made of disagrees."""
    row = ceremonies.find(conn, grant.ceremony)
    known = lookups.person_by_id(conn, grant.person)
    station = lookups.station(conn, grant.workstation)
    if row is None or row.request is None or known is None or station is None or not _same(row, grant):
        raise _refused(conn, grant)
    proved = add_up(proved_of(row.proved), grant.issued)
    second = second_rules.found_of(conn, row) if row.detail.signed else None
    if row.detail.signed and (second is None or not _second_told(conn, row, second)):
        raise _refused(conn, grant)
    made = claims(issuer, row, known, station, proved, grant, second)
    if ACR_RANK.get(proved.acr, -1) < ACR_RANK[row.request.acr] or not _told(conn, grant, row, made):
        raise _refused(conn, grant)
    return made


def _same(row: CeremonyRow, grant: StepUpGrant) -> bool:
    """Whether the ceremony is the one that the grant is of."""
    return (
        row.id == grant.request_id
        and (row.purpose, row.state) == ("step_up", "done")
        and (row.person, row.workstation, row.session) == (grant.person, grant.workstation, grant.session)
        and row.request is not None
        and row.request.audience == grant.audience
        and row.request.delivery == grant.delivery
        and row.ended == grant.issued
        and (grant.batch or 0) == (row.request.ask.records if row.request.ask.lasts else 0)
        and (not grant.batch or (bool(row.detail.signed) and grant.expires == grant.issued + row.request.ask.lasts))
    )


def _told(conn: Connection, grant: StepUpGrant, row: CeremonyRow, made: Claims) -> bool:
    """Whether the trail tells of this grant, and the evidence beside it of this request."""
    try:
        return _agrees(conn, grant, row, made)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return False  # somebody else wrote a text there that is no row's, or no statement


def _agrees(conn: Connection, grant: StepUpGrant, row: CeremonyRow, made: Claims) -> bool:
    told = reading.row(conn, grant.workstation, grant.told_seq)
    if told is None or not compare_digest(bytes(told.hash), row_hash(bytes(told.prev), told.body)):
        return False
    body = members(json.loads(told.body))
    detail = member(body, "detail")
    said = (body.get("action"), body.get("result"), body.get("ceremony"), body.get("person"), body.get("acr"))
    if said != ("stepup", "success", row.id, grant.person, made["acr"]) or detail.get("jti") != grant.jti:
        return False
    if any(detail.get(name) != made[name] for name in TOLD) or not _same_emergency(detail, row):
        return False
    at = grant.told_seq if "signed" not in detail else row.detail.signed_seq
    if at != grant.told_seq:  # signed before somebody else agreed
        body = _signed_row(conn, grant.workstation, at, row.id) or {}
    kept = reading.evidence_between(conn, grant.workstation, at, at).get(at)
    if kept is None or hashlib.sha256(kept[0].encode("utf-8")).hexdigest() != body.get("evidence"):
        return False
    approved = members(json.loads(text(members(json.loads(kept[0])), "statement")))
    same = all(approved.get(name) == made.get(name) for name in (*TOLD, "purpose_of_use", "emergency"))
    return approved.get("ceremony") == row.id and same


def _same_emergency(detail: JsonObject, row: CeremonyRow) -> bool:
    """Whether the row of the grant names the emergency access that the request names, or neither names one."""
    under = emergency_step_ups.told(row.request.emergency if row.request is not None else None)
    return all(detail.get(name) == under.get(name) for name in ("emergency", "purpose_of_use"))


def _signed_row(conn: Connection, chain: str, seq: int, ceremony: str) -> JsonObject | None:
    """The row of the last proof of that step-up, whose person then waited for a second one."""
    told = reading.row(conn, chain, seq)
    if told is None or not compare_digest(bytes(told.hash), row_hash(bytes(told.prev), told.body)):
        return None
    body = members(json.loads(told.body))
    said = (body.get("action"), body.get("result"), body.get("ceremony"))
    return body if said == ("proof", "success", ceremony) else None


def _second_told(conn: Connection, row: CeremonyRow, second: AgreedSecond) -> bool:
    """Whether the trail tells that this second person agreed to this very request, and the evidence that they signed
    it."""
    given = second.given
    try:
        told = reading.row(conn, given.chain, given.seq)
        if told is None or not compare_digest(bytes(told.hash), row_hash(bytes(told.prev), told.body)):
            return False
        body = members(json.loads(told.body))
        said = (body.get("action"), body.get("result"), body.get("ceremony"), body.get("person"))
        detail = member(body, "detail")
        if said != ("second", "success", given.second, given.person) or detail.get("of") != row.id:
            return False
        kept = reading.evidence_between(conn, given.chain, given.seq, given.seq).get(given.seq)
        if kept is None or hashlib.sha256(kept[0].encode("utf-8")).hexdigest() != body.get("evidence"):
            return False
        signed = members(json.loads(text(members(json.loads(kept[0])), "statement")))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return False
    of = member(signed, "second_of")
    return (of.get("ceremony"), of.get("digest"), signed.get("ceremony")) == (row.id, row.detail.signed, given.second)


def _refused(conn: Connection, grant: StepUpGrant) -> vouching.TamperedError:
    return vouching.refused(conn, "stepup_grant", grant.request_id, WHY)
