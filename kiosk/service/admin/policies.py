"""An administrator puts a policy of step-ups in force, or one of before once more; each act has its row."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.admin.act import ActRefusedError, Admin, record, worded
from kiosk.service.policy import check
from kiosk.service.store import policy_versions
from kiosk.service.store.policy_versions import PolicyVersion
from kiosk.service.store.vouching import TamperedError

MAX_REASON = 200
MAX_TOLD = 5
"""Faults that a refusal names."""


@dataclass(frozen=True, slots=True)
class PolicyWish:
    """A text that may be put in force. ``act``: what the trail calls that. ``reason``: tidy. ``again``: the version
    whose text it is once more. ``base``: the version that is in force now, 0 for none that can be believed."""

    act: str
    text: str
    reason: str
    again: int | None
    base: int


def apply(conn: Connection, admin: Admin, text: str, reason: str) -> PolicyVersion:
    """``text`` is in force from now on. Raises ``ActRefusedError`` for one with a fault, or that is in force."""
    return put(conn, admin, to_apply(conn, text, reason))


def to_apply(conn: Connection, text: str, reason: str) -> PolicyWish:
    """What ``apply`` would put in force. Raises ``ActRefusedError`` as it does."""
    why = _worded(reason)
    _checked(text)
    now = present(conn)
    if now is not None and now.sha256 == policy_versions.digest_of(text):
        raise ActRefusedError(f"This very text is in force already, as version {now.version}.")
    return PolicyWish("policy.apply", text, why, None, 0 if now is None else now.version)


def roll_back(conn: Connection, admin: Admin, to: int | None, reason: str) -> PolicyVersion:
    """The text of version ``to`` is in force once more, as a new version; 0: none that was applied.

    None: what was in force before the present one. Raises ``ActRefusedError``.
    """
    return put(conn, admin, to_roll_back(conn, to, reason))


def to_roll_back(conn: Connection, to: int | None, reason: str) -> PolicyWish:
    """What ``roll_back`` would put in force. Raises ``ActRefusedError`` as it does."""
    why, now = _worded(reason), policy_versions.newest(conn)
    if now is None:
        raise ActRefusedError("No policy was ever applied. There is nothing to go back to.")
    wanted = now.version - 1 if to is None else to
    if wanted == now.version:
        raise ActRefusedError(f"Version {wanted} is in force.")
    found = policy_versions.find(conn, wanted) if wanted > 0 else None
    if found is None and wanted != 0:
        raise ActRefusedError(f"There is no version {wanted}. See: kiosk policy history --data DIR")
    text = "" if found is None else policy_versions.text_of(conn, found)
    if text:
        _checked(text)
    if now.sha256 == (policy_versions.digest_of(text) if text else ""):
        raise ActRefusedError(f"What held then is in force already, as version {now.version}.")
    return PolicyWish("policy.rollback", text, why, wanted, now.version)


def present(conn: Connection) -> PolicyVersion | None:
    """The version in force; None as well for one that is not as it was applied: another may always take its place."""
    try:
        return policy_versions.newest(conn)
    except TamperedError:
        return None


def _worded(reason: str) -> str:
    return worded(reason, MAX_REASON, "The reason")


def _checked(text: str) -> None:
    faults = check(text).faults
    if faults:
        more = f" And {len(faults) - MAX_TOLD} more." if len(faults) > MAX_TOLD else ""
        raise ActRefusedError(f"It is not put in force. {' '.join(faults[:MAX_TOLD])}{more}")


def put(conn: Connection, admin: Admin, wish: PolicyWish, more: dict[str, Json] | None = None) -> PolicyVersion:
    """``wish`` is in force from now on. ``more``: what else its row in the trail says."""
    made = policy_versions.add(
        conn, wish.text, by=admin.name, administrator=admin.person, reason=wish.reason, again=wish.again, now=admin.now
    )
    kept = ("version", "sha256", "reason", "again")
    told: dict[str, Json] = {name: value for name, value in asdict(made).items() if name in kept}
    record(conn, admin, wish.act, detail={**told, **(more or {})})
    return made
