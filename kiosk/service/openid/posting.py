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


class NotPostedError(Exception):
    """It was not taken; ``str()`` says why, in a few words. ``never``: nothing is sent there, now or later."""

    def __init__(self, why: str, *, never: bool = False) -> None:
        super().__init__(why)
        self.never = never


class NotFetchedError(Exception):
    """Nothing came; ``str()`` says why, in a few words."""


def opened(service: Service) -> httpx.AsyncClient:
    """A line by ``[openid] ca_file``. Raises ``background.ForeseenError``."""
    return opened_for("[openid]", Path(service.openid.ca_file) if service.openid.ca_file else None)


def opened_for(table: str, ca_file: Path | None) -> httpx.AsyncClient:
    """A line that trusts ``ca_file``, which ``table`` of the settings names; None: the system's authorities. Raises
    ``background.ForeseenError``."""
    import httpx

    try:
        context = trusting(ca_file)
    except CertificateFileError as error:
        raise background.ForeseenError(f"{table}: the ca_file cannot be used: {error}") from None
    except OSError as error:
        raise background.ForeseenError(f"{table}: the ca_file cannot be read: {error.strerror}") from None
    return httpx.AsyncClient(verify=context, timeout=SECONDS, trust_env=False)


async def post(
    service: Service, line: httpx.AsyncClient, to: str, body: bytes, headers: Mapping[str, str]
) -> str | None:
    """None once ``body`` was taken at ``to``, else what went wrong. ``headers``: at least its ``Content-Type``."""
    try:
        status = await posted(line, to, body, headers, loopback=service.openid.loopback)
    except NotPostedError as error:
        return str(error)
    return None if 200 <= status < 300 else f"it answered {status}"


async def posted(
    line: httpx.AsyncClient, to: str, body: bytes, headers: Mapping[str, str], *, loopback: bool, public: bool = False
) -> int:
    """The status that ``to`` answered. ``loopback``, ``public``: as of ``reachable.pinned``. Raises
    ``NotPostedError``."""
    import httpx

    try:
        async with asyncio.timeout(SECONDS):
            target = await pinned(to, loopback=loopback, public=public)
            more = {"sni_hostname": target.name}
            whole = {**headers, "Host": target.host}
            async with line.stream("POST", target.url, content=body, headers=whole, extensions=more) as answer:
                return answer.status_code
    except UnreachableUriError as error:
        raise NotPostedError(str(error), never=True) from None
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise NotPostedError(f"it could not be reached ({type(error).__name__})") from None


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
