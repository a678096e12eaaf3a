"""A receiver of our signals that asks about its own stream, as any SSF receiver does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kiosk.service.signals import delivering, registering
from kiosk.service.signals.event_types import TOLD
from kiosk.service.store.signal_receivers import ReceiverRules
from tests.fakes.client import Answer, Client
from tests.fakes.service import Hospital
from tests.fakes.signals import ADMIN, read

STREAM, STATUS = "/v1/signals/stream", "/v1/signals/status"
PUSH, POLL = "urn:ietf:rfc:8935", "urn:ietf:rfc:8936"


@dataclass
class StreamOwner:
    """An application with what an administrator registered for it."""

    hospital: Hospital
    client: Client

    @property
    def id(self) -> str:
        return self.client.client_id

    async def send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        more = {} if body is None else {"json": body}
        return await self.client._send(method, path, None, **more)

    async def of_stream(self, method: str, **said: Any) -> Answer:
        """``POST``, ``PATCH`` or ``PUT`` of the stream."""
        mine = {} if method == "POST" else {"stream_id": self.id}
        return await self.send(method, STREAM, {**mine, **said})

    async def delete(self) -> Answer:
        return await self.send("DELETE", f"{STREAM}?stream_id={self.id}")

    async def subject(self, act: str, subject: dict[str, str]) -> Answer:
        return await self.send("POST", f"/v1/signals/subjects/{act}", {"stream_id": self.id, "subject": subject})

    async def poll(self, **said: Any) -> Answer:
        """What waits, at once. The trail is read for news before."""
        await delivering.once(self.hospital.service)
        return await self.send("POST", f"/v1/signals/poll/{self.id}", {"returnImmediately": True, **said})

    async def names(self, answer: Answer) -> list[str]:
        """The types of the events in an answer, by their last word."""
        assert answer.status == 200, answer.body
        found = []
        for jti, token in answer.body["sets"].items():
            said = await read(self.hospital, token)
            assert said["jti"] == jti
            found += [uri.rpartition("/")[2] for uri in said["events"]]
        return found


async def owner(hospital: Hospital, name: str = "portal", **bent: Any) -> StreamOwner:
    """An application that fetches its signals, unless ``uri`` says where they are posted."""
    client = await hospital.application(name, f"https://{name}.example")
    rules = ReceiverRules(**{"uri": "", "events": TOLD, **bent})
    await hospital.db.write(registering.put_receiver, ADMIN, name, rules)
    return StreamOwner(hospital, client)
