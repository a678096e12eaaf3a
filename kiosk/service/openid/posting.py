"""Posts something small to an address that an administrator registered, and reads nothing but the answer's status; or
fetches something small from one.

The address is looked up once and that very one is connected to (``reachable``). No redirect is followed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.service.openid.reachable import pinned
from kiosk.service.platform import background
from kiosk.service.platform.certificate_files import CertificateFileError
from kiosk.service.platform.tls_roots import trusting
from kiosk.service.platform.web_addresses import UnreachableUriError
from kiosk.service.shared.context import Service

if TYPE_CHECKING:  # 100 ms, imported once there is something to send
    import httpx

SECONDS = 5.0
"""That an application has to take one."""


class NotFetchedError(Exception):
    """Nothing came; ``str()`` says why, in a few words."""


def opened(service: Service) -> httpx.AsyncClient:
    """A line by ``[openid] ca_file``. Raises ``background.ForeseenError``."""
    import httpx

    try:
        context = trusting(Path(service.openid.ca_file) if service.openid.ca_file else None)
    except CertificateFileError as error:
        raise background.ForeseenError(f"[openid]: the ca_file cannot be used: {error}") from None
    except OSError as error:
        raise background.ForeseenError(f"[openid]: the ca_file cannot be read: {error.strerror}") from None
    return httpx.AsyncClient(verify=context, timeout=SECONDS, trust_env=False)


async def post(
    service: Service, line: httpx.AsyncClient, to: str, body: bytes, headers: Mapping[str, str]
) -> str | None:
    """None once ``body`` was taken at ``to``, else what went wrong. ``headers``: at least its ``Content-Type``."""
    import httpx

    try:
        async with asyncio.timeout(SECONDS):
            target = await pinned(to, loopback=service.openid.loopback)
            more = {"sni_hostname": target.name}
            whole = {**headers, "Host": target.host}
            async with line.stream("POST", target.url, content=body, headers=whole, extensions=more) as answer:
                status = answer.status_code
    except UnreachableUriError as error:
        return str(error)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        return f"it could not be reached ({type(error).__name__})"
    return None if 200 <= status < 300 else f"it answered {status}"


async def fetch(service: Service, line: httpx.AsyncClient, uri: str, most: int) -> bytes:
    """What is at ``uri``, at most so many bytes. Raises ``NotFetchedError``."""
    import httpx

    try:
        async with asyncio.timeout(SECONDS):
            target = await pinned(uri, loopback=service.openid.loopback)
            more = {"sni_hostname": target.name}
            # Not packed: a few bytes must not become many before they are counted.
            headers = {"Host": target.host, "Accept": "application/json", "Accept-Encoding": "identity"}
            async with line.stream("GET", target.url, headers=headers, extensions=more) as answer:
                if answer.status_code != 200:
                    raise NotFetchedError(f"it answered {answer.status_code}")
                got = b""
                async for piece in answer.aiter_raw():
                    got += piece
                    if len(got) > most:
                        raise NotFetchedError("it is too long")
                return got
    except UnreachableUriError as error:
        raise NotFetchedError(str(error)) from None
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise NotFetchedError(f"it could not be reached ({type(error).__name__})") from None
