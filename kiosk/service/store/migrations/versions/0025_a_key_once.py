"""The database itself holds that a security key counts once, under whichever credential id."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kiosk.service.store.errors import StoreDownError

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back. Raises ``StoreDownError`` where a key counts twice already."""
    key = sa.table("fido2_credential", sa.column("public_key"), sa.column("person"), sa.column("revoked"))
    person = sa.table("person", sa.column("id"), sa.column("login"))
    counting = sa.select(key.c.public_key).where(key.c.revoked.is_(None)).group_by(key.c.public_key)
    twice = key.c.public_key.in_(counting.having(sa.func.count() > 1)) & key.c.revoked.is_(None)
    whose = sa.select(person.c.login).join(key, key.c.person == person.c.id).where(twice).order_by(person.c.login)
    logins = op.get_bind().execute(whose.distinct()).scalars().all()
    if logins:
        raise StoreDownError(
            f"One security key is enrolled more than once, for {', '.join(logins)}. Nothing was changed. Take it away "
            "from each with the version before (key revoke LOGIN), then start this one again."
        )
    counts = sa.text("revoked IS NULL")
    op.create_index(
        "uq_fido2_credential_public_key",
        "fido2_credential",
        ["public_key"],
        unique=True,
        sqlite_where=counts,
        postgresql_where=counts,
    )
