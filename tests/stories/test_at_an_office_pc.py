"""Ada sits at an office PC: a real Chromium, in which nothing of a workstation answers, signs them in to the chart by
the hospital's own provider. The chart, the service and the provider are real, each over TLS."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Connection

from kiosk.demo.phone import phone
from kiosk.demo.phone_browser import WITHIN, PhoneBrowser
from kiosk.service.openid.tickets import fingerprint
from kiosk.service.store import applications, openid_clients
from kiosk.service.store.openid_clients import OpenIdRules
from tests.fakes import attacked_service, judges
from tests.fakes.chart import Chart
from tests.fakes.node_provider import NAME, NodeProvider
from tests.fakes.service_process import free_port
from tests.fakes.web_page import BROWSER

pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here")
SECRET = "a-secret-of-the-chart"


def register(ward: attacked_service.Ward, chart: Chart) -> str:
    """The chart, which wants ID tokens by RS256."""
    now, db = int(time.time()), ward.folder.database()

    def act(conn: Connection) -> str:
        made = applications.add(conn, "chart", "urn:chart", "", "", now)
        where, secret = (f"{chart.url}/callback",), fingerprint(SECRET)
        rules = OpenIdRules("Chart", where, auth="client_secret_basic", secret=secret, alg="RS256")
        openid_clients.put(conn, made, rules, now)
        return str(made)

    try:
        return db.write_now(act)
    finally:
        db.close_now()


def leaf(folder: Path, pem: Path, name: str) -> Path:
    """The certificate of a file that begins with a key."""
    held = folder / f"{name}.pem"
    held.write_bytes(x509.load_pem_x509_certificates(pem.read_bytes())[0].public_bytes(Encoding.PEM))
    return held


def goes_there(browser: PhoneBrowser) -> None:
    """Nothing answers here, so the button is shown, and is pressed."""
    browser.until("the button", "document.getElementById('elsewhere') && !document.getElementById('elsewhere').hidden")
    assert f"Sign in with {NAME}" in browser.text()
    assert "Here nothing answers." in browser.text()
    browser.run("document.getElementById('elsewhere').click()")


async def test_a_sign_in_where_nothing_of_a_workstation_answers(tmp_path: Path) -> None:
    judges.needed()
    theirs, chart = NodeProvider(tmp_path / "theirs"), Chart(tmp_path)
    rules = f"{theirs.toml}\n[openid]\ndoorbell_port = {free_port()}\n"
    async with attacked_service.ward(tmp_path / "ward", ["ada"], rules=rules) as ward:
        base = ward.service.base
        chart.issuer, chart.client, chart.trust = base, (register(ward, chart), SECRET), tmp_path / "ca.pem"
        chart.trust.write_text("\n".join(ward.folder.tls.trust()))
        ours = leaf(tmp_path, ward.folder.tls.server_pem, "service")
        others = (leaf(tmp_path, theirs.pem, "provider"), leaf(tmp_path, tmp_path / "tls/server.pem", "chart"))
        try:
            with theirs.running(f"{base}/oauth/upstream/callback"), phone(tmp_path / "pc", ours, *others) as browser:
                browser.scan(chart.url)
                goes_there(browser)
                browser.until(
                    "the hospital's page", "document.activeElement && document.activeElement.name === 'account'"
                )
                browser.enter("u-1")
                what, claims = chart.heard(WITHIN)
                assert (what, claims["preferred_username"], claims["acr"]) == (
                    "signed_in",
                    "ada",
                    "urn:kiosk:identified",
                )
                # The chart asks for more than that provider is believed in, and hears so.
                goes_there(browser)
                what, claims = chart.heard(WITHIN)
                assert (what, claims["error"]) == ("error", "unmet_authentication_requirements")
        finally:
            chart.close()
        assert [row["result"] for row in await ward.trail("app_sign_in")] == ["success"]
