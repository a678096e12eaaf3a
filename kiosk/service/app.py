"""The service as an ASGI application: its doors, and what runs beside them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from fastapi import FastAPI
from starlette.types import ASGIApp

from kiosk.service.away import delivering as phone_delivery
from kiosk.service.channels.rules import rules_from as message_rules_from
from kiosk.service.directory import pulling
from kiosk.service.directory.scim.reads import ReadBudget
from kiosk.service.error_answers import answer_errors
from kiosk.service.folder import ServiceFolder
from kiosk.service.jobs import housekeeping, message_delivery
from kiosk.service.jobs.checkpoint_signing import CheckpointSealer
from kiosk.service.jose.dpop import Nonces
from kiosk.service.jose.tokens import Mint
from kiosk.service.openid import backchannel_delivery, logout_delivery
from kiosk.service.platform import request_ids
from kiosk.service.platform.budgets import budgets_from
from kiosk.service.platform.kerberos_settings import kerberos_from
from kiosk.service.platform.openid_settings import openid_from
from kiosk.service.platform.phone_settings import phone_from
from kiosk.service.platform.pin_turns import PinTurns
from kiosk.service.platform.request_limits import BodyLimit, Headers
from kiosk.service.platform.upstream_settings import upstream_from
from kiosk.service.policy import book_of, rules_from
from kiosk.service.policy.review_rules import review_from
from kiosk.service.routes import (
    ceremonies,
    emergencies,
    enrolments,
    events,
    kerberos,
    oauth,
    offline,
    openid,
    openid_backchannel,
    openid_tokens,
    openid_upstream,
    phone,
    phone_waiting,
    reports,
    resets,
    reviews,
    scim,
    signal_streams,
    signals,
    tokens,
    verifying,
    workstations,
)
from kiosk.service.routes.event_hub import Hub
from kiosk.service.shared.context import Service, own_bases
from kiosk.service.shared.measuring import Measured
from kiosk.service.shared.risk_rules import risk_rules_from
from kiosk.service.signals.delivering import SignalDelivery
from kiosk.service.signals.key_sets import KeySets
from kiosk.service.store import disk
from kiosk.service.store.database import Database
from kiosk.service.store.request_budget import Storage
from kiosk.service.upstream.provider_line import ProviderLine

DOORS = (
    oauth,
    openid,
    openid_backchannel,
    openid_tokens,
    openid_upstream,
    kerberos,
    workstations,
    ceremonies,
    enrolments,
    reports,
    emergencies,
    offline,
    tokens,
    verifying,
    resets,
    reviews,
    phone,
    phone_waiting,
    events,
    scim,
    signals,
    signal_streams,
)


def service_for(folder: ServiceFolder, db: Database, clock: Callable[[], float] = time.time) -> Service:
    """What the doors share, for an opened data folder. Raises ``SettingsError`` for a policy that makes no sense."""
    budgets = budgets_from(folder.settings.limits)
    rules = rules_from(folder.settings.policy_table())
    return Service(
        settings=folder.settings,
        rules=rules,
        usual=book_of(rules),
        budgets=budgets,
        db=db,
        keys=folder.keys,
        mint=Mint(folder.keys.tokens, folder.keys.rsa),
        nonces=Nonces(folder.keys.nonce),
        trust=folder.tls.trust,
        clock=clock,
        storage=Storage(disk.folder_of(db.url), budgets.reserve_mib),
        pins=PinTurns(budgets),
        lead=db.leadership(),
        openid=openid_from(folder.settings.openid),
        phone=phone_from(folder.settings.phone),
        upstream=upstream_from(folder.settings.upstream),
        review=review_from(folder.settings.review),
        risk=risk_rules_from(folder.settings.risk),
        kerberos=kerberos_from(folder.settings.kerberos),
    )


def build(service: Service, *, checkpoints: Path | None = None) -> tuple[FastAPI, ASGIApp]:
    """The application, and the same behind its limits, which is what is to be served.

    ``checkpoints``: where the trail's checkpoints are appended; None for no housekeeping (tests). Raises
    ``SettingsError`` for messages that make no sense.
    """
    messaging = message_rules_from(service.settings.messages)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        keepers: list[asyncio.Task[None]] = []
        leading: list[asyncio.Task[None]] = []
        if checkpoints is not None:
            leading.append(asyncio.create_task(service.lead.keep()))
            keepers.append(
                asyncio.create_task(housekeeping.run(service, checkpoints, messaging.keep_days, app.state.hub.stations))
            )
            keepers.append(asyncio.create_task(message_delivery.run(service, messaging)))
            keepers.append(asyncio.create_task(pulling.run(service)))
            keepers.append(asyncio.create_task(logout_delivery.run(service)))
            keepers.append(asyncio.create_task(backchannel_delivery.run(service)))
            keepers.append(asyncio.create_task(phone_delivery.run(service)))
            keepers.append(asyncio.create_task(SignalDelivery(service).run()))
        try:
            yield
        finally:
            await app.state.hub.stop()
            await _end(keepers)
            if checkpoints is not None:
                await CheckpointSealer(service, checkpoints).once()
            await _end(leading)
            await service.db.close()

    app = _bare(lifespan)
    app.state.service = service
    app.state.bases = own_bases(service.settings)
    app.state.hub = Hub(service.db)
    app.state.upstream = None if service.upstream is None else ProviderLine(service.upstream)
    app.state.key_sets = KeySets(time.monotonic)
    app.state.signal_polls = {}
    app.state.directory_reads = ReadBudget(service.budgets.directory_reads, service.clock)
    answer_errors(app)
    measured = Measured(BodyLimit(app), service.tally)
    return app, request_ids.Numbered(Headers(measured, lambda: service.nonces.issue(service.clock())))


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def openapi() -> dict[str, object]:
    """The description of the interface, as served and as in ``docs/openapi.json``."""
    return _bare(None).openapi()


def _bare(lifespan: Callable[[FastAPI], contextlib.AbstractAsyncContextManager[None]] | None) -> FastAPI:
    """The doors as their files made them: ``include_router`` would make each once more, for every application."""
    return FastAPI(
        title="kiosk",
        summary="Tap-and-go sign-in and step-up for shared clinical workstations",
        version="1",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
        routes=[route for door in DOORS for route in door.router.routes],
    )
