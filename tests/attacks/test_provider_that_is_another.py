"""The hospital's own provider is bent, is another, or names the wrong person; a browser brings another's answer."""

from __future__ import annotations

import asyncio
import gzip
import threading
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio
from joserfc.jwk import RSAKey

from kiosk.service.platform.upstream_settings import UpstreamSettings, upstream_from
from kiosk.service.store import people
from kiosk.service.upstream import provider_line, turns
from kiosk.service.upstream.errors import ProviderAnswerError, ProviderAwayError
from kiosk.service.upstream.provider_line import ProviderLine
from kiosk.settings import SettingsError
from tests.fakes.bent_provider import BentProvider
from tests.fakes.elsewhere import Office, OfficeBrowser, believing
from tests.fakes.openid import answer_in, register, ticket_in
from tests.fakes.service import Hospital


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BentProvider]:
    made = BentProvider(tmp_path_factory.mktemp("provider"))
    yield made
    made.close()


@pytest_asyncio.fixture
async def office(service: Hospital, provider: BentProvider) -> AsyncIterator[Office]:
    """Ada is known here, and the provider is honest until it is bent."""
    fresh = BentProvider.__dataclass_fields__
    for name in ("login", "bend", "headed", "signed", "down", "gate", "packed"):
        setattr(provider, name, fresh[name].default)
    provider.about, provider.clock, provider.public = {}, service.clock, [provider.key, provider.other]
    provider.asked.clear()
    provider.read.clear()
    await service.person("ada")
    app = await register(service)
    with believing(service, provider.settings()):
        yield Office(service, app, provider, OfficeBrowser(service))


async def eventually(true: Callable[[], bool]) -> None:
    """The provider is a thread of its own: there is no event to wait for."""
    for _ in range(6000):
        if true():
            return
        await asyncio.sleep(0.01)  # the provider answers on a thread of its own
    raise AssertionError("it never came")


async def refused(office: Office, reason: str | None, **bent: str) -> None:
    """Nobody is signed in, and ``reason`` is in the trail; None for no row."""
    answer, _ = await office.came_back(bent)
    assert answer.status_code == 403, (answer.status_code, answer.headers.get("location"))
    assert "location" not in answer.headers
    assert await office.reasons() == ([] if reason is None else [reason])


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


async def test_mix_up_an_answer_of_another_provider(office: Office) -> None:
    """RFC 9207: another provider, to which a person was lured, answers with a code of its own, or of ours."""
    await refused(office, None, iss="https://evil.example")
    assert office.provider.asked == [], "no code was shown to anybody"


async def test_mix_up_an_answer_that_names_nobody_though_the_provider_always_does(office: Office) -> None:
    where, _ = await office.sent_there()
    brought = office.provider.authorized(where)
    brought.pop("iss")
    assert (await office.browser.back(brought)).status_code == 403
    assert office.provider.asked == []


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


async def test_an_answer_comes_back_in_another_browser(office: Office) -> None:
    """An attacker signs in there, and has a person's browser open the answer (login CSRF)."""
    where, _ = await office.sent_there()
    brought = office.provider.authorized(where)
    victim = OfficeBrowser(office.hospital)
    await victim.page(office.app.request()[0])
    for browser in (victim, OfficeBrowser(office.hospital)):
        assert (await browser.back(brought)).status_code == 403
    assert office.provider.asked == [], "no code was shown to anybody"


async def test_an_answer_comes_twice(office: Office) -> None:
    where, _ = await office.sent_there()
    brought = office.provider.authorized(where)
    assert (await office.browser.back(brought)).status_code == 303
    again = await office.browser.back(brought)
    assert (again.status_code, "location" in again.headers) == (403, False)
    again = await office.browser.back(office.provider.authorized(where))  # a new code for the same state
    assert (again.status_code, "location" in again.headers) == (409, False)


async def test_a_bent_answer_comes_twice_and_is_written_down_once(office: Office) -> None:
    office.provider.bend = lambda claims: {**claims, "nonce": "another"}
    where, _ = await office.sent_there()
    for status in (403, 409):
        answer = await office.browser.back(office.provider.authorized(where))
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert await office.reasons() == ["other_nonce"]


