"""Apache and mod_auth_openidc, as the configuration is handed out, before an application that knows nothing."""

from __future__ import annotations

import asyncio
import os
import re
import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest_asyncio

from kiosk.service.openid import logout_delivery
from kiosk.service.platform.openid_settings import OpenIdSettings
from kiosk.service.platform.tls import Tls
from kiosk.service.store import stopping
from tests.fakes.apache import CONF, NAME, REFUSED, FrontBrowser, prelude, running
from tests.fakes.connect_proxy import leading_to
from tests.fakes.openid import Wing, ticket_in, wing
from tests.fakes.plain_application import PlainApplication, plain_application
from tests.fakes.served_app import served
from tests.fakes.service import Hospital
from tests.fakes.service_process import free_port


@dataclass
class Front:
    """Apache before the application ``behind``; ``browser``: Ada's, in their workspace."""

    wing: Wing
    browser: FrontBrowser
    behind: PlainApplication
    ca: Path
    proves: bool = True
    """Whether Ada gives the proof that they are asked for."""

    async def visit(self, where: str, **headers: str) -> tuple[list[str], httpx.Response]:
        """Go there as a browser does, the sign-in page and its workstation included; where it was sent, and the end."""
        went, answer = list[str](), await self.browser.get(where, **headers)
        while where := leads_to(answer):
            assert len(went) < 12, went
            went.append(where)
            if urlsplit(where).path == "/oauth/authorize":
                where = await self._sign_in_page(dict(parse_qsl(urlsplit(where).query)))
                went.append(where)
            answer = await self.browser.get(where)
        return went, answer

    async def _sign_in_page(self, sent: dict[str, str]) -> str:
        played = self.wing.browser
        answer = await played.visit(sent)
        if "location" in answer.headers:
            return str(answer.headers["location"])
        ticket = ticket_in(answer.text)
        said = await played.attest(ticket)
        if said.get("decision") == "step_up" and self.proves:
            said = await played.attest(ticket, step_up=await self.wing.prove(said))
        if said.get("receipt"):
            went = await played.go_on({"ticket": ticket, "receipt": said["receipt"]})
        else:
            went = await played.go_on({"ticket": ticket, "failed": "access_denied"})
        assert went.status_code == 200, went.text
        return str(went.json()["location"])


def leads_to(answer: httpx.Response) -> str:
    """Where a browser goes from there by itself; empty for nowhere."""
    if answer.is_redirect:
        return str(answer.headers["location"])
    refresh = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', answer.text)
    return unescape(refresh[1]) if refresh else ""


def written(made: Wing, folder: Path, ports: tuple[int, int, int]) -> str:
    """The configuration as it is handed out, with this machine's ports and files in place of a hospital's."""
    front, proxy, chart = ports
    secret = f"OIDCClientSecret {made.app.secret}\nOIDCCryptoPassphrase {os.urandom(16).hex()}\n"
    (folder / "kiosk-secret.conf").write_text(secret)
    (folder / "kiosk-ca.pem").write_text("\n".join(made.hospital.folder.tls.trust()))
    (folder / "kiosk-refused.html").write_text(REFUSED.read_text())
    text = CONF.read_text(encoding="utf-8")
    places = {
        "https://auth.hospital.example:8443": "https://auth.hospital.example",
        "<VirtualHost *:443>": f"<VirtualHost 127.0.0.1:{front}>",
        "https://chart.hospital.example/": f"https://chart.hospital.example:{front}/",
        "http://127.0.0.1:8080": f"http://127.0.0.1:{chart}",
        "/etc/apache2/chart.pem": str(folder / "front" / "server.pem"),
        "/etc/apache2/": f"{folder}/",
        "CLIENT_ID": made.app.id,
    }
    for ours, theirs in places.items():
        assert ours in text, ours
        text = text.replace(ours, theirs)
    return prelude(folder, front, proxy) + text


@pytest_asyncio.fixture
async def front(service: Hospital, in_memory: Path) -> AsyncIterator[Front]:
    await asyncio.to_thread(in_memory.chmod, 0o755)  # Apache gives root up
    port = free_port()
    callback = f"https://{NAME}:{port}/callback"
    told = f"https://localhost:{port}/callback?logout=backchannel"
    service.clock.now = int(time.time())  # Apache has this machine's
    made = await wing(service, auth="client_secret_basic", redirect_uris=(callback,), logout_uri=told)
    tls = Tls.make(in_memory / "front", "Chart", int(time.time()))
    tls.ensure_server((NAME, "localhost"), int(time.time()))
    (in_memory / "front-ca.pem").write_text(tls.trust()[0])
    trust = ssl.create_default_context(cadata="\n".join(tls.trust()))
    async with served(service) as real, leading_to(real) as proxy, httpx.AsyncClient(verify=trust, timeout=30) as http:
        with plain_application() as behind:
            apache = running(in_memory, written(made, in_memory, (port, proxy, behind.port)), port)
            await asyncio.to_thread(apache.__enter__)
            try:
                yield Front(made, FrontBrowser(http, port), behind, in_memory / "front-ca.pem")
            finally:
                await asyncio.to_thread(apache.__exit__, None, None, None)


