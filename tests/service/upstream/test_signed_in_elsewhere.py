"""A person outside every workspace signs in by the hospital's own provider, and what comes of it ends as it should."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from kiosk.service.openid import logout_delivery
from kiosk.service.store import openid_grants, stopping
from tests.fakes.bent_provider import BentProvider
from tests.fakes.elsewhere import Office, OfficeBrowser, believing
from tests.fakes.openid import answer_in, register, ticket_in, wing
from tests.fakes.service import Hospital


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BentProvider]:
    made = BentProvider(tmp_path_factory.mktemp("provider"))
    yield made
    made.close()


@pytest_asyncio.fixture
async def office(either: Hospital, provider: BentProvider) -> AsyncIterator[Office]:
    fresh = BentProvider.__dataclass_fields__
    for name in ("login", "bend", "down"):
        setattr(provider, name, fresh[name].default)
    provider.clock = either.clock
    provider.asked.clear()
    await either.person("ada")
    app = await register(either)
    with believing(either, provider.settings()):
        yield Office(either, app, provider, OfficeBrowser(either))


async def test_code_tokens_userinfo_refresh_and_the_trail(office: Office) -> None:
    tokens = await office.tokens()
    claims = await office.app.read(tokens["id_token"], "JWT")
    assert (claims["preferred_username"], claims["acr"], claims["amr"]) == ("ada", "urn:kiosk:identified", [])
    assert (await office.app.introspect(tokens["access_token"]))["active"]
    renewed = await office.app.refresh(tokens["refresh_token"])
    assert renewed.status_code == 200
    [row] = await office.hospital.trail("app_sign_in")
    assert (row["result"], row["login"]) == ("success", "ada")
    assert row["detail"]["upstream"] == office.provider.issuer
    assert row["detail"]["subject"] == "their-ada"


async def test_what_the_provider_is_asked(office: Office) -> None:
    settings = office.provider.settings(acr={"urn:theirs:key": "phr", "urn:theirs:code": "urn:kiosk:mfa"})
    with believing(office.hospital, settings):
        where, _ = await office.sent_there(acr_values="urn:kiosk:mfa", max_age="300", prompt="login")
    sent = dict(parse_qsl(urlsplit(where).query))
    assert sent["redirect_uri"] == "https://auth.hospital.example/oauth/upstream/callback"
    assert (sent["scope"], sent["prompt"], sent["max_age"]) == ("openid profile", "login", "300")
    assert sent["acr_values"] == "urn:theirs:key urn:theirs:code"
    assert (sent["code_challenge_method"], len(sent["nonce"])) == ("S256", 43)


async def test_their_words_count_as_an_administrator_said(office: Office) -> None:
    office.provider.bend = lambda claims: {**claims, "acr": "urn:theirs:code", "amr": ["otp", "pwd", "made-up"]}
    settings = office.provider.settings(acr={"urn:theirs:code": "urn:kiosk:mfa"}, amr={"pwd": "urn:kiosk:pin"})
    with believing(office.hospital, settings):
        claims = await office.app.read((await office.tokens(acr_values="urn:kiosk:mfa"))["id_token"], "JWT")
        assert (claims["acr"], claims["amr"]) == ("urn:kiosk:mfa", ["otp", "pwd"])
        answer, _ = await office.came_back(acr_values="urn:kiosk:mfa", prompt="login")
        assert "code" in answer_in(answer.headers["location"]), "proved for this request"
        office.provider.bend = lambda claims: {**claims, "amr": ["pwd"]}
        answer, _ = await office.came_back(acr_values="urn:kiosk:mfa")
        assert answer_in(answer.headers["location"])["error"] == "unmet_authentication_requirements"


async def test_a_suffix_is_taken_off_and_a_checked_address_counts(office: Office) -> None:
    office.provider.bend = lambda claims: {**claims, "email": "ada@hospital.example", "email_verified": True}
    with believing(office.hospital, office.provider.settings(login="email", suffix="@hospital.example")):
        assert (await office.tokens())["id_token"]


async def test_by_a_key_of_our_own(office: Office) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    held = office.provider.folder / "ours.pem"
    held.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    held.chmod(0o600)
    with believing(office.hospital, office.provider.settings(secret_file="", key_file=str(held))):
        await office.came_back()
    [form] = office.provider.asked
    read = jwt.decode(form["client_assertion"], ECKey.import_key(key.public_key()), algorithms=["ES256"])
    assert (read.claims["iss"], read.claims["sub"]) == ("kiosk", "kiosk")
    assert read.claims["aud"] == f"{office.provider.issuer}/token"


@pytest.mark.parametrize(("mine", "its"), [(("physician",), ()), ((), ("physician",))])
async def test_who_may_not(office: Office, mine: tuple[str, ...], its: tuple[str, ...]) -> None:
    """By the provider's rules, or by the application's; the application is told."""
    app = await register(office.hospital, "lab", "urn:lab", roles=its)
    with believing(office.hospital, office.provider.settings(roles=mine)):
        answer, _ = await replace(office, app=app).came_back()
    assert answer_in(answer.headers["location"])["error"] == "access_denied"
    assert await office.reasons() == ["access_denied"]


async def test_the_application_wants_somebody_else(office: Office) -> None:
    answer, _ = await office.came_back(login_hint="bea")
    assert answer_in(answer.headers["location"])["error"] == "login_required"


async def test_who_gave_up_there_goes_back_to_the_application(office: Office) -> None:
    where, _ = await office.sent_there()
    state = office.provider.authorized(where)["state"]
    answer = await office.browser.back({"error": "access_denied", "state": state, "iss": office.provider.issuer})
    said = answer_in(answer.headers["location"])
    assert (said["error"], said["state"]) == ("access_denied", "s t&a=te")


async def test_the_page_offers_it_where_there_is_one_and_something_may_be_asked(office: Office) -> None:
    assert "Sign in with St. Elsewhere" in await office.browser.page(office.app.request()[0])
    assert 'id="elsewhere"' not in await office.browser.page(office.app.request(prompt="none")[0])
    with believing(office.hospital, None):
        page = await office.browser.page(office.app.request()[0])
        assert 'id="elsewhere"' not in page
        assert (await office.browser.go(ticket_in(page))).status_code == 404


async def test_a_provider_that_is_away_is_said_to_be(office: Office) -> None:
    sent, _ = office.app.request()
    ticket = ticket_in(await office.browser.page(sent))
    office.provider.down = True
    answer = await office.browser.go(ticket)
    assert (answer.status_code, answer.json()["code"]) == (503, "upstream_away")
    office.provider.down = False
    where = str((await office.browser.go(ticket)).json()["location"])
    brought = office.provider.authorized(where)
    office.provider.down = True
    answer = await office.browser.back(brought)
    assert answer.status_code == 503
    assert "The sign-in of St. Elsewhere cannot be reached now." in answer.text


async def test_it_ends_with_the_person_and_with_the_belief_in_that_provider(office: Office) -> None:
    ada = (await office.app.read((await office.tokens())["id_token"], "JWT"))["sub"]
    tokens = await office.tokens()
    await logout_delivery.once(office.hospital.service)
    assert (await office.app.introspect(tokens["access_token"]))["active"], "believed as before"
    with believing(office.hospital, office.provider.settings(issuer="https://new.example")):
        await logout_delivery.once(office.hospital.service)
    assert not (await office.app.introspect(tokens["access_token"]))["active"]
    tokens = await office.tokens()
    await office.hospital.db.write(stopping.end_everywhere, ada, office.hospital.service.now(), "left")
    assert not (await office.app.introspect(tokens["access_token"]))["active"]


async def test_it_ends_after_a_day(office: Office) -> None:
    tokens = await office.tokens()
    office.hospital.clock.pass_by(openid_grants.MAX_SECONDS)
    assert (await office.app.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_lost_factor_ends_it_though_a_session_goes_on(service: Hospital, provider: BentProvider) -> None:
    made = await wing(service)
    provider.clock = service.clock
    with believing(service, provider.settings()):
        away = Office(service, made.app, provider, OfficeBrowser(service))
        tokens, at_work = await away.tokens(), await made.tokens()
        person = (await made.app.read(at_work["id_token"], "JWT"))["sub"]
        now, session = service.service.now(), made.ward.session
        await service.db.write(lambda conn: openid_grants.end_of_person(conn, person, now, but=session))
        assert not (await made.app.introspect(tokens["access_token"]))["active"]
        assert (await made.app.introspect(at_work["access_token"]))["active"]
