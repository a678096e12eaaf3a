"""``[messages]`` of ``service.toml``: which channels there are, and how patient the service is with them."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, urlsplit

import msgspec

from kiosk.service.channels.message_texts import LANGUAGES
from kiosk.settings import SettingsError, must

Channel = Literal["smtp", "webhook", "program"]
MAILTO = "mailto:"
_LIMITS = (("seconds", 120), ("tries", 100), ("keep_days", 3650))


@dataclass(frozen=True, slots=True)
class MessageRules:
    """``[messages]``. Without any channel nothing is delivered and everything is kept.

    ``command``: the hospital's program and its arguments. ``smtp``: ``smtp://HOST[:587]`` (STARTTLS) or
    ``smtps://HOST[:465]``; ``smtp_from``: the sender; ``smtp_user`` with ``smtp_password_file`` where it wants them.
    ``webhook``: an ``https`` address; ``webhook_secret_file``: what signs its requests. ``ca_file``: PEM of CAs for
    both, in place of the system's.

    ``seconds``: each may take. ``tries``: until a message is given up. ``language`` of its text. ``keep_days``: then
    what was delivered or given up is forgotten, with the address it went to.
    """

    command: tuple[str, ...] = ()
    seconds: int = 10
    tries: int = 12
    language: str = "en"
    keep_days: int = 30
    smtp: str = ""
    smtp_from: str = ""
    smtp_user: str = ""
    smtp_password_file: str = ""
    webhook: str = ""
    webhook_secret_file: str = ""
    ca_file: str = ""

    @property
    def any(self) -> bool:
        """Whether anything is delivered at all."""
        return bool(self.command or self.smtp or self.webhook)

    def channel(self, contact: str) -> Channel | None:
        """Which way a message to ``contact`` goes: mail by SMTP, anything else by webhook, else by program."""
        if self.smtp and contact.startswith(MAILTO):
            return "smtp"
        return "webhook" if self.webhook else "program" if self.command else None


def rules_from(table: dict[str, object]) -> MessageRules:
    """Rules from the ``[messages]`` table. Raises ``SettingsError``."""
    strange = sorted(set(table) - set(MessageRules.__dataclass_fields__))
    if strange:
        raise SettingsError(f"[messages]: there is no setting called “{strange[0]}”.")
    command = table.get("command", [])
    if not isinstance(command, list) or not all(_is_word(word) for word in command):
        raise _bad("command", "a list of texts: a program and its arguments", command)
    for name, most in _LIMITS:
        value = table.get(name, 1)
        if type(value) is not int or not 1 <= value <= most:
            raise _bad(name, f"a whole number from 1 to {most}", value)
    language = table.get("language", "en")
    if not isinstance(language, str) or language not in LANGUAGES:
        raise _bad("language", "one of " + ", ".join(LANGUAGES), language)
    _check_channels(table)
    return msgspec.convert(table, MessageRules)


def is_loopback(host: str | None) -> bool:
    """Whether what is sent there stays on this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _check_channels(table: dict[str, object]) -> None:
    texts: dict[str, str] = {}
    for name in ("smtp", "smtp_from", "smtp_user", "webhook", "smtp_password_file", "webhook_secret_file", "ca_file"):
        value = table.get(name, "")
        if not isinstance(value, str) or not value.isprintable():
            raise _bad(name, "a text", value)
        if name.endswith("_file") and value and not Path(value).is_absolute():
            raise _bad(name, "the whole path of a file", value)
        texts[name] = value
    smtp, webhook = texts["smtp"], texts["webhook"]
    if smtp and not _is_address(smtp, ("smtp", "smtps"), bare=True):
        raise _no("smtp", "smtp://HOST:587 or smtps://HOST:465, without user or password")
    if smtp and not _is_mail(texts["smtp_from"]):
        raise _bad("smtp_from", "the sender's address, such as kiosk@hospital.example", texts["smtp_from"])
    if bool(texts["smtp_user"]) != bool(texts["smtp_password_file"]):
        raise SettingsError("[messages]: “smtp_user” and “smtp_password_file” go together.")
    if webhook and not _is_webhook(webhook):
        raise _no("webhook", "https://HOST/PATH, without user or password")
    if bool(webhook) != bool(texts["webhook_secret_file"]):
        raise SettingsError("[messages]: “webhook” and “webhook_secret_file” go together.")


def _is_webhook(text: str) -> bool:
    """Plain HTTP only to this machine itself."""
    return _is_address(text, ("https",)) or (_is_address(text, ("http",)) and is_loopback(urlsplit(text).hostname))


def _is_address(text: str, schemes: tuple[str, ...], *, bare: bool = False) -> bool:
    """Whether it names a host and no secret. ``bare``: and nothing after it."""
    try:
        parts: SplitResult = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    more = parts.path.strip("/") or parts.query or parts.fragment
    named = bool(parts.hostname) and " " not in text and port != 0
    return parts.scheme in schemes and named and "@" not in parts.netloc and not (bare and more)


def _is_mail(text: str) -> bool:
    try:
        address = Address(addr_spec=text)
    except (ValueError, IndexError, HeaderParseError):
        return False
    return bool(address.username and address.domain) and text.isascii()


def _is_word(word: object) -> bool:
    return isinstance(word, str) and bool(word.strip()) and word.isprintable()


def _no(name: str, wanted: str) -> SettingsError:
    """What it is now is not repeated: there may be a password in it."""
    return SettingsError(f"[messages]: “{name}” must be {wanted}.")


def _bad(name: str, wanted: str, value: object) -> SettingsError:
    return SettingsError(f"[messages]: {must(name, wanted, value)}")