async def test_who_tapped_in_is_in_the_application(front: Front) -> None:
    went, page = await front.visit("/list?ward=3")
    assert (page.status_code, page.text, len(went)) == (200, "chart", 3), page.text
    [seen] = front.behind.seen
    assert (seen["path"], seen["oidc_claim_preferred_username"]) == ("/list?ward=3", "ada")
    assert (seen["oidc_claim_acr"], "oidc_access_token" in seen) == ("urn:kiosk:pin", False)
    went, page = await front.visit("/list?ward=4")
    assert (went, page.status_code) == ([], 200)


async def test_a_client_s_own_headers_name_nobody(front: Front) -> None:
    await front.visit("/")
    await front.visit(
        "/", OIDC_CLAIM_preferred_username="root", **{"OIDC-CLAIM-acr": "phr", "Authorization": "Basic x"}
    )
    last = front.behind.seen[-1]
    names = {value for name, value in last.items() if "preferred_username" in name or "acr" in name}
    assert (names, "authorization" in last) == ({"ada", "urn:kiosk:pin"}, False)


async def test_an_export_asks_for_a_proof_and_then_opens(front: Front) -> None:
    await front.visit("/")
    went, page = await front.visit("/export?ward=3")
    assert (page.status_code, page.text) == (200, "chart"), (went, page.text)
    asked = dict(parse_qsl(urlsplit(went[0]).query))
    assert asked["acr_values"] == "phr"
    assert front.behind.seen[-1]["oidc_claim_acr"] == "phr"
    assert (await front.visit("/export?ward=4"))[0] == []


async def test_who_refuses_reads_a_sentence_and_is_not_sent_round(front: Front) -> None:
    await front.visit("/")
    front.proves = False
    went, page = await front.visit("/export")
    assert len(went) == 2, [where[:300] for where in went]
    assert "Not signed in" in page.text
    front.proves = True
    went, page = await front.visit("/export")
    assert (page.status_code, front.behind.seen[-1]["path"]) == (200, "/export"), "they may change their mind"


async def test_a_level_that_is_never_granted_ends_with_a_sentence(front: Front) -> None:
    """The provider lets them through with too little, as one would that is set up wrongly."""
    await front.visit("/")
    played = front.wing.browser
    visit = played.visit

    async def less(sent: dict[str, str]) -> httpx.Response:
        return await visit({name: value for name, value in sent.items() if name != "acr_values"})

    played.visit = less  # type: ignore[method-assign]
    went, page = await front.visit("/export")
    assert (len(went), page.status_code) == (3, 403), went
    assert "needs a sign-in with your key" in page.text
    assert [seen["path"] for seen in front.behind.seen] == ["/"]


async def test_a_sign_in_that_is_refused_ends_with_a_sentence(front: Front) -> None:
    """Nobody is at work there: the provider says no each time, and is asked once."""
    front.wing.browser.session = "nobody"
    went, page = await front.visit("/")
    assert len(went) == 2, [where[:200] for where in went]
    assert "Not signed in" in page.text
    assert front.behind.seen == []


async def test_a_code_in_another_browser_signs_nobody_in(front: Front) -> None:
    """Login CSRF: the link of an attacker's own sign-in is opened in somebody's browser."""
    theirs = FrontBrowser(front.browser.http, front.browser.port)
    start = (await front.browser.get("/")).headers["location"]
    back = await front._sign_in_page(dict(parse_qsl(urlsplit(start).query)))
    await theirs.get(back)
    assert (await theirs.get("/")).status_code == 302, "still nobody"
    assert front.behind.seen == []


async def test_the_end_of_the_session_ends_it_here(front: Front) -> None:
    await front.visit("/")
    url, more = f"https://127.0.0.1:{front.browser.port}/callback?logout=backchannel", {"sni_hostname": NAME}
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    forged = urlencode({"logout_token": "eyJhbGciOiJub25lIn0.e30."})
    assert (await front.browser.http.post(url, content=forged, headers=kind, extensions=more)).status_code == 400
    assert (await front.browser.get("/")).status_code == 200, "a forged logout token ends nothing"
    hospital, ward = front.wing.hospital, front.wing.ward
    await hospital.db.write(stopping.end_everywhere, ward.person, int(hospital.clock()), "factor")
    settings = OpenIdSettings(loopback=True, ca_file=str(front.ca))
    await logout_delivery.once(replace(hospital.service, openid=settings))
    assert (await front.browser.get("/")).status_code == 302
