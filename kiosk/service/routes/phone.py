"""The doors of the phone's page. Whoever comes has read a QR code at a workstation; nothing else says who they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import Connection

from kiosk.model.proof import Fido2Proof
from kiosk.service.phone import approving, page, pairing, questions
from kiosk.service.phone.approving import LookView, NumberView, OutcomeView
from kiosk.service.phone.page_texts import language_of
from kiosk.service.phone.pairing import BadAnswer, PairNumberView, SignOptions
from kiosk.service.routes.door import TheService
from kiosk.service.routes.own_page import check_own_page
from kiosk.service.routes.strict import StrictRoute
from kiosk.service.shared.context import Service
from kiosk.service.store.phone_requests import MadePasskey

router = APIRouter(tags=["phone"], route_class=StrictRoute)
T = TypeVar("T")
OwnPage = Annotated[None, Depends(check_own_page)]


@dataclass(frozen=True, slots=True)
class LookIn:
    """``code``: of the QR code."""

    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PasskeyIn:
    """The passkey that was made."""

    code: str = field(repr=False)
    made: MadePasskey


@dataclass(frozen=True, slots=True)
class PhoneSignedIn:
    """What a passkey signed: the try of a new one, or “Not me”."""

    code: str = field(repr=False)
    proof: Fido2Proof


@dataclass(frozen=True, slots=True)
class NumberIn:
    """``number``: as it was typed."""

    code: str = field(repr=False)
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ApproveIn:
    """``number``: as it was typed; ``proof``: the yes."""

    code: str = field(repr=False)
    number: str = field(repr=False)
    proof: Fido2Proof


async def _write(service: Service, code: str, act: Callable[[Connection, int], T]) -> T:
    """``act`` in a transaction of its own, for a code that is live. Raises ``HttpProblemError``."""
    now = service.now()
    await service.db.read(questions.check_live, code, now)
    return await service.db.write(act, now)


def _good(answer: T | BadAnswer) -> T:
    """``answer``, unless it is a bad one, which has been counted by now. Raises ``HttpProblemError``."""
    if isinstance(answer, BadAnswer):
        raise answer.problem()
    return answer


@router.get("/phone", response_class=Response)
async def show(request: Request) -> Response:
    """The page. Its script reads the code behind ``#``."""
    html = page.html(language_of(request.headers.get("accept-language", "")))
    return Response(html, media_type="text/html", headers=page.HEADERS)


@router.get(page.SCRIPT, response_class=Response, include_in_schema=False)
async def script() -> Response:
    """The page's."""
    return Response(page.script(), media_type="text/javascript")


@router.get(page.STYLE, response_class=Response, include_in_schema=False)
async def style() -> Response:
    """The page's."""
    return Response(page.style(), media_type="text/css")


@router.post("/phone/look")
async def look(body: LookIn, service: TheService, _own: OwnPage) -> LookView:
    """What a code is for."""
    return await service.db.read(approving.look, service, body.code, service.now())


@router.post("/phone/registered")
async def registered(body: PasskeyIn, service: TheService, _own: OwnPage) -> SignOptions:
    """A passkey was made; once for a code."""
    return _good(
        await _write(service, body.code, lambda conn, now: pairing.register(conn, service, body.code, body.made, now))
    )


@router.post("/phone/tried")
async def tried(body: PhoneSignedIn, service: TheService, _own: OwnPage) -> PairNumberView:
    """It signed; the number that is typed at the workstation."""
    return _good(
        await _write(service, body.code, lambda conn, now: pairing.tried(conn, service, body.code, body.proof, now))
    )


@router.post("/phone/number")
async def number(body: NumberIn, request: Request, service: TheService, _own: OwnPage) -> NumberView:
    """What is asked, for the number that the workstation shows; three tries."""
    language = language_of(request.headers.get("accept-language", ""))
    code, typed = body.code, body.number
    return await _write(service, code, lambda conn, now: approving.show(conn, service, code, typed, language, now))


@router.post("/phone/approve")
async def approve(body: ApproveIn, service: TheService, _own: OwnPage) -> OutcomeView:
    """Yes."""
    code, typed, proof = body.code, body.number, body.proof
    return await _write(service, code, lambda conn, now: approving.approve(conn, service, code, typed, proof, now))


@router.post("/phone/refuse")
async def refuse(body: NumberIn, service: TheService, _own: OwnPage) -> OutcomeView:
    """No."""
    return await _write(
        service, body.code, lambda conn, now: approving.refuse(conn, service, body.code, body.number, now)
    )


@router.post("/phone/report")
async def report(body: PhoneSignedIn, service: TheService, _own: OwnPage) -> OutcomeView:
    """“Not me”."""
    return await _write(
        service, body.code, lambda conn, now: approving.report(conn, service, body.code, body.proof, now)
    )
