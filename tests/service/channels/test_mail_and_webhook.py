"""Messages by mail and webhook, to a real relay and a real HTTPS server on this machine."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from kiosk.service.channels import smtp, webhook
from kiosk.service.channels.message import Outgoing
from kiosk.service.channels.message_texts import LANGUAGES, text
from kiosk.service.channels.rules import MessageRules, rules_from
from kiosk.service.platform.tls import Tls
from kiosk.settings import SettingsError

NOW = 1_795_000_000
TEXT = "Anna Okonkwo: something new was added to your sign-in. If you do not know of this, call the help desk at once."
MESSAGE = Outgoing("m-1", "factor_added", "mailto:anna@home.example", "anna", "Anna Okonkwo", NOW, {"at": "w"}, TEXT)
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    """A CA, and a certificate for this machine that lasts."""
    import time

    made = Tls.make(tmp_path_factory.mktemp("tls") / "tls", "localhost", int(time.time()))
    made.ensure_server(("localhost", "127.0.0.1"), int(time.time()))
    return made


def private(folder: Path, name: str, text: str | bytes, mode: int = 0o600) -> str:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    path.chmod(mode)
    return str(path)


@dataclass
class Relay:
    """Takes mail; ``taken``: what came in."""

    taken: list[bytes] = field(default_factory=list)
    refuse: str = ""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        self.taken.append(content if isinstance(content, bytes) else (content or "").encode())
        return "250 OK"


@asynccontextmanager
async def relay(handler: Relay, tls: Tls | None = None, user: str = "", password: str = "") -> AsyncIterator[int]:
    """A relay on a free port of this machine; with ``tls`` it wants STARTTLS first."""

    def check(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (user.encode(), password.encode())
        return AuthResult(success=right, handled=False)

    def connected() -> SMTP:
        context = server_context(tls) if tls else None
        options: dict[str, Any] = {"authenticator": check, "auth_required": True} if user else {}
        made = SMTP(handler, hostname="relay", tls_context=context, require_starttls=tls is not None, **options)
        sessions.append(made)
        return made

    sessions: list[SMTP] = []
    server = await asyncio.get_running_loop().create_server(connected, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for session in sessions:
            if session.transport is not None:
                session.transport.close()
        await asyncio.sleep(0)


def server_context(tls: Tls) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.server_pem)
    return context


def mail_rules(port: int, **more: Any) -> MessageRules:
    return MessageRules(smtp=f"smtp://127.0.0.1:{port}", smtp_from="kiosk@hospital.example", **more)


async def test_a_mail_says_what_the_message_says_and_comes_from_a_program(tls: Tls) -> None:
    handler = Relay()
    async with relay(handler, tls) as port:
        assert await smtp.send(mail_rules(port, ca_file=ca_of(tls)), MESSAGE) is None
    mail = message_from_bytes(handler.taken[0], policy=policy.default)
    assert (mail["To"], mail["From"]) == ("anna@home.example", "kiosk@hospital.example")
    assert mail["Subject"] == "Anna Okonkwo: something new was added to your sign-in"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == "<m-1@hospital.example>"
    assert mail.get_content().strip() == TEXT


async def test_a_relay_with_another_certificate_gets_no_mail_and_no_password(tls: Tls, tmp_path: Path) -> None:
    handler = Relay()
    other = private(tmp_path, "password", "plumtree")
    async with relay(handler, tls, "kiosk", "plumtree") as port:
        said = await smtp.send(mail_rules(port, smtp_user="kiosk", smtp_password_file=other), MESSAGE)
    assert said is not None
    assert "could not be used" in said
    assert handler.taken == []


async def test_user_and_password_are_handed_over_inside_tls(tls: Tls, tmp_path: Path) -> None:
    handler, right = Relay(), private(tmp_path, "right", "plumtree\n")
    wrong = private(tmp_path, "wrong", "appletree\n")
    async with relay(handler, tls, "kiosk", "plumtree") as port:
        rules = mail_rules(port, ca_file=ca_of(tls), smtp_user="kiosk", smtp_password_file=right)
        assert await smtp.send(rules, MESSAGE) is None
        refused = await smtp.send(replace(rules, smtp_password_file=wrong), MESSAGE)
    assert refused == "the mail relay refuses the user or password"
    assert len(handler.taken) == 1


async def test_a_password_that_others_may_read_is_not_used(tls: Tls, tmp_path: Path) -> None:
    path = private(tmp_path, "password", "plumtree", 0o644)
    said = await smtp.send(mail_rules(1, smtp_user="kiosk", smtp_password_file=path), MESSAGE)
    assert said is not None
    assert "chmod 600" in said


@pytest.mark.parametrize(
    ("refuse", "sentence"),
    [("550 no such person", "the mail relay refuses the address"), ("451 later", "the mail relay refuses the address")],
)
async def test_what_a_relay_says_no_to_is_said(refuse: str, sentence: str) -> None:
    async with relay(Relay(refuse=refuse)) as port:
        assert await smtp.send(mail_rules(port), MESSAGE) == sentence


@pytest.mark.parametrize("to", ["", "a@b\r\nBcc: c@d", "a%0d%0aBcc:%20c@d", "@b", "a", "a@b, c@d"])
async def test_an_address_that_is_none_sends_nothing(to: str) -> None:
    handler = Relay()
    async with relay(handler) as port:
        said = await smtp.send(mail_rules(port), replace(MESSAGE, to=f"mailto:{to}"))
    assert said == "the address is none that mail can be sent to"
    assert handler.taken == []


@pytest.mark.parametrize(
    ("to", "goes_to"),
    [
        ("anna@klinik-süd.example", "anna@xn--klinik-sd-x9a.example"),
        ("anna@Straße.example", "anna@xn--strae-oqa.example"),
        ('"anna b"@x.example', '"anna b"@x.example'),
        ("anna%2Bward@x.example?subject=hello", "anna+ward@x.example"),
    ],
)
async def test_an_address_is_written_as_mail_has_it(to: str, goes_to: str) -> None:
    """RFC 5891, RFC 6068."""
    handler = Relay()
    async with relay(handler) as port:
        assert await smtp.send(mail_rules(port), replace(MESSAGE, to=f"mailto:{to}")) is None
    assert message_from_bytes(handler.taken[0], policy=policy.default)["To"] == goes_to


async def test_letters_that_few_mail_systems_take_are_called_that() -> None:
    said = await smtp.send(mail_rules(1), replace(MESSAGE, to="mailto:müller@x.example"))
    assert said == "the address has other letters than ASCII before its @ (RFC 6531), which is not done"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "name", ["Dr. med. Anna Okonkwo", "علی\u200cرضا", "李小龍", "Núñez de la Peña y Fernández " * 3]
)
async def test_the_subject_is_all_that_is_new_whatever_the_name(name: str, language: str) -> None:
    said = text(language, "factor_added", {"name": name.strip(), "at": "St. Anna 3.2"})
    handler = Relay()
    async with relay(handler) as port:
        assert await smtp.send(mail_rules(port), replace(MESSAGE, text=said)) is None
    mail = message_from_bytes(handler.taken[0], policy=policy.default)
    assert said.startswith(f"{mail['Subject']}. ")
    assert mail["Subject"].endswith("(St. Anna 3.2)")
    assert mail["Date"].datetime.timestamp() == NOW, "RFC 5322 section 3.6"
    assert mail.get_content().strip() == said
    assert handler.taken[0].isascii(), "for relays that take nothing else"


async def test_a_file_that_is_not_there_is_not_the_relays_fault(tmp_path: Path) -> None:
    gone, strange = str(tmp_path / "gone"), private(tmp_path, "strange", b"\xff\xfe")
    hooked = MessageRules(webhook="https://127.0.0.1:1/", webhook_secret_file=gone)
    assert [
        await smtp.send(mail_rules(1, smtp_user="k", smtp_password_file=gone), MESSAGE),
        await smtp.send(mail_rules(1, smtp_user="k", smtp_password_file=strange), MESSAGE),
        await smtp.send(mail_rules(1, ca_file=gone), MESSAGE),
        await webhook.send(hooked, MESSAGE),
    ] == [
        "the file of the mail relay's password cannot be read: No such file or directory",
        "the file of the mail relay's password cannot be read: it is no text in UTF-8",
        "the CA file cannot be read: No such file or directory",
        "the file of the webhook's secret cannot be read: No such file or directory",
    ]


async def test_nobody_at_the_relays_address_is_said_so() -> None:
    said = await smtp.send(mail_rules(1), MESSAGE)
    assert said is not None
    assert "could not be used" in said


class Hook(BaseHTTPRequestHandler):
    """Keeps what is posted; answers with the server's ``status``."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.taken.append((dict(self.headers), body))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("location", "https://elsewhere.example/")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@contextmanager
