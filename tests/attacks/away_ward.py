"""Somebody with a card at a station whose service is away."""

from __future__ import annotations

from pathlib import Path

import pytest_asyncio

from kiosk.downtime import checking
from kiosk.downtime import ticket as tickets
from kiosk.model.binding import OFFLINE_LABEL, Json, b64u, canonical
from kiosk.model.challenge import Challenge
from kiosk.model.proof import Method
from kiosk.model.ticket import Ticket
from tests.fakes.apart import Apart, apart
from tests.fakes.service import Hospital


@pytest_asyncio.fixture
async def ward(service: Hospital, tmp_path: Path) -> Apart:
    return await apart(service, tmp_path)


def ticket_of(ward: Apart) -> Ticket:
    return tickets.read(ward.ticket, ward.own._kept.keys, ward.station.client_id, ward.own._jkt)


def told_by_a_broken_station(ward: Apart, method: Method) -> tuple[Challenge, dict[str, str]]:
    """A challenge that says whatever the station likes, and the row's fields that go with it."""
    ticket = ticket_of(ward)
    who: dict[str, Json] = {"id": ward.person, "login": "ada"}
    said: dict[str, Json] = {
        "kind": "offline",
        "ceremony": "offline-broken",
        "method": method.value,
        "workstation": ward.station.client_id,
        "time": int(ward.wall()),
        "ticket": ticket.jti,
        "who": who,
    }
    text, nonce = canonical(said), b"n" * 32
    digest = checking.digest_of(OFFLINE_LABEL, nonce, text)
    asked = Challenge(
        ceremony="offline-broken",
        method=method,
        label=OFFLINE_LABEL,
        nonce=b64u(nonce),
        challenge=digest,
        statement=text.decode(),
        expires_in=60,
        rp_id=ward.known.rp_id if ward.known else "",
        origin=ward.known.origin if ward.known else "",
    )
    detail = {"person": ward.person, "ticket": ticket.jti, "ceremony": "offline-broken", "method": method.value}
    return asked, {**detail, "allow": "reopen", "policy": ticket.policy}