async def test_a_code_of_another_sign_in(office: Office) -> None:
    """The attacker's code in the person's state: neither PKCE nor the nonce fits."""
    theirs, _ = await office.sent_there()
    mine, _ = await office.sent_there()
    code = office.provider.authorized(theirs)["code"]
    answer = await office.browser.back({**office.provider.authorized(mine), "code": code})
    assert answer.status_code == 403
    # Even from a provider that does not know PKCE.
    bare = office.provider.authorized(theirs)["code"]
    brought = office.provider.authorized(mine)
    office.provider.codes[bare]["code_challenge"] = office.provider.codes[brought["code"]]["code_challenge"]
    answer = await office.browser.back({**brought, "code": bare})
    assert (answer.status_code, await office.reasons()) == (403, ["other_nonce"])


@pytest.mark.parametrize("state", ["", "x", "a.b.c.d.e"])
async def test_a_state_that_is_not_ours(office: Office, state: str) -> None:
    where, _ = await office.sent_there()
    answer = await office.browser.back({**office.provider.authorized(where), "state": state})
    assert (answer.status_code, "location" in answer.headers) == (400, False)


async def test_a_ticket_is_no_state_and_a_state_no_ticket(office: Office) -> None:
    sent, _ = office.app.request()
    ticket = ticket_in(await office.browser.page(sent))
    where = str((await office.browser.go(ticket)).json()["location"])
    brought = office.provider.authorized(where)
    assert (await office.browser.back({**brought, "state": ticket})).status_code == 400
    assert (await office.browser.go(brought["state"])).status_code == 422


async def test_a_state_that_is_late(office: Office) -> None:
    where, _ = await office.sent_there()
    brought = office.provider.authorized(where)
    office.hospital.clock.pass_by(601)
    assert (await office.browser.back(brought)).status_code == 422


async def test_somebody_who_is_not_known_here(office: Office) -> None:
    office.provider.login = "mallory"
    await refused(office, "unknown_person")
    [row] = await office.hospital.trail("app_sign_in")
    assert (row.get("person"), row["detail"]["claimed"]) == (None, "mallory")


@pytest.mark.parametrize("login", ["ADA", "ada ", "ada@evil.example", "аda"])
async def test_a_name_that_is_almost_one_of_ours(office: Office, login: str) -> None:
    office.provider.login = login
    await refused(office, "unknown_person")


async def test_somebody_who_is_suspended(office: Office) -> None:
    office.provider.login = "bea"
    bea = await office.hospital.person("bea", "Bea")
    await office.hospital.db.write(people.set_active, bea, False)
    await refused(office, "suspended")


async def test_a_program_that_has_an_account_there(office: Office) -> None:
    """It signs nobody in to anything: what a program does is asked for by its own key, and a person answers."""
    office.provider.login = "night-job"
    await office.hospital.person("night-job", "Night job", "nurse", "program")
    await refused(office, "program_account")


async def test_a_mail_address_that_nobody_checked(office: Office) -> None:
    office.provider.bend = lambda claims: {**claims, "email": "ada", "email_verified": "true"}
    with believing(office.hospital, office.provider.settings(login="email")):
        await refused(office, "email_not_verified")


async def test_another_domain_than_the_hospital_s(office: Office) -> None:
    office.provider.bend = lambda claims: {**claims, "preferred_username": "ada@evil.example"}
    with believing(office.hospital, office.provider.settings(suffix="@hospital.example")):
        await refused(office, "other_suffix")


async def test_no_word_of_theirs_counts_for_more_than_an_administrator_said(office: Office) -> None:
    office.provider.bend = lambda claims: {**claims, "acr": "phrh", "amr": ["hwk", "mfa"]}
    answer, _ = await office.came_back(acr_values="urn:kiosk:identified")
    assert "code=" in answer.headers["location"]
    [row] = await office.hospital.trail("app_sign_in")
    assert (row["acr"], row.get("amr")) == ("urn:kiosk:identified", None)
    sent, _ = office.app.request(acr_values="phr")
    answer = await office.browser.go(ticket_in(await office.browser.page(sent)))
    assert answer_in(answer.json()["location"])["error"] == "unmet_authentication_requirements"


async def test_open_redirect_through_the_broker(office: Office) -> None:
    """Whatever comes along, the browser goes to the application's own address."""
    for bent in ({"redirect_uri": "https://evil.example/"}, {"location": "//evil.example"}):
        answer, _ = await office.came_back(bent)
        answer_in(answer.headers["location"])
    where, _ = await office.sent_there()
    brought = {"error": "login_required", "state": office.provider.authorized(where)["state"]}
    brought |= {"iss": office.provider.issuer, "error_uri": "https://evil.example/"}
    answer = await office.browser.back(brought)
    assert answer_in(answer.headers["location"])["error"] == "login_required"