def hook(tls: Tls, status: int = 204) -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    taken: list[tuple[dict[str, str], bytes]] = []
    server.taken, server.status = taken, status  # type: ignore[attr-defined]
    server.socket = server_context(tls).wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}/kiosk", taken
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_a_webhook_gets_the_message_signed_by_the_standard(tls: Tls, tmp_path: Path) -> None:
    with hook(tls) as (url, taken):
        rules = hook_rules(url, tls, tmp_path)
        assert await webhook.send(rules, MESSAGE) is None
    headers, body = taken[0]
    said = json.loads(body)
    assert (said["id"], said["to"], said["text"]) == ("m-1", "mailto:anna@home.example", TEXT)
    lower = {name.lower(): value for name, value in headers.items()}
    covered = f"{lower['webhook-id']}.{lower['webhook-timestamp']}.".encode() + body
    mac = base64.b64encode(hmac.new(bytes(range(32)), covered, hashlib.sha256).digest()).decode()
    assert lower["webhook-signature"] == f"v1,{mac}"


@pytest.mark.parametrize("status", [302, 400, 500])
async def test_anything_but_taken_is_tried_again(tls: Tls, tmp_path: Path, status: int) -> None:
    with hook(tls, status) as (url, _):
        assert await webhook.send(hook_rules(url, tls, tmp_path), MESSAGE) == f"the webhook answered {status}"


