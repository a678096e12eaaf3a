"""Somebody signed in whose programs ask for a step-up."""

from __future__ import annotations

import json
from typing import Any

from joserfc import jws
from joserfc.jwk import KeySet

from tests.fakes.client import Answer, Client
from tests.fakes.keys import SoftKey, give_key
from tests.fakes.service import Hospital

ADA = "04A1B2C3"


class Ward:
    """Ada, signed in at a workstation, with a key and a code app."""

    def __init__(self, hospital: Hospital, person: str, key: SoftKey, station: Client, session: str) -> None:
        self.hospital = hospital
        self.person = person
        self.key = key
        self.station = station
        self.session = session

    async def by_key(self, view: Answer, purpose: str | None = None, **bent: Any) -> Answer:
        """Prove the step-up with the key."""
        challenge = await self.station.challenge(view.body["id"], "fido2", purpose)
        assert challenge.status == 200, challenge.body
        return await self.station.prove(view.body["id"], self.key.sign(challenge.body, **bent), purpose)

    async def claims(self, token: str) -> dict[str, Any]:
        """The claims of a token as any JOSE library reads them."""
        keys = KeySet.import_key_set((await self.hospital.http.get("/.well-known/jwks.json")).json())
        read = jws.deserialize_compact(token, keys, algorithms=["ES256"])
        assert read.headers()["typ"] == "stepup+jwt"
        return dict(json.loads(read.payload))


async def make(hospital: Hospital, *roles: str) -> Ward:
    person = await hospital.person("ada", "Ada Lovelace", *roles)
    await hospital.badge(person, ADA)
    station = await hospital.station()
    session = await station.open(ADA)
    return Ward(hospital, person, await give_key(hospital, person), station, session)
