"""Electronic mail (RFC 5321), always over TLS: STARTTLS (RFC 3207) or from the start (RFC 8314). Nothing goes in clear.

A relay on this machine itself may be spoken to without TLS, if it offers none.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import Header
from email.headerregistry import Address
from email.message import Message
from email.mime.text import MIMEText
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from kiosk.service.channels import message_texts
from kiosk.service.channels.message import Outgoing
from kiosk.service.channels.prepared import prepared
from kiosk.service.channels.rules import MAILTO, MessageRules, is_loopback

MAX_SUBJECT = 200
PORTS = {"smtp": 587, "smtps": 465}


async def send(rules: MessageRules, message: Outgoing) -> str | None:
    """Hand ``message`` to the relay; None once it has taken it, else what went wrong. Raises nothing of the relay's."""
    import aiosmtplib

    parts = urlsplit(rules.smtp)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    try:
        mail = written(rules, message)
    except AddressLettersError as error:
        return str(error)
    except (ValueError, IndexError):
        return "the address is none that mail can be sent to"
    ready = await prepared(rules.smtp_password_file, rules.ca_file, "the mail relay's password")
    if isinstance(ready, str):
        return ready
    try:
        await aiosmtplib.send(
            mail,
            hostname=host,
            port=port,
            use_tls=parts.scheme == "smtps",
            start_tls=None if parts.scheme == "smtps" or is_loopback(host) else True,
            tls_context=ready.context,
            username=rules.smtp_user or None,
            password=ready.secret,
            timeout=rules.seconds,
        )
    except aiosmtplib.SMTPAuthenticationError:
        return "the mail relay refuses the user or password"
    except aiosmtplib.SMTPRecipientsRefused:
        return "the mail relay refuses the address"
    except aiosmtplib.SMTPResponseException as error:
        return f"the mail relay answered {error.code}"
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        return f"the mail relay could not be used ({type(error).__name__})"
    return None


class AddressLettersError(ValueError):
    """An address with letters in front of its @ that few mail systems take; ``str()`` says so."""


def written(rules: MessageRules, message: Outgoing) -> Message:
    """The mail. Raises ``AddressLettersError``, ``ValueError`` or ``IndexError`` for an address that is none."""
    address = recipient(message.to)
    # The newer email.message loses spaces between encoded words of a folded subject in some versions of Python.
    mail = MIMEText(message.text, "plain", "utf-8")
    subject = message_texts.subject(message.text)[:MAX_SUBJECT]
    mail["From"], mail["To"] = rules.smtp_from, str(address)
    coded = Header(subject, "us-ascii" if subject.isascii() else "utf-8")
    mail["Subject"] = coded  # type: ignore[assignment]  # which MIMEText takes, and folds without losing spaces
    mail["Date"] = format_datetime(datetime.fromtimestamp(message.at, UTC))
    mail["Message-ID"] = f"<{message.id}@{rules.smtp_from.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence notes come back
    return mail


def recipient(contact: str) -> Address:
    """Whom mail to ``contact`` goes to, a domain of other letters in its ASCII form (RFC 5891). Raises as
    ``written``."""
    import idna

    local, _, domain = unquote(contact.removeprefix(MAILTO).partition("?")[0]).rpartition("@")
    if not local.isascii():
        raise AddressLettersError("the address has other letters than ASCII before its @ (RFC 6531), which is not done")
    if not domain.isascii():
        domain = idna.encode(domain, uts46=True).decode("ascii")  # its errors are ValueErrors
    try:
        address = Address(addr_spec=f"{local}@{domain}")
    except HeaderParseError as error:
        raise ValueError("no address") from error
    if not address.username or not address.domain:
        raise ValueError("no address")
    return address
