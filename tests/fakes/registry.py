"""A hospital's store where keys are enrolled and judged, without a service around it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from kiosk.service.admin import cards, metadata, people
from kiosk.service.admin.act import Admin
from kiosk.service.admin.metadata import Judged
from kiosk.service.platform.keys import BadgeKeys
from kiosk.service.policy.authenticator_rules import KeyRules
from kiosk.service.proofs.registration import Begun
from kiosk.service.store import lookups
from kiosk.service.store.database import Database
from kiosk.service.store.factors import Factor, of_person
from kiosk.service.store.schema import audit_row, station_event
from tests.fakes.attested import KeyMaker, MetadataService, NewKey
from tests.fakes.client import NOW, ORIGIN
from tests.fakes.service import RP_ID

BADGE_KEYS = BadgeKeys("k1", {"k1": b"b" * 32})


@dataclass
class Registry:
    """``now`` may be moved; ``rules`` changed."""

    db: Database
    rules: KeyRules = field(default_factory=KeyRules)
    mds: MetadataService = field(default_factory=lambda: MetadataService.new(NOW))
    now: int = NOW

    @property
    def admin(self) -> Admin:
        return Admin("root", 0, self.now)

    def hire(self, login: str, *roles: str) -> str:
        return self.db.write_now(people.add, self.admin, login, login.title(), roles)

    def metadata(self, *entries: Any, **more: Any) -> Judged:
        """Take a file in."""
        blob = metadata.verified(self.mds.blob(*entries, **more), self.now, self.mds.root_pem, None)
        return self.db.write_now(metadata.take_in, self.admin, self.rules, blob)

    def judge(self) -> Judged:
        return self.db.write_now(metadata.judge_all, self.admin, self.rules)

    def begin(self, login: str) -> Begun:
        return self.db.read_now(cards.begin_key, login, ORIGIN, RP_ID, self.now, self.rules)

    def enrol(
        self, login: str, made_by: KeyMaker | None, key: NewKey | None = None, fmt: str = "packed", **more: Any
    ) -> str:
        """A key, through the administrator's own door; its credential id. ``more``: of ``cards.add_key``."""
        key = key or NewKey(made_by, made_by.aaguid if made_by else bytes(16))
        begun = self.begin(login)
        made = cards.verify_key(begun, *key.answer(begun, fmt), self.now)
        options: dict[str, Any] = {"discoverable": True, "built_in": False, "uid": None, "rules": self.rules, **more}
        name = options.pop("name", "Blue key")
        self.db.write_now(cards.add_key, self.admin, BADGE_KEYS, login, name, made, **options)
        return made.credential_id

    def factors(self, login: str) -> list[Factor]:
        known = self.db.read_now(lookups.person_by_login, login)
        assert known is not None
        return self.db.read_now(of_person, known.person.id)

    def key(self, login: str) -> Factor:
        """The only key."""
        (found,) = [factor for factor in self.factors(login) if factor.kind == "key"]
        return found

    def acts(self) -> list[dict[str, Any]]:
        """Details of the administrators' rows, oldest first."""
        bodies = self.db.read_now(
            lambda conn: conn.execute(select(audit_row.c.body).order_by(audit_row.c.seq)).scalars().all()
        )
        return [json.loads(body)["detail"] for body in bodies]

    def told(self) -> list[tuple[str, str | None, str | None]]:
        """Kind, session and reason of every event for a station."""
        rows = self.db.read_now(lambda conn: conn.execute(select(station_event).order_by(station_event.c.id)).all())
        return [(row.kind, row.session, row.reason) for row in rows]
