"""What runs beside the service's doors: the probes, where they are set, and the renewal of its certificate."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time

from kiosk.service.folder import ServiceFolder, credentials_folder
from kiosk.service.operations.certificate_renewal import LOOK_EVERY, Renewal
from kiosk.service.operations.probes import ProbeServer
from kiosk.service.operations.readiness import Readiness, keys_there
from kiosk.service.operations.service_state import ServiceState
from kiosk.service.platform import background
from kiosk.service.platform.connection_places import ConnectionGate
from kiosk.service.platform.operations_settings import Operations
from kiosk.service.routes.event_hub import Hub
from kiosk.service.shared.context import Service

FIRST_WAIT, MAX_WAIT = 60.0, 3600.0
"""Seconds after a renewal that failed, and after many."""


class Beside:
    """``context``: with which the service serves. ``refused``: the address on which the probes cannot listen."""

    def __init__(
        self, operations: Operations, folder: ServiceFolder, service: Service, hub: Hub, context: ssl.SSLContext
    ) -> None:
        self.refused: str | None = None
        self._listen = operations.listen
        self._renewal = Renewal(folder, service, context)
        self._renewing: asyncio.Task[None] | None = None
        self._readiness = Readiness(service, keys_there(folder.path / "keys", credentials_folder()), time.monotonic)
        self._present = ServiceState(service, hub, self._readiness, lambda: self._renewal.ends)
        self._probes: ProbeServer | None = None

    async def start(self, gate: ConnectionGate) -> None:
        """``gate``: who is connected. Raises ``OSError`` where the probes cannot listen."""
        self._present.gate = gate
        if self._listen is not None:
            host, port = self._listen
            probes = ProbeServer(self._present, host, port)
            try:
                await probes.start()
            except OSError:
                self.refused = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
                raise
            self._probes = probes
        self._renewing = asyncio.create_task(
            background.run_periodically(
                "renewing the certificate",
                self._renewal.once,
                every=LOOK_EVERY,
                first=FIRST_WAIT,
                longest=MAX_WAIT,
            )
        )

    def leave(self) -> None:
        """The service was told to stop: from now on it is not ready."""
        self._readiness.leaving = True

    async def stop(self) -> None:
        """End it all."""
        if self._renewing is not None:
            self._renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._renewing
        if self._probes is not None:
            await self._probes.stop()
