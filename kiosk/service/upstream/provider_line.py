"""Speaks to the hospital's own provider: what it says of itself, its keys, and a code for an ID token.

Each address is looked up once and that very one is connected to, as for every other call of the service
(``openid.reachable``). No redirect is followed, and no more is read than an honest answer has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.service.openid.reachable import pinned
from kiosk.service.platform import bounds
from kiosk.service.platform.certificate_files import CertificateFileError
from kiosk.service.platform.json_fields import JsonObject, items, members, text
from kiosk.service.platform.tls_roots import trusting
from kiosk.service.platform.upstream_settings import UpstreamSettings
from kiosk.service.platform.web_addresses import UnreachableUriError, check_uri
from kiosk.service.upstream.believed import Believed
from kiosk.service.upstream.client_keys import shown
from kiosk.service.upstream.errors import ProviderAnswerError, ProviderAwayError
from kiosk.service.upstream.turns import CodeTries, Turns

if TYPE_CHECKING:  # 100 ms, imported once somebody goes there
    import httpx

SECONDS = 5.0
"""For one answer. A person waits for it."""
MAX_BYTES = 256 * 1024
KEPT = 300.0
"""Seconds that what it says of itself is believed; a key that is not known is asked for at once, but not again within
``PAUSE``."""
PAUSE = 10.0
_NOT_PACKED = {"Accept-Encoding": "identity"}
"""A few bytes must not become many before they are counted."""


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """OpenID Connect Discovery section 3. ``names_itself``: with each answer (RFC 9207); ``claims``: it reads them."""

    authorization: str
    token: str
    jwks: str
    names_itself: bool
    claims: bool


class ProviderLine:
    """To one provider. What is kept here can be asked for again: another replica misses nothing."""

    def __init__(self, settings: UpstreamSettings) -> None:
        self.settings = settings
        self._facts: Believed[ProviderFacts] = Believed(self._read_facts)
        self._keys: Believed[list[JsonObject]] = Believed(self._read_keys)
        self._turns, self.tries = Turns(), CodeTries()

    async def facts(self) -> ProviderFacts:
        """Raises ``ProviderAwayError``, ``ProviderAnswerError`` where it is another than it should be."""
        return await self._facts.get(KEPT)

    async def keys(self, *, unknown: bool = False) -> list[JsonObject]:
        """Its public keys. ``unknown``: a token names one that is not among them. Raises as ``facts``."""
        return await self._keys.get(PAUSE if unknown else KEPT)

    async def _read_facts(self) -> ProviderFacts:
        said = await self._ask(self.settings.issuer.rstrip("/") + "/.well-known/openid-configuration")
        return _facts(said, self.settings.issuer)

    async def _read_keys(self) -> list[JsonObject]:
        said = await self._ask((await self.facts()).jwks)
        try:
            return [members(key) for key in items(said["keys"])]
        except (KeyError, TypeError):
            raise ProviderAnswerError("bad_keys", "Its list of keys is none.") from None

    async def id_token(self, code: str, verifier: str, redirect_uri: str, now: int, source: str) -> str:
        """For a code, which it then takes no more. ``source``: of whoever brought it. Raises as ``facts``."""
        endpoint = (await self.facts()).token
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        async with self._turns.turn(source):
            me = await asyncio.to_thread(shown, self.settings, endpoint, now)
            form |= {"code_verifier": verifier, "client_id": self.settings.client_id, **me.form}
            said = await self._ask(endpoint, form, me.headers)
        try:
            return text(said, "id_token")
        except (KeyError, TypeError):
            raise ProviderAnswerError("no_id_token", "It gave no ID token.") from None

    async def _ask(
        self, url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> JsonObject:
        return _read(*await self._answer(url, form, headers))

    async def _answer(
        self, url: str, form: Mapping[str, str] | None, headers: Mapping[str, str] | None
    ) -> tuple[int, bytes]:
        import httpx

        try:
            async with asyncio.timeout(SECONDS), self._line() as line:
                target = await pinned(url, loopback=self.settings.loopback)
                whole = {"Host": target.host, "Accept": "application/json", **_NOT_PACKED, **(headers or {})}
                way, more = "GET" if form is None else "POST", {"sni_hostname": target.name}
                async with line.stream(way, target.url, data=form, headers=whole, extensions=more) as answer:
                    return answer.status_code, await _body(answer)
        except UnreachableUriError as error:
            raise ProviderAwayError(str(error)) from None
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise ProviderAwayError(f"it could not be reached ({type(error).__name__})") from None

    def _line(self) -> httpx.AsyncClient:
        import httpx

        path = self.settings.ca_file
        try:
            context = trusting(Path(path) if path else None)
        except (CertificateFileError, OSError) as error:
            raise ProviderAwayError(f"[upstream]: the ca_file cannot be used ({type(error).__name__})") from None
        return httpx.AsyncClient(verify=context, timeout=SECONDS, trust_env=False)


async def _body(answer: httpx.Response) -> bytes:
    found = b""
    async for part in answer.aiter_raw():
        found += part
        if len(found) > MAX_BYTES:
            raise ProviderAnswerError("too_long", "Its answer is too long.")
    return found


def _read(status: int, body: bytes) -> JsonObject:
    if status >= 500 or status == 429:
        raise ProviderAwayError(f"it answered {status}")
    try:
        said = members(bounds.loads(body))
    except (ValueError, TypeError, RecursionError):
        raise ProviderAnswerError("no_json", f"It answered {status}, and no JSON.") from None
    if status != 200:
        word = str(said.get("error", ""))[:60]
        raise ProviderAnswerError("refused", f"It answered {status}, “{word if word.isprintable() else ''}”.")
    return said


def _facts(said: JsonObject, issuer: str) -> ProviderFacts:
    """Section 4.3: the issuer is exactly the one that was asked."""
    try:
        named = text(said, "issuer")
        authorization, token, jwks = (
            text(said, name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
        )
        for address in (authorization, token, jwks):
            check_uri(address)
    except (KeyError, TypeError, UnreachableUriError):
        raise ProviderAnswerError(
            "bad_discovery", "What it says of itself lacks an address, or has a bad one."
        ) from None
    if named != issuer:
        raise ProviderAnswerError("other_issuer", "It names itself by another issuer than the service knows.")
    names = said.get("authorization_response_iss_parameter_supported") is True
    return ProviderFacts(authorization, token, jwks, names, said.get("claims_parameter_supported") is True)
