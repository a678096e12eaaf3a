"""The doors of the page “Waiting requests”: a paired phone answers servers, for a person at no workstation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from kiosk.model.proof import Fido2Proof
from kiosk.service.away import answering, opening, page, subscribing, whose
from kiosk.service.away.found import allowed
from kiosk.service.away.opening import PhoneOpening, WaitingView
from kiosk.service.phone.approving import NumberView, OutcomeView
from kiosk.service.phone.page import HEADERS, TOOLS, tools
from kiosk.service.phone.page_texts import language_of
from kiosk.service.platform.web_push import PushSubscription, VapidKey
from kiosk.service.routes.door import TheService, service_of
from kiosk.service.routes.phone import ApproveIn, LookIn, NumberIn, OwnPage, PhoneSignedIn
from kiosk.service.routes.strict import StrictRoute
from kiosk.service.shared.context import Service

router = APIRouter(tags=["phone"], route_class=StrictRoute)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OpenWaitingIn:
    """``nonce``: of what was signed."""

    nonce: str = field(repr=False)
    proof: Fido2Proof


@dataclass(frozen=True, slots=True)
class SubscriptionIn:
    """As the browser gives it (Push API section 8): where messages go, and for whom they are encrypted, base64url."""

    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)

    @property
    def subscription(self) -> PushSubscription:
        """The same, of the platform."""
        return PushSubscription(self.endpoint, self.p256dh, self.auth)


@dataclass(frozen=True, slots=True)
class SignedSubscriptionIn:
    """It, and the passkey's word for it. ``nonce``: of what was signed."""

    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)
    nonce: str = field(repr=False)
    proof: Fido2Proof

    @property
    def subscription(self) -> PushSubscription:
        """It, of the platform."""
        return PushSubscription(self.endpoint, self.p256dh, self.auth)


async def _write(service: Service, code: str, act: Callable[[Connection, int], T]) -> T:
    """``act`` in a transaction of its own, for a page that is open. Raises ``HttpProblemError``."""
    now = service.now()
    await service.db.read(answering.check_live, code, now)
    return await service.db.write(act, now)


@router.get(page.PAGE, response_class=Response)
async def show(request: Request) -> Response:
    """The page. What waits comes once a passkey has signed."""
    service = service_of(request)
    wakes = allowed(service) and bool(service.phone.push_services)
    key = VapidKey(service.keys.nonce).public if wakes else ""
    html = page.html(language_of(request.headers.get("accept-language", "")), key)
    return Response(html, media_type="text/html", headers=page.HEADERS_WAKING if wakes else HEADERS)


@router.get(page.SCRIPT, response_class=Response, include_in_schema=False)
async def script() -> Response:
    """The page's."""
    return Response(page.script(), media_type="text/javascript")


@router.get(TOOLS, response_class=Response, include_in_schema=False)
async def shared() -> Response:
    """Of all of the phone's pages."""
    return Response(tools(), media_type="text/javascript")


@router.get(page.WORKER, response_class=Response, include_in_schema=False)
async def worker() -> Response:
    """What a push message wakes."""
    return Response(page.worker(), media_type="text/javascript", headers=page.HEADERS_WORKER)


@router.get(page.MANIFEST, response_class=Response, include_in_schema=False)
async def manifest(request: Request) -> Response:
    """The page's, for a phone's home screen."""
    said = page.manifest(language_of(request.headers.get("accept-language", "")))
    return Response(said, media_type="application/manifest+json")


@router.post("/phone/push/begin")
async def begin_push(body: SubscriptionIn, service: TheService, _own: OwnPage) -> PhoneOpening:
    """What the phone's passkey is to sign to be woken so."""
    return subscribing.begin(service, body.subscription, service.now())


@router.post("/phone/push/keep", status_code=204, response_class=Response)
async def keep_push(body: SignedSubscriptionIn, service: TheService, _own: OwnPage) -> Response:
    """The phone that signed is woken so from now on. No body."""
    now, asked = service.now(), body.subscription
    digest = subscribing.digest_of(service, asked, body.nonce, now)
    await service.db.read(whose.check, service, digest, body.proof)
    await service.db.write(subscribing.keep, service, asked, body.nonce, body.proof, now)
    return Response(status_code=204)


@router.post("/phone/waiting/begin")
async def begin(service: TheService, _own: OwnPage) -> PhoneOpening:
    """What the phone's passkey is to sign."""
    return opening.begin(service, service.now())


@router.post("/phone/waiting/open")
async def open_page(body: OpenWaitingIn, service: TheService, _own: OwnPage) -> WaitingView:
    """What waits, for whoever's phone signed it."""
    now = service.now()
    await service.db.read(opening.check, service, body.nonce, body.proof, now)
    return await service.db.write(opening.open_page, service, body.nonce, body.proof, now)


@router.post("/phone/waiting/number")
async def number(body: NumberIn, request: Request, service: TheService, _own: OwnPage) -> NumberView:
    """What is asked, for the number that the server shows; three tries."""
    language = language_of(request.headers.get("accept-language", ""))
    code, typed = body.code, body.number
    return await _write(service, code, lambda conn, now: answering.show(conn, service, code, typed, language, now))


@router.post("/phone/waiting/approve")
async def approve(body: ApproveIn, service: TheService, _own: OwnPage) -> OutcomeView:
    """Yes."""
    code, typed, proof = body.code, body.number, body.proof
    return await _write(service, code, lambda conn, now: answering.approve(conn, service, code, typed, proof, now))


@router.post("/phone/waiting/refuse")
async def refuse(body: LookIn, service: TheService, _own: OwnPage) -> OutcomeView:
    """No."""
    return await _write(service, body.code, lambda conn, now: answering.refuse(conn, service, body.code, now))


@router.post("/phone/waiting/report")
async def report(body: PhoneSignedIn, service: TheService, _own: OwnPage) -> OutcomeView:
    """“Not me”."""
    code, proof = body.code, body.proof
    return await _write(service, code, lambda conn, now: answering.report(conn, service, code, proof, now))
