"""A phone is to be woken by Web Push: its passkey signs its own subscription, and nobody else's word counts.

A subscription that somebody put into a person's page, or sent from a stolen session, is signed by no phone of theirs.
Where it leads is one of the push services that the hospital named, whatever the browser says.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from sqlalchemy import Connection

from kiosk.model.binding import PHONE_PUSH_LABEL, Json, b64u
from kiosk.model.proof import Fido2Proof
from kiosk.service.audit import writer
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.away import nonces, whose
from kiosk.service.away.found import allowed
from kiosk.service.away.opening import PhoneOpening
from kiosk.service.away.sealed_subscription import SealedSubscriptions
from kiosk.service.phone.pairing import SignOptions
from kiosk.service.platform.phone_settings import origin_of
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.platform.web_push import NoSubscriptionError, PushSubscription
from kiosk.service.shared.context import Service
from kiosk.service.store import factors, phone_subscriptions

WOKEN = "phone_push"
"""In the trail: a phone is woken from now on (``success``), or not any more (``seen``, ``gone``)."""


def begin(service: Service, asked: PushSubscription, now: int) -> PhoneOpening:
    """What the phone's passkey signs to be woken at ``asked``. Raises ``HttpProblemError``."""
    check(service, asked)
    nonce = nonces.new(service, now)
    return PhoneOpening(nonce, SignOptions(b64u(digest_of(service, asked, nonce, now)), service.rp_id))


def check(service: Service, asked: PushSubscription) -> None:
    """Raises ``HttpProblemError`` for what is no subscription, or leads anywhere but to a push service that is
    allowed."""
    if not allowed(service) or not service.phone.push_services:
        raise HttpProblemError(404, "not_here", "Phones are not woken here.")
    if origin_of(asked.endpoint) not in service.phone.push_services:
        raise HttpProblemError(422, "push_service", "This browser's push service is not one that the hospital allows.")
    try:
        asked.check()
    except NoSubscriptionError:
        raise HttpProblemError(422, "subscription", "The browser's subscription cannot be read.") from None


def digest_of(service: Service, asked: PushSubscription, nonce: str, now: int) -> bytes:
    """What is signed: over all of the subscription. Raises ``HttpProblemError``."""
    parts = json.dumps([asked.endpoint, asked.p256dh, asked.auth]).encode()
    return nonces.signed_with(service, PHONE_PUSH_LABEL, nonce, now, hashlib.sha256(parts).digest())


def keep(conn: Connection, service: Service, asked: PushSubscription, nonce: str, proof: Fido2Proof, now: int) -> None:
    """The phone that signed is woken there from now on, and nowhere else. Raises ``HttpProblemError``."""
    check(service, asked)
    known, row = whose.proved(conn, service, digest_of(service, asked, nonce, now), nonce, proof, now)
    sealed = SealedSubscriptions(service.keys.nonce).seal(row.id, asked)
    phone_subscriptions.keep(conn, row.id, sealed, now)
    _write(conn, (known.person.id, known.person.login), row.id, now, service=origin_of(asked.endpoint) or "")


def gone(conn: Connection, person: str, phone: str, now: int) -> None:
    """The push service does not know it any more (RFC 8030 section 7.3)."""
    if phone_subscriptions.remove(conn, phone):
        _write(conn, (person, None), phone, now)


def _write(conn: Connection, who: tuple[str, str | None], phone: str, now: int, *, service: str = "") -> None:
    """Which push service it is, and no address: whoever has that can wake the phone. Empty: not any more."""
    detail: dict[str, Json] = {"factor": factors.short_of(f"phone:{phone}")}
    event = Event(WOKEN, "seen", now, "gone", *who, method="phone", detail=detail)
    if service:
        event = replace(event, result="success", reason=None, detail={**detail, "service": service})
    writer.append(conn, SERVICE, event)