async def test_a_webhook_with_another_certificate_hears_nothing(tls: Tls, tmp_path: Path) -> None:
    with hook(tls) as (url, taken):
        said = await webhook.send(replace(hook_rules(url, tls, tmp_path), ca_file=""), MESSAGE)
    assert said is not None
    assert "could not be reached" in said
    assert taken == []


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!", base64.b64encode(bytes(8)).decode()])
async def test_a_secret_that_is_none_signs_nothing(tls: Tls, tmp_path: Path, secret: str) -> None:
    path = private(tmp_path, "secret", secret)
    said = await webhook.send(MessageRules(webhook="https://127.0.0.1:1/", webhook_secret_file=path), MESSAGE)
    assert said is not None
    assert "secret" in said


def hook_rules(url: str, tls: Tls, folder: Path) -> MessageRules:
    return MessageRules(webhook=url, webhook_secret_file=private(folder, "secret", SECRET + "\n"), ca_file=ca_of(tls))


def ca_of(tls: Tls) -> str:
    path = tls.server_pem.with_name("for-clients.pem")
    path.write_text(tls.current().pem())
    return str(path)


def test_mail_goes_by_mail_and_the_rest_by_what_is_there() -> None:
    mail = MessageRules(smtp="smtp://m", command=("tell",))
    assert (mail.channel("mailto:a@b"), mail.channel("tel:+41")) == ("smtp", "program")
    both = replace(mail, webhook="https://h/")
    assert (both.channel("mailto:a@b"), both.channel("tel:+41")) == ("smtp", "webhook")
    assert MessageRules(smtp="smtp://m").channel("tel:+41") is None
    assert not MessageRules().any


@pytest.mark.parametrize(
    "table",
    [
        {"smtp": "mail.hospital.example", "smtp_from": "a@b.example"},
        {"smtp": "smtp://u:p@mail.hospital.example", "smtp_from": "a@b.example"},
        {"smtp": "smtp://mail.hospital.example/x", "smtp_from": "a@b.example"},
        {"smtp": "smtp://mail.hospital.example"},
        {"smtp": "smtp://mail.hospital.example", "smtp_from": "nobody"},
        {"smtp": "smtp://mail.hospital.example:99999", "smtp_from": "a@b.example"},
        {"smtp_user": "kiosk"},
        {"smtp_user": "kiosk", "smtp_password_file": "relative"},
        {"webhook": "https://h.example/"},
        {"webhook": "http://h.example/", "webhook_secret_file": "/s"},
        {"webhook": "https://u:p@h.example/", "webhook_secret_file": "/s"},
        {"webhook": 1, "webhook_secret_file": "/s"},
    ],
)
def test_channels_that_cannot_work_are_refused(table: dict[str, object]) -> None:
    with pytest.raises(SettingsError) as refused:
        rules_from(table)
    assert "u:p" not in str(refused.value)


def test_an_address_with_a_password_is_not_repeated_and_nothing_is_said_that_it_is_not() -> None:
    with pytest.raises(SettingsError) as refused:
        rules_from({"webhook": "https://u:p@h.example/", "webhook_secret_file": "/s"})
    assert str(refused.value).endswith("“webhook” must be https://HOST/PATH, without user or password.")


async def test_a_relay_that_says_nothing_costs_its_time_and_no_more() -> None:
    came: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: came.append(writer), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        said = await smtp.send(replace(mail_rules(port), seconds=1), MESSAGE)
        for writer in came:
            writer.close()
            await writer.wait_closed()
    assert said is not None
    assert "could not be used" in said
