"""The hospital's own provider is bent, or is another: what it signs, and where it sends the service."""

from __future__ import annotations

from typing import Any

import pytest
from joserfc.jwk import RSAKey

from kiosk.service.platform.upstream_settings import UpstreamSettings, upstream_from
from kiosk.service.upstream import provider_line
from kiosk.settings import SettingsError
from tests.fakes.elsewhere import Office, believing
from tests.fakes.offices import refused
from tests.fakes.openid import ticket_in

BENT: dict[str, tuple[dict[str, Any], str]] = {
    "another's token": ({"aud": "another-application"}, "other_audience"),
    "for several": ({"aud": ["kiosk", "another-application"]}, "other_audience"),
    "given to another": ({"azp": "another-application"}, "other_audience"),
    "of another issuer": ({"iss": "https://evil.example"}, "other_issuer"),
    "of its own issuer's neighbour": ({"iss": "https://localhost/realms/other"}, "other_issuer"),
    "of another sign-in": ({"nonce": "another"}, "other_nonce"),
    "without a nonce": ({"nonce": None}, "other_nonce"),
    "over": ({"exp": 1}, "expired"),
    "of yesterday": ({"iat": 1}, "expired"),
    "of tomorrow": ({"nbf": 1 << 40}, "expired"),
    "without an end": ({"exp": None}, "expired"),
    "with an end without bounds": ({"exp": 1 << 60}, "bad_signature"),
    "by an old proof": ({"auth_time": 1}, "too_old"),
    "by a proof to come": ({"auth_time": 1 << 40}, "too_old"),
    "that hides when": ({"auth_time": None}, "no_auth_time"),
    "of nobody": ({"preferred_username": None}, "no_claim"),
    "of a list of people": ({"preferred_username": ["ada"]}, "no_claim"),
    "of a name with a line in it": ({"preferred_username": "ada\n"}, "no_claim"),
    "of a person with no subject": ({"sub": ""}, "no_claim"),
}


@pytest.mark.parametrize("what", BENT)
async def test_an_id_token_that_is(office: Office, what: str) -> None:
    bent, reason = BENT[what]
    office.provider.bend = lambda claims: {
        name: value for name, value in {**claims, **bent}.items() if value is not None
    }
    await refused(office, reason)


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        ("by_public_key", "other_alg"),
        ("unsigned", "other_alg"),
        ("by_elliptic_curve", "other_alg"),
        ("by_a_stranger", "bad_signature"),
    ],
)
async def test_an_id_token_signed(office: Office, way: str, reason: str) -> None:
    office.provider.signed = getattr(office.provider, way)
    await refused(office, reason)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"kid": "nobody's"}, "unknown_key"),
        ({"kid": None}, None),
        ({"crit": ["exp"], "exp": 1}, "bad_signature"),
        ({"kid": "theirs-2"}, "unknown_key"),
    ],
)
async def test_a_header_with(office: Office, header: dict[str, Any], reason: str | None) -> None:
    """A token without ``kid`` is read where one key alone fits: so all but that one are refused."""
    office.provider.headed = lambda said: {k: v for k, v in {**said, **header}.items() if v is not None}
    if reason is None:
        await office.tokens()
    else:
        await refused(office, reason)


async def test_a_short_key_or_two_that_fit(office: Office) -> None:
    office.provider.headed = lambda said: {k: v for k, v in said.items() if k != "kid"}
    office.provider.public = [office.provider.key, RSAKey.generate_key(2048, {"kid": "theirs-3"})]
    await refused(office, "bad_keys")


async def test_a_key_that_is_new_there_is_fetched_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    await office.tokens()
    newer = RSAKey.generate_key(2048, {"kid": "theirs-9"}, private=True)
    monkeypatch.setattr(provider_line, "PAUSE", 0.0)
    office.provider.headed = lambda said: {**said, "kid": "theirs-9"}
    before, office.provider.key, office.provider.public = office.provider.key, newer, [newer]
    try:
        await office.tokens()
    finally:
        office.provider.key = before


async def test_a_provider_that_names_another_issuer_is_not_gone_to(office: Office) -> None:
    office.provider.about = {"issuer": "https://evil.example"}
    with believing(office.hospital, office.provider.settings()):
        sent, _ = office.app.request()
        answer = await office.browser.go(ticket_in(await office.browser.page(sent)))
        assert (answer.status_code, answer.json()["code"]) == (503, "upstream_away")


@pytest.mark.parametrize("address", ["http://localhost/token", "https://169.254.169.254/token", "https://u:p@h/t"])
async def test_a_provider_that_sends_the_service_elsewhere(office: Office, address: str) -> None:
    """No secret and no code goes where calls of the service do not go (SSRF)."""
    office.provider.about = {"token_endpoint": address}
    with believing(office.hospital, office.provider.settings()):
        sent, _ = office.app.request()
        answer = await office.browser.go(ticket_in(await office.browser.page(sent)))
        if answer.status_code == 200:
            answer = await office.browser.back(office.provider.authorized(answer.json()["location"]))
        assert answer.status_code == 503
    assert await office.reasons() == []


async def test_a_provider_on_this_machine_is_not_asked_unless_an_administrator_said_so(office: Office) -> None:
    with believing(office.hospital, office.provider.settings(loopback=False)):
        sent, _ = office.app.request()
        assert (await office.browser.go(ticket_in(await office.browser.page(sent)))).status_code == 503


@pytest.mark.parametrize(
    "bent",
    [
        {"issuer": "http://localhost"},
        {"issuer": "https://h/?x=1"},
        {"alg": "none"},
        {"alg": "HS256"},
        {"login": "name"},
        {"max_age": 86_401},
        {"secret_file": "secret"},
        {"secret_file": "/s", "key_file": "/k"},
        {"acr": {"theirs": "phrase"}},
        {"amr": {"two words": "phr"}},
        {"admins": ["ada"]},
        {"roles": "nurse"},
    ],
)
def test_settings_that_would_believe_too_much(bent: dict[str, Any]) -> None:
    good: dict[str, object] = {
        "name": "H",
        "issuer": "https://h",
        "client_id": "k",
        "login": "sub",
        "secret_file": "/s",
    }
    assert isinstance(upstream_from(good), UpstreamSettings)
    assert upstream_from({}) is None
    with pytest.raises(SettingsError, match="upstream"):
        upstream_from({**good, **bent})


async def test_a_secret_that_others_may_read_is_not_used(office: Office) -> None:
    office.provider.secret.chmod(0o644)
    try:
        answer, _ = await office.came_back()
        assert answer.status_code == 503
        assert office.provider.asked == []
    finally:
        office.provider.secret.chmod(0o600)
