"""Whose standing a row may have lessened: named in checkpoints, so that a copy of them still knows after a restore.

Marks are ``person:ID``, ``workstation:ID`` (its access ended) and ``act:NAME`` for whatever concerns everybody, such as
a certificate authority that is trusted no more. The ids are opaque; no name, number or reason is in a mark. A row of
which it is not certain that it only adds something counts: who is named too often is confirmed by an administrator.
"""

from __future__ import annotations

from kiosk.service.audit.lines import Body
from kiosk.service.platform.json_fields import member

PERSON, WORKSTATION, ACT = "person:", "workstation:", "act:"
ADDS = frozenset(
    {"person.add", "person.rename", "person.move", "person.contact", "person.resume", "role.add", "badge.add"}
    | {"key.add", "key.resume", "key.trust", "piv.add", "piv.resume", "pkoc.add", "factor.resume"}
)
"""Acts about a person that take nothing from them. One that replaces a factor does."""
APART = ("audit.", "service.", "keys.", "integrity.", "message.")
"""Acts that decide about nobody's access."""
FACTORS = frozenset({"factor_added", "factor_moved", "factor_replaced", "factor_lost"})
WITHOUT = frozenset({"workstation.revoke", "workstation_replaced"})


def mark_of(body: Body) -> str | None:
    """The mark of one row, None for none."""
    action, person, station = body.get("action"), body.get("person"), body.get("workstation")
    detail = member(body, "detail") if isinstance(body.get("detail"), dict) else {}
    act = detail.get("act") if action == "admin" else action
    if act in WITHOUT and isinstance(station, str):
        return WORKSTATION + station
    if action == "admin" and isinstance(act, str):
        return _of_act(act, person, replaces="replaces" in detail)
    spent = body.get("method") == "recovery" and body.get("result") == "success"
    if isinstance(person, str) and (action in FACTORS or spent):
        return PERSON + person
    return None


def _of_act(act: str, person: object, *, replaces: bool) -> str | None:
    if act.startswith(APART):
        return None
    if isinstance(person, str):
        return PERSON + person if act not in ADDS or replaces else None
    takes = act.endswith((".remove", ".revoke", ".close", ".withdraw")) or act in ("crl.add", "metadata.import")
    return ACT + act if takes else None
