"""Plain requests at the SCIM doors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from kiosk.service.admin.act import Admin
from kiosk.service.directory import tokens
from kiosk.service.store.database import Database

TYPE = "application/scim+json"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
WIDE = {"leave_least": 10_000, "altered_least": 10_000, "privileged_most": 1000}
"""A brake that stops nothing, for tests of something else."""


def token(db: Database, now: int, source: str = "entra") -> str:
    """A token for ``source``, on a database that no event loop uses."""
    return db.write_now(tokens.make, Admin("root", 0, now), source, 30)


@dataclass(frozen=True, slots=True)
class ScimAnswer:
    """What came back."""

    status: int
    body: Any
    headers: httpx.Headers


class ScimSpeaker:
    """One directory at the doors of a service in this process."""

    def __init__(self, http: Any, said: str) -> None:
        self.http = http
        self.said = said

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> ScimAnswer:
        """One request; ``headers`` by name, with _ for -."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        own = {"Authorization": f"Bearer {self.said}", "Content-Type": TYPE}
        answer = await self.http.request(method, f"/scim/v2{path}", json=body, headers=own | named)
        return ScimAnswer(answer.status_code, answer.json() if answer.content else None, answer.headers)

    async def user(self, login: str, name: str = "Anna Okonkwo", **more: Any) -> str:
        """Somebody comes; their id."""
        body = {"userName": login, "displayName": name, "active": True, **more}
        made = await self.ask("POST", "/Users", body)
        assert made.status == 201, made.body
        return str(made.body["id"])

    async def group(self, name: str, *members: str) -> str:
        """A group with members; its id."""
        made = await self.ask("POST", "/Groups", {"displayName": name, "members": [{"value": who} for who in members]})
        assert made.status == 201, made.body
        return str(made.body["id"])

    async def patch(self, path: str, *operations: Any, **headers: str) -> ScimAnswer:
        """Some operations at once."""
        return await self.ask("PATCH", path, {"schemas": [PATCH], "Operations": [*operations]}, **headers)