async def test_only_the_service_s_own_page_sends_a_browser_there(office: Office) -> None:
    sent, _ = office.app.request()
    ticket = ticket_in(await office.browser.page(sent))
    for bent in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Cookie": ""}):
        assert (await office.browser.go(ticket, **bent)).status_code == 403


async def test_made_up_codes_for_one_sign_in_are_two_and_cost_no_row(office: Office) -> None:
    """Whichever of its states they come with: the page's ticket can be gone by again and again."""
    sent, _ = office.app.request()
    ticket = ticket_in(await office.browser.page(sent))
    found = []
    for _ in range(4):
        where = str((await office.browser.go(ticket)).json()["location"])
        answer = await office.browser.back({**office.provider.authorized(where), "code": "made-up"})
        found.append(answer.status_code)
    assert found == [403, 403, 409, 409]
    assert len(office.provider.asked) == 2, "the provider saw no flood"
    assert await office.reasons() == []
    assert await office.tokens(), "another sign-in has tries of its own"


async def test_codes_sent_at_once_for_one_sign_in_are_two_as_well(office: Office) -> None:
    where, _ = await office.sent_there()
    brought = {**office.provider.authorized(where), "code": "made-up"}
    answers = await asyncio.gather(*(office.browser.back(brought) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [403] * 2 + [409] * 18
    assert len(office.provider.asked) == 2


async def test_a_crowd_from_one_address_leaves_places_to_everybody_else(office: Office) -> None:
    line: ProviderLine = office.hospital.app.state.upstream
    office.provider.gate = threading.Event()

    async def code(source: str) -> str:
        try:
            return await line.id_token("made-up", "v", "https://x/", int(office.provider.clock()), source)
        except (ProviderAnswerError, ProviderAwayError) as error:
            return type(error).__name__

    crowd = [asyncio.create_task(code("198.51.100.7")) for _ in range(turns.MAX_WAITING + 5)]
    over = (await asyncio.wait(crowd, return_when=asyncio.FIRST_COMPLETED))[0]
    assert all(task.result() == "ProviderAwayError" for task in over), "no queue without end"
    other = asyncio.create_task(code("203.0.113.9"))
    await eventually(lambda: len(office.provider.asked) == turns.MAX_OF_SOURCE + 1)
    office.provider.gate.set()
    assert await other == "ProviderAnswerError", "the provider itself said no"
    assert {await task for task in crowd} == {"ProviderAwayError", "ProviderAnswerError"}


async def test_who_comes_while_all_places_are_taken_has_a_turn_or_is_told(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "WAIT", 0.2)
    line: ProviderLine = office.hospital.app.state.upstream
    office.provider.gate = threading.Event()
    now = int(office.provider.clock())
    crowd = [
        asyncio.create_task(line.id_token("made-up", "v", "https://x/", now, f"198.51.100.{n}"))
        for n in range(turns.MAX_AT_ONCE)
    ]
    await eventually(lambda: len(office.provider.asked) == turns.MAX_AT_ONCE)
    with pytest.raises(ProviderAwayError, match="too many ask for it at once"):
        await line.id_token("made-up", "v", "https://x/", now, "203.0.113.9")
    office.provider.gate.set()
    await asyncio.gather(*crowd, return_exceptions=True)


async def test_nine_people_at_once_all_sign_in_though_nothing_is_known_of_the_provider_any_more(office: Office) -> None:
    """Nor is it asked nine times."""
    wheres = [await office.sent_there() for _ in range(9)]
    office.hospital.app.state.upstream = ProviderLine(office.provider.settings())
    office.provider.read.clear()
    answers = await asyncio.gather(*(office.browser.back(office.provider.authorized(where)) for where, _ in wheres))
    assert [answer.status_code for answer in answers] == [303] * 9
    assert [path.rpartition("/")[2] for path in office.provider.read] == ["openid-configuration", "jwks"]


async def test_who_goes_away_takes_the_answer_from_nobody_else(office: Office) -> None:
    line = ProviderLine(office.provider.settings())
    first, second = asyncio.create_task(line.facts()), asyncio.create_task(line.facts())
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).token.startswith(office.provider.issuer)
    assert first.cancelled()


async def test_a_few_packed_bytes_do_not_become_many(office: Office) -> None:
    """64 MiB of spaces are 64 KiB by gzip: it is never unpacked, so it is never JSON."""
    office.provider.packed = gzip.compress(b" " * (64 << 20))
    line = ProviderLine(office.provider.settings())
    tracemalloc.start()
    try:
        with pytest.raises(ProviderAnswerError) as refused:
            await line.facts()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert refused.value.reason == "no_json"
    assert peak < 16 << 20


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
