"""A policy that needs two administrators: one proposes it, another real person confirms the very same text.

Who they are is what the operating system vouches for (``cli/acting_person``): an account alone is nobody.
"""

from __future__ import annotations

from hmac import compare_digest

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.admin import policies
from kiosk.service.admin.act import ActRefusedError, Admin, record
from kiosk.service.admin.policies import PolicyWish
from kiosk.service.store import policy_proposals, policy_versions
from kiosk.service.store.policy_proposals import How, PolicyProposal
from kiosk.service.store.policy_versions import PolicyVersion

SECONDS = 7 * 86_400
"""For which a proposal waits at most: whoever confirms it later would confirm what was right another week."""
NONE = "none"
"""What is confirmed instead of a SHA-256 where no policy of one's own is to be in force any more."""
NOBODY = (
    "With two_administrators in [policy] of service.toml the system has to say which person acts, and it cannot. "
    "Sign in by your own account, and use sudo from there."
)


def propose(conn: Connection, admin: Admin, text: str, reason: str) -> PolicyProposal:
    """``text`` waits for a second administrator. Raises ``ActRefusedError`` as ``policies.apply``, and for nobody."""
    who = the_administrator(admin)
    return _add(conn, admin, who, policies.to_apply(conn, text, reason))


def propose_roll_back(conn: Connection, admin: Admin, to: int | None, reason: str) -> PolicyProposal:
    """The same of a version of before; ``to`` as in ``policies.roll_back``."""
    who = the_administrator(admin)
    return _add(conn, admin, who, policies.to_roll_back(conn, to, reason))


def confirm(conn: Connection, admin: Admin, digest: str) -> PolicyVersion | How:
    """Put in force what was proposed, as long as it is the text of SHA-256 ``digest`` (or ``none``).

    How it ended instead, where it is too old, or another version came into force meanwhile. Raises ``ActRefusedError``
    for any other digest, and for whoever proposed it.
    """
    who, found = the_administrator(admin), policy_proposals.waiting(conn)
    if found is None:
        raise ActRefusedError("No policy waits for a second administrator.")
    if not compare_digest((found.sha256 or NONE).encode(), digest.strip().lower().encode()):
        raise ActRefusedError("Another text than this one was proposed. See: kiosk policy history --data DIR")
    if who == found.administrator:
        raise ActRefusedError(f"{who} proposed it. Somebody else has to confirm it.")
    now = policies.present(conn)
    if admin.now >= found.at + SECONDS or admin.now < found.at:
        return _end(conn, admin, found, "expired")
    if (0 if now is None else now.version) != found.base:
        return _end(conn, admin, found, "outdated")
    text = policy_versions.kept(conn, found.sha256)
    wish = PolicyWish(found.act, text, found.reason, found.again, found.base)
    told: dict[str, Json] = {"proposal": found.proposal, "proposed_by": found.administrator, "confirmed_by": who}
    made = policies.put(conn, admin, wish, told)
    policy_proposals.end(conn, found, "confirmed", admin.now, who, made.version)
    return made


def withdraw(conn: Connection, admin: Admin) -> PolicyProposal:
    """What was proposed is not wanted any more. Any administrator may say so. Raises ``ActRefusedError``."""
    found = policy_proposals.waiting(conn)
    if found is None:
        raise ActRefusedError("No policy waits for a second administrator.")
    _end(conn, admin, found, "withdrawn")
    return found


def the_administrator(admin: Admin) -> str:
    """The person who acts. Raises ``ActRefusedError`` where the system does not say, or says root alone."""
    if admin.person is None or admin.person == "root" or admin.how == "not known":
        raise ActRefusedError(NOBODY)
    return admin.person


def _add(conn: Connection, admin: Admin, who: str, wish: PolicyWish) -> PolicyProposal:
    before = policy_proposals.waiting(conn)
    if before is not None:
        _end(conn, admin, before, "superseded")
    policy_versions.keep(conn, wish.text)
    sha256 = policy_versions.digest_of(wish.text) if wish.text else ""
    wanted = PolicyProposal(0, wish.act, sha256, wish.base, wish.again, admin.name, who, wish.reason, admin.now)
    made = policy_proposals.add(conn, wanted)
    told: dict[str, Json] = {"proposal": made.proposal, "sha256": sha256, "reason": wish.reason, "again": wish.again}
    record(conn, admin, "policy.propose", detail={**told, "base": wish.base, "becomes": wish.act})
    return made


def _end(conn: Connection, admin: Admin, of: PolicyProposal, how: How) -> How:
    policy_proposals.end(conn, of, how, admin.now)
    told: dict[str, Json] = {"proposal": of.proposal, "sha256": of.sha256, "how": how, "proposed_by": of.administrator}
    record(conn, admin, "policy.proposal_ended", detail=told)
    return how
