"""Electronic mail (RFC 5321), always over TLS: STARTTLS (RFC 3207) or from the start (RFC 8314). Nothing goes in clear.

A relay on this machine itself may be spoken to without TLS, if it offers none.
"""

from __future__ import annotations

from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from urllib.parse import unquote, urlsplit

from kiosk.service.channels.message import Outgoing
from kiosk.service.channels.rules import MAILTO, MessageRules, is_loopback, secret_in
from kiosk.service.platform.certificate_files import CertificateFileError
from kiosk.service.platform.keys import KeyFileError
from kiosk.service.platform.tls_roots import trusting

PORTS = {"smtp": 587, "smtps": 465}


async def send(rules: MessageRules, message: Outgoing) -> str | None:
    """Hand ``message`` to the relay; None once it has taken it, else what went wrong. Raises nothing of the relay's."""
    import aiosmtplib

    parts = urlsplit(rules.smtp)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    try:
        mail = written(rules, message)
    except (ValueError, IndexError):
        return "the address is none that mail can be sent to"
    try:
        password = await secret_in(rules.smtp_password_file) if rules.smtp_password_file else None
        await aiosmtplib.send(
            mail,
            hostname=host,
            port=port,
            use_tls=parts.scheme == "smtps",
            start_tls=None if parts.scheme == "smtps" or is_loopback(host) else True,
            tls_context=trusting(Path(rules.ca_file) if rules.ca_file else None),
            username=rules.smtp_user or None,
            password=password,
            timeout=rules.seconds,
        )
    except KeyFileError as error:
        return str(error)
    except CertificateFileError as error:
        return f"the CA file cannot be used: {error}"
    except aiosmtplib.SMTPAuthenticationError:
        return "the mail relay refuses the user or password"
    except aiosmtplib.SMTPRecipientsRefused:
        return "the mail relay refuses the address"
    except aiosmtplib.SMTPResponseException as error:
        return f"the mail relay answered {error.code}"
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        return f"the mail relay could not be used ({type(error).__name__})"
    return None


def written(rules: MessageRules, message: Outgoing) -> EmailMessage:
    """The mail. Raises ``ValueError`` or ``IndexError`` for an address that is none."""
    try:
        address = Address(addr_spec=unquote(message.to.removeprefix(MAILTO).partition("?")[0]))
    except HeaderParseError as error:
        raise ValueError("no address") from error
    if not address.username or not address.domain:
        raise ValueError("no address")
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = Address(addr_spec=rules.smtp_from), address
    mail["Subject"] = message.text.partition(".")[0][:120]
    mail["Message-ID"] = f"<{message.id}@{rules.smtp_from.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence notes come back
    mail.set_content(message.text)
    return mail
