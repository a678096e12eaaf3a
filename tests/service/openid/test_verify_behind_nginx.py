"""nginx, as its configuration is handed out, before an application that knows nothing of sign-ins."""

from __future__ import annotations

import asyncio
import os
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
import uvicorn

from kiosk.service.platform.request_limits import Headers
from kiosk.service.platform.tls import Tls
from tests.fakes.gateway import BASE, AskedGateway, gateway
from tests.fakes.process_table import until
from tests.fakes.service import Hospital
from tests.fakes.service_process import free_port, listens

CONF = Path(__file__).parents[3] / "installer" / "proxies" / "nginx-verify.conf"
NAME = "chart.hospital.example"


@dataclass
class Front:
    """nginx at ``port``; ``seen``: the headers with which requests reached the application behind."""

    asked: AskedGateway
    port: int
    http: httpx.AsyncClient
    seen: list[dict[str, str]]

    async def get(self, path: str, method: str = "GET", **headers: str) -> httpx.Response:
        """As a client of the application asks."""
        sent = {"Host": NAME, **headers}
        url, more = f"https://127.0.0.1:{self.port}{path}", {"sni_hostname": NAME}
        return await self.http.request(method, url, headers=sent, extensions=more)


@pytest.fixture
def behind() -> Iterator[tuple[int, list[dict[str, str]]]]:
    """The application: its port, and what reached it."""
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(200)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"chart")

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server.server_address[1], seen
    server.shutdown()
    server.server_close()
    thread.join()


def written(asked: AskedGateway, folder: Path, service: int, front: int, chart: int) -> Path:
    """The configuration as it is handed out, with this machine's ports and files in place of a hospital's."""
    secret = f'proxy_set_header Authorization "{asked.basic["Authorization"]}";\n'
    (folder / "kiosk-secret.conf").write_text(secret)
    trust = "\n".join(asked.wing.hospital.folder.tls.trust())
    (folder / "kiosk-ca.pem").write_text(trust)
    text = CONF.read_text(encoding="utf-8")
    places = {
        "server auth.hospital.example:8443": f"server 127.0.0.1:{service}",
        "server 127.0.0.1:8080": f"server 127.0.0.1:{chart}",
        "listen 443 ssl": f"listen 127.0.0.1:{front} ssl",
        "/etc/nginx/chart.pem": str(folder / "front" / "server.pem"),
        "/etc/nginx/": f"{folder}/",
        "/run/nginx-verify.pid": f"{folder}/nginx.pid",
    }
    for ours, theirs in places.items():
        assert ours in text, ours
        text = text.replace(ours, theirs)
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi"))
    path = folder / "nginx.conf"
    path.write_text(text.replace("access_log off;", f"access_log off; {temporary}"))
    return path


@pytest_asyncio.fixture
async def front(service: Hospital, in_memory: Path, behind: tuple[int, list[dict[str, str]]]) -> AsyncIterator[Front]:
    asked = await gateway(service)
    tls = Tls.make(in_memory / "front", "Chart", int(time.time()))
    tls.ensure_server((NAME,), int(time.time()))
    service.folder.tls.ensure_server(service.folder.hosts, int(time.time()))
    whole = Headers(service.app, lambda: service.service.nonces.issue(service.clock()))
    ports = free_port(), free_port()
    config = uvicorn.Config(
        whole,
        port=ports[0],
        ssl_certfile=str(service.folder.tls.server_pem),
        lifespan="off",
        log_config=None,
        access_log=False,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program is not None, "it is in installer/setup.sh"
    path = written(asked, in_memory, *ports, behind[0])
    words = [program, "-e", "stderr", "-g", "daemon off;", "-c", str(path)]
    child = await asyncio.to_thread(subprocess.Popen, words)
    try:
        for port in ports:
            await asyncio.to_thread(until, "it listens", lambda port=port: listens(port))
        trust = ssl.create_default_context(cadata="\n".join(tls.trust()))
        async with httpx.AsyncClient(verify=trust, timeout=30) as http:
            yield Front(asked, ports[1], http, behind[1])
    finally:
        child.terminate()
        await asyncio.to_thread(child.wait, 20)
        server.should_exit = True
        await serving


async def test_only_who_is_signed_in_reaches_the_application(front: Front) -> None:
    stranger = await front.get("/", **{"Kiosk-Login": "root", "Kiosk-Token": "x"})
    assert (stranger.status_code, stranger.headers["www-authenticate"]) == (401, 'Bearer error="invalid_token"')
    token = (await front.asked.wing.tokens())["access_token"]
    page = await front.get("/", Authorization=f"Bearer {token}", **{"Kiosk-Login": "root"})
    assert (page.status_code, page.text, len(front.seen)) == (200, "chart", 1)
    seen = front.seen[0]
    assert (seen["kiosk-login"], seen["kiosk-person"]) == ("ada", front.asked.wing.ward.person)
    assert "authorization" not in seen


async def test_a_client_hears_what_would_be_enough(front: Front) -> None:
    made = front.asked.wing
    made.hospital.clock.pass_by(600)
    made.browser.session = await made.ward.station.open("04A1B2C3")  # within grace: identified, and no more
    token = (await made.tokens())["access_token"]
    page = await front.get("/", Authorization=f"Bearer {token}")
    wanted = 'Bearer error="insufficient_user_authentication", acr_values="urn:kiosk:pin"'
    assert (page.status_code, page.headers["www-authenticate"], front.seen) == (401, wanted, [])


async def test_a_bound_token_passes_with_the_request_that_was_proved(front: Front) -> None:
    token, holder = await front.asked.bound()
    holder.nonce = None
    sent = {"Authorization": f"DPoP {token}", "DPoP": holder.proof("GET", "/list", ath=token)}
    first = await front.get("/list?ward=3", **sent)
    assert (first.status_code, 'error="use_dpop_nonce"' in first.headers["www-authenticate"]) == (401, True)
    holder.nonce = first.headers["dpop-nonce"]
    for method, path, status in (("POST", "/list", 401), ("GET", "/other", 401), ("GET", "/list?ward=3", 200)):
        sent["DPoP"] = holder.proof("GET", "/list", ath=token)
        assert (await front.get(path, method, **sent)).status_code == status
    assert (await front.get("/list", **sent)).status_code == 401  # the same proof once more
    assert [seen.get("dpop") for seen in front.seen] == [None]


async def test_an_export_passes_once_by_the_approval_of_that_address(front: Front) -> None:
    token = await front.asked.approval(resource=f"GET {BASE}/export?ward=3")
    assert (await front.get("/export?ward=4", **{"Kiosk-Approval": token})).status_code == 403
    assert (await front.get("/export?ward=3", "POST", **{"Kiosk-Approval": token})).status_code == 403
    signed_in = (await front.asked.wing.tokens())["access_token"]
    assert (await front.get("/export?ward=3", **{"Kiosk-Approval": signed_in})).status_code == 403
    assert front.seen == []
    assert (await front.get("/export?ward=3", **{"Kiosk-Approval": token})).status_code == 200
    assert (await front.get("/export?ward=3", **{"Kiosk-Approval": token})).status_code == 403
    assert [(seen["kiosk-login"], "kiosk-approval" in seen) for seen in front.seen] == [("ada", False)]
