"""The FIDO metadata: taking a file in, and judging the keys that are enrolled by what it says."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from fido2.webauthn import AttestationObject
from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.admin.act import ActRefusedError, Admin, record
from kiosk.service.metadata.blob import Blob, MetadataBlobError, read
from kiosk.service.platform.certificate_files import CertificateFileError, certificates
from kiosk.service.policy.authenticator_rules import KeyRules
from kiosk.service.proofs import admission, attestation
from kiosk.service.proofs.attestation import NOTHING_SAID, Statement
from kiosk.service.proofs.authenticator_policy import Judgement, KeyProperties
from kiosk.service.store import factors, metadata, people, stopping
from kiosk.service.store.sql_types import StoredRow

MAX_UNREAD_TOLD = 20
"""How many entries that cannot be read are told one by one."""
BY_METADATA = "metadata: "
"""How the reason begins where a key was suspended here, and only then may it be resumed here."""


@dataclass(frozen=True, slots=True)
class Judged:
    """How many keys there are, and of those how many were suspended now, count again now, are known to be hardware."""

    keys: int = 0
    suspended: int = 0
    resumed: int = 0
    trusted: int = 0


def verified(data: bytes, now: int, root: bytes | None, signer: str | None) -> Blob:
    """The file, verified. ``root``: PEM, None for the published one; ``signer``: a name in its certificate.

    Raises ``ActRefusedError``.
    """
    try:
        return read(data, now, root, (signer,)) if signer else read(data, now, root)
    except MetadataBlobError as error:
        raise ActRefusedError(str(error)) from None


def roots_left(root: bytes) -> tuple[str, ...]:
    """A sentence for each part of a file of roots that is not read. Raises ``ActRefusedError``."""
    try:
        return certificates(root).left
    except CertificateFileError as error:
        raise ActRefusedError(f"The file of roots cannot be used. {error}") from None


def take_in(conn: Connection, admin: Admin, rules: KeyRules, blob: Blob, *, judge: bool = True) -> Judged:
    """What ``blob`` says counts from now on. Raises ``ActRefusedError`` for an older one.

    ``judge``: for enrolled keys too, in this transaction; else ``judging.judge`` follows, which makes nobody wait.
    """
    here = metadata.newest(conn)
    if here is not None and blob.no < here.no:
        raise ActRefusedError(
            f"This metadata has the number {blob.no}, and {here.no} is here already: it never goes back."
        )
    if here is not None and blob.no == here.no and blob.digest != here.digest:
        raise ActRefusedError(
            f"Another file with the number {blob.no} is here already. One of the two is forged: report it."
        )
    metadata.replace(conn, blob, admin.now)
    detail: dict[str, Json] = {
        "no": blob.no,
        "next_update": day(blob.next_update - 1),
        "digest": blob.digest,
        "root": blob.root,
        "signer": blob.signer,
        "models": len(blob.models),
        "unread": [str(entry) for entry in blob.unread[:MAX_UNREAD_TOLD]],
    }
    record(conn, admin, "metadata.import", detail=detail)
    return judge_all(conn, admin, rules) if judge else Judged()


def judge_all(conn: Connection, admin: Admin, rules: KeyRules) -> Judged:
    """Judge every enrolled key anew: suspend what is no longer accepted, take that back where it is again.

    One audit row a key that changes, and a lock at the station where its person is signed in.
    """
    keys = trusted = 0
    done: Counter[str | None] = Counter()
    for row in metadata.enrolled_keys(conn):
        found, change = judge_one(conn, admin, rules, row)
        keys, trusted = keys + 1, trusted + found.trusted
        done[change] += 1
    return Judged(keys, done["key.suspend"], done["key.resume"], trusted)


def judgement_of(conn: Connection, rules: KeyRules, row: StoredRow, now: int) -> Judgement:
    """What an enrolled key is worth now. ``row``: one of ``store.metadata.enrolled_keys``."""
    statement = _statement(row.object)
    facts = KeyProperties(row.aaguid, statement.kind, statement.path, bool(row.backup_eligible), row.created)
    strict = bool(row.attestation_trusted) or (row.suspended_why or "").startswith(BY_METADATA)
    return admission.weigh(conn, rules, facts, row.credential_id, now, strict=strict)


def would_change(row: StoredRow, found: Judgement) -> bool:
    """Whether ``judge_one`` would change anything of a key that is judged so."""
    if (found.trusted, found.model) != (bool(row.attestation_trusted), row.model):
        return True
    stopped = (row.suspended_why or "").startswith(BY_METADATA)
    return stopped if found.fault is None else row.suspended is None


def judge_one(conn: Connection, admin: Admin, rules: KeyRules, row: StoredRow) -> tuple[Judgement, str | None]:
    """The judgement, and which act followed."""
    found = judgement_of(conn, rules, row, admin.now)
    if (found.trusted, found.model) != (bool(row.attestation_trusted), row.model):
        metadata.note_judgement(conn, row.credential_id, found.trusted, found.model)
    if found.fault is not None and row.suspended is None:
        factors.suspend(conn, "key", row.credential_id, BY_METADATA + found.fault, admin.now)
        stopping.lock_everywhere(conn, row.person, admin.now, "factor")
        return found, _told(conn, admin, "key.suspend", row, found)
    if found.fault is None and (row.suspended_why or "").startswith(BY_METADATA):
        factors.resume(conn, "key", row.credential_id)
        return found, _told(conn, admin, "key.resume", row, found)
    if found.trusted != bool(row.attestation_trusted):
        return found, _told(conn, admin, "key.trust", row, found)
    return found, None


def _told(conn: Connection, admin: Admin, act: str, row: StoredRow, found: Judgement) -> str:
    detail: dict[str, Json] = {
        "factor": factors.short_of(f"key:{row.credential_id}"),
        "credential_id": row.credential_id,
        "aaguid": row.aaguid,
        "model": found.model,
        "trusted": found.trusted,
        "reason": found.fault,
        "status": found.status,
    }
    record(conn, admin, act, person=people.by_id(conn, row.person), method="fido2", detail=detail)
    return act


def _statement(kept: bytes | None) -> Statement:
    """What was verified at enrolment is only taken apart again here."""
    if kept is None:
        return NOTHING_SAID
    said = AttestationObject(bytes(kept))
    path = tuple(bytes(certificate) for certificate in said.att_stmt.get("x5c") or ())
    if said.fmt not in attestation.FORMATS:
        return Statement("unknown")
    return Statement("certified", path) if path else Statement("none" if said.fmt == "none" else "self")


def day(at: int) -> str:
    """ISO date in UTC."""
    return datetime.fromtimestamp(at, UTC).date().isoformat()
