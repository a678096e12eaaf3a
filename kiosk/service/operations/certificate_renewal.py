"""Renews the certificate that the service serves, while it serves: nobody has to restart it in time.

A certificate lives a year and is made anew 30 days before its end, when the service starts or by this. Connections that
are open keep theirs; each new one gets the new certificate, because TLS looks at the context when a connection begins.
"""

from __future__ import annotations

import asyncio
import logging
import ssl

from cryptography import x509

from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.writer import append
from kiosk.service.folder import ServiceFolder
from kiosk.service.platform.keys import KeyFileError
from kiosk.service.shared.context import Service

log = logging.getLogger("kiosk.service.operations.certificate_renewal")
LOOK_EVERY = 3600.0
"""Seconds. A look reads two small files."""
RENEWED = "certificate_renewed"
"""The action of the row that tells of it."""


def certificate_ends(folder: ServiceFolder) -> int:
    """When the certificate in the folder ends, in Unix time; 0 where there is none that can be read."""
    try:
        leaf = x509.load_pem_x509_certificates(folder.tls.server_pem.read_bytes())[0]
    except (OSError, ValueError, IndexError):
        return 0
    return int(leaf.not_valid_after_utc.timestamp())


class Renewal:
    """``context``: the one that serves."""

    def __init__(self, folder: ServiceFolder, service: Service, context: ssl.SSLContext) -> None:
        self._folder = folder
        self._service = service
        self._context = context
        self.ends = certificate_ends(folder)
        """Of the certificate that is served now, in Unix time."""
        self._untold = False

    async def once(self) -> None:
        """Look, renew if it is time, and serve what the folder holds. Raises ``StoreError``: it is tried again."""
        try:
            await asyncio.to_thread(self._folder.tls.ensure_server, self._folder.hosts, self._service.now())
            ends = certificate_ends(self._folder)
            if ends != self.ends:
                self._context.load_cert_chain(self._folder.tls.server_pem)
                self.ends, self._untold = ends, True
        except (KeyFileError, OSError) as error:  # of which ssl.SSLError is a kind
            log.error("the server's certificate could not be renewed, and ends in %d days: %s", self.days(), error)
            return
        if self._untold:
            event = Event(RENEWED, "success", self._service.now(), detail={"ends": ends})
            await self._service.db.write(append, SERVICE, event)
            self._untold = False

    def days(self) -> int:
        """Whole days that the served certificate has left; negative once it has ended."""
        return (self.ends - self._service.now()) // 86_400
