"""A model of keys is known to be compromised, and somebody answers for it that these keys are not: fixed firmware.

The metadata says of a whole model that something was wrong and that there is an update, never which key has it. So a
person looks, says why, and only the reports that the metadata has on that day are answered for: a new one counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.admin import marks
from kiosk.service.admin.act import ActRefusedError, Admin, record, the_person
from kiosk.service.admin.metadata import Judged, judge_all
from kiosk.service.metadata.models import FINAL, KeyModel
from kiosk.service.policy.authenticator_rules import KeyRules
from kiosk.service.store import acceptances, metadata
from kiosk.service.store.factors import short_of
from kiosk.service.store.people import PersonLine

MAX_REASON = 300
_IDENTIFIER = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Accepted:
    """``number``: to withdraw it by. ``name``: the model's. ``reports``: what is answered for."""

    number: int
    name: str
    reports: tuple[str, ...]
    judged: Judged


def accept(
    conn: Connection,
    admin: Admin,
    rules: KeyRules,
    model: str,
    reason: str,
    login: str | None = None,
    key: str | None = None,
    *,
    judge: bool = True,
) -> Accepted:
    """Let keys of ``model`` count although the metadata knows it as compromised. ``judge``: as for ``take_in``.

    ``model``: AAGUID or key identifier. ``login``, ``key``: one key of one person alone. Raises ``ActRefusedError``.
    """
    reason = " ".join(reason.split())
    if not reason or len(reason) > MAX_REASON or not reason.isprintable():
        raise ActRefusedError(f"Say why these keys are not concerned, in 1 to {MAX_REASON} printable characters.")
    known = _model(conn, model)
    reports = tuple(report.mark for report in known.compromises(known.roots))
    if any(mark.split()[0] == FINAL for mark in reports):
        raise ActRefusedError(f"{known.name} is revoked: it is not to be trusted for any reason. Replace these keys.")
    if not reports:
        raise ActRefusedError(f"The metadata knows nothing against {known.name}: there is nothing to accept.")
    person, credential = _key(conn, login, key, known.ids[0])
    number = acceptances.add(conn, known.ids[0], credential, reports, reason, admin.name, admin.now)
    detail: dict[str, Json] = {"acceptance": number, "model": known.ids[0], "name": known.name, "reports": [*reports]}
    detail |= {"reason": reason} | _named(credential)
    record(conn, admin, "metadata.accept", person=person, detail=detail)
    return Accepted(number, known.name, reports, judge_all(conn, admin, rules) if judge else Judged())


def _named(credential: str | None) -> dict[str, Json]:
    return {} if credential is None else {"factor": short_of(f"key:{credential}"), "credential_id": credential}


def withdraw(
    conn: Connection, admin: Admin, rules: KeyRules, number: int, reason: str, *, judge: bool = True
) -> Judged:
    """The metadata counts again. ``judge``: as for ``take_in``. Raises ``ActRefusedError``."""
    reason = " ".join(reason.split())
    if not reason or len(reason) > MAX_REASON or not reason.isprintable():
        raise ActRefusedError(f"Say why, in 1 to {MAX_REASON} printable characters.")
    found = next((acceptance for acceptance in acceptances.every(conn) if acceptance.id == number), None)
    if found is None or found.closed is not None:
        raise ActRefusedError(f"There is no acceptance {number} in force. See them with: metadata show")
    acceptances.close(conn, number, admin.name, admin.now)
    record(conn, admin, "metadata.withdraw", detail={"acceptance": number, "model": found.model, "reason": reason})
    return judge_all(conn, admin, rules) if judge else Judged()


def _model(conn: Connection, said: str) -> KeyModel:
    identifier = said.replace("-", "").lower()
    found = metadata.model(conn, [identifier]) if _IDENTIFIER.fullmatch(identifier) else None
    if found is None:
        raise ActRefusedError(f"The metadata knows no model “{said}”. See them all with: metadata show --models")
    return found


def _key(conn: Connection, login: str | None, key: str | None, model: str) -> tuple[PersonLine | None, str | None]:
    if login is None and key is None:
        return None, None
    if login is None or key is None:
        raise ActRefusedError(
            "Name both the person and the key (--login, --key), or neither for every key of the model."
        )
    person = the_person(conn, login)
    found = marks.find(conn, person, key)
    if found.kind != "key":
        raise ActRefusedError(f"{found.short} is not a security key.")
    aaguid = metadata.aaguid_of(conn, found.id)
    if len(model) == len(aaguid or "") and aaguid != model:
        raise ActRefusedError(f"{found.short} says that it is of another model: {aaguid}.")
    return person, found.id
