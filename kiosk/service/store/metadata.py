"""The FIDO metadata that was taken in, and what keys said of themselves when they were enrolled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, true

from kiosk.service.metadata.blob import Blob
from kiosk.service.metadata.models import KeyModel
from kiosk.service.store import integrity
from kiosk.service.store.schema import fido2_attestation, fido2_credential, fido_metadata, fido_model
from kiosk.service.store.sql_types import AnySelect, StoredRow

BATCH = 500
ENTRY = "entry-"
"""What stands for an identifier, before its number, of an entry of which no model can be told."""


@dataclass(frozen=True, slots=True)
class TakenIn:
    """One file that was taken in. Times in epoch seconds; the rest as in ``metadata.blob.Blob``."""

    no: int
    next_update: int
    digest: str
    root: str
    signer: str
    models: int
    added: int


def newest(conn: Connection) -> TakenIn | None:
    """The file that counts."""
    row = conn.execute(select(fido_metadata).order_by(fido_metadata.c.no.desc()).limit(1)).first()
    if row is None:
        return None
    integrity.check(conn, fido_metadata, row._mapping)
    return TakenIn(**{name: getattr(row, name) for name in TakenIn.__dataclass_fields__})


def replace(conn: Connection, blob: Blob, now: int) -> None:
    """What ``blob`` says counts from now on, in place of all before it."""
    integrity.remove(conn, fido_metadata, fido_metadata.c.no == blob.no)
    said = {"no": blob.no, "next_update": blob.next_update, "digest": blob.digest, "root": blob.root}
    row = {**said, "signer": blob.signer, "models": len(blob.models), "added": now}
    integrity.add(conn, fido_metadata, row)
    integrity.remove(conn, fido_model, true())
    rows = [{"id": model.ids[0], "name": model.name, "body": model.text(), "icon": model.icon} for model in blob.models]
    nameless = [
        KeyModel((f"{ENTRY}{entry.number}",), "", (), (), unread=entry.why) for entry in blob.unread if not entry.ids
    ]
    rows += [{"id": model.ids[0], "name": "", "body": model.text(), "icon": ""} for model in nameless]
    for start in range(0, len(rows), BATCH):
        integrity.add_all(conn, fido_model, rows[start : start + BATCH])


def model(conn: Connection, identifiers: Sequence[str]) -> KeyModel | None:
    """The model of the first of ``identifiers`` (AAGUID or key identifiers, hex) that is known; without its picture."""
    for identifier in identifiers:
        row = integrity.one(conn, fido_model, fido_model.c.id == identifier)
        if row is not None:
            return KeyModel.from_text(row.id, row.name, row.body)
    return None


def models(conn: Connection) -> list[tuple[str, str]]:
    """Identifier and name of every model, by name."""
    known = select(fido_model.c.id, fido_model.c.name).where(~fido_model.c.id.startswith(ENTRY))
    rows = conn.execute(known.order_by(fido_model.c.name, fido_model.c.id))
    return [(row.id, row.name) for row in rows]


def unread(conn: Connection) -> list[KeyModel]:
    """Models of which the entry could not be read, and entries of which no model can be told (``ENTRY``)."""
    doubtful = fido_model.c.body.contains('"unread": ')
    rows = integrity.rows(conn, fido_model, doubtful, order=(fido_model.c.id,), skip=True)
    found = [KeyModel.from_text(row.id, row.name, row.body) for row in rows]
    return [model for model in found if model.unread]


def icon(conn: Connection, identifier: str) -> str | None:
    """The picture of a model, a ``data:`` URL; None where there is none."""
    return conn.execute(select(fido_model.c.icon).where(fido_model.c.id == identifier)).scalar() or None


def aaguid_of(conn: Connection, credential: str) -> str | None:
    """What a key said its model is."""
    mine = fido2_credential.c.credential_id == credential
    return conn.execute(select(fido2_credential.c.aaguid).where(mine)).scalar()


def keep_attestation(conn: Connection, credential: str, attestation_object: bytes, client_data_hash: bytes) -> None:
    """Keep what a key said of itself."""
    row = {"credential": credential, "object": attestation_object, "client_data_hash": client_data_hash}
    integrity.add(conn, fido2_attestation, row)


def attestation(conn: Connection, credential: str) -> tuple[bytes, bytes] | None:
    """``attestationObject`` and client data hash of a key; None if nothing was kept."""
    row = integrity.one(conn, fido2_attestation, fido2_attestation.c.credential == credential)
    return None if row is None else (bytes(row.object), bytes(row.client_data_hash))


def enrolled_keys(conn: Connection) -> Iterator[StoredRow]:
    """Every key that is not revoked, with its ``object`` and ``client_data_hash``, both None if nothing was kept.

    In the order of their ids, page by page: what keys said of themselves is too much to hold at once.
    """
    number, after = fido2_credential.c.credential_id, ""
    while True:
        page = conn.execute(_keys().where(number > after).order_by(number).limit(BATCH)).all()
        yield from page
        if len(page) < BATCH:
            return
        after = page[-1].credential_id


def enrolled_key(conn: Connection, credential: str) -> StoredRow:
    """One of ``enrolled_keys``, which must be there."""
    return conn.execute(_keys().where(fido2_credential.c.credential_id == credential)).one()


def _keys() -> AnySelect:
    joined = fido2_credential.outerjoin(
        fido2_attestation, fido2_attestation.c.credential == fido2_credential.c.credential_id
    )
    wanted = select(fido2_credential, fido2_attestation.c.object, fido2_attestation.c.client_data_hash)
    return wanted.select_from(joined).where(fido2_credential.c.revoked.is_(None))


def note_judgement(conn: Connection, credential: str, trusted: bool, name: str | None) -> None:
    """Whether a key is known to be hardware, and its model's name."""
    mine = fido2_credential.c.credential_id == credential
    integrity.change(conn, fido2_credential, mine, {"attestation_trusted": trusted, "model": name})
