"""``kiosk doctor --data``: whom the service trusts, for PIV cards and TLS, and what it knows of models of keys."""

from __future__ import annotations

import time
from pathlib import Path

from kiosk.cli.doctor_check import Check
from kiosk.model.counted import counted
from kiosk.service.admin import card_stops
from kiosk.service.channels.prepared import secret_in
from kiosk.service.channels.rules import rules_from
from kiosk.service.channels.webhook import secret_of
from kiosk.service.folder import ServiceFolder
from kiosk.service.platform import ca_fitness, certificate_validity
from kiosk.service.platform.certificate_files import CertificateFileError
from kiosk.service.platform.keys import KeyFileError
from kiosk.service.platform.openid_settings import openid_from
from kiosk.service.platform.phone_settings import phone_from
from kiosk.service.platform.tls_roots import left_in
from kiosk.service.proofs import certificate_authority
from kiosk.service.store import lookups, metadata
from kiosk.service.store.database import Database
from kiosk.service.store.errors import StoreError
from kiosk.service.store.postgres_url import where

DAY = 86_400
ENDS_SOON = 30 * DAY
NAMED = 5


def checks(folder: ServiceFolder) -> list[Check]:
    """Nothing where there are none, or the store cannot be read: that is told elsewhere."""
    files = [*(_ca_file(what, path) for what, path in _ca_files(folder)), *_secret_files(folder)]
    try:
        db, now = folder.database(), int(time.time())
    except StoreError:
        return [file for file in files if file is not None]
    try:
        found = [*files, _cas(db, now), _metadata(db, now)]
    except StoreError:
        found = [*files]
    finally:
        db.close_now()
    return [check for check in found if check is not None]


def _ca_files(folder: ServiceFolder) -> list[tuple[str, Path]]:
    """What is settled to be trusted for TLS to others, by the name of its setting."""
    settings = folder.settings
    messages = rules_from(settings.messages).ca_file
    openid = openid_from(settings.openid).ca_file
    roots = where(settings.database).roots if settings.database.startswith("postgres") else None
    named = [("ca_file", Path(messages))] if messages else []
    named += [("[openid] ca_file", Path(openid))] if openid else []
    phone = phone_from(settings.phone).ca_file
    named += [("[phone] ca_file", Path(phone))] if phone else []
    return [*named, *([("sslrootcert", roots)] if roots is not None else [])]


def _secret_files(folder: ServiceFolder) -> list[Check | None]:
    """Secrets of messages' channels: whether a message could be sent at all is known before there is one."""
    rules = rules_from(folder.settings.messages)
    return [
        _secret_file(name, Path(path))
        for name, path in (
            ("smtp_password_file", rules.smtp_password_file),
            ("webhook_secret_file", rules.webhook_secret_file),
        )
        if path
    ]


def _secret_file(name: str, path: Path) -> Check | None:
    try:
        secret = secret_in(path)
        if name == "webhook_secret_file":
            secret_of(secret)
    except KeyFileError as error:
        return Check("messages", False, f"{name}: {error}", "Until then no message goes that way.")
    except OSError as error:
        said = f"{name}: {path} cannot be read: {error.strerror}."
        return Check("messages", False, said, "Put the secret there, for the service's user alone.")
    except UnicodeDecodeError:
        return Check("messages", False, f"{name}: {path} is no text in UTF-8.", "Put the secret there, in one line.")
    except ValueError as error:
        said = f"{name}: what is in {path} cannot be used: {error}."
        return Check("messages", False, said, "Write whsec_ and 24 bytes or more in base64.")
    if secret:
        return None
    return Check("messages", False, f"{name}: {path} is empty.", "Put the secret there, in one line.")


def _ca_file(name: str, path: Path) -> Check | None:
    try:
        left = left_in(path)
    except OSError as error:
        return Check("TLS CAs", False, f"{name}: {path} cannot be read: {error.strerror}.", "Name another file.")
    except CertificateFileError as error:
        return Check("TLS CAs", False, f"{name}: {path} cannot be used. {error}", "Put the CAs' certificates there.")
    if not left:
        return None
    return Check("TLS CAs", True, f"{name}: not all of {path} is read. {' '.join(left[:NAMED])}", "Mend that file.")


def _cas(db: Database, now: int) -> Check | None:
    trusted, gone = db.read_now(lookups.piv_cas), db.read_now(lookups.untrusted_cas)
    if not trusted and not gone:
        return None
    certificates = [certificate_authority.certificate(row.pem) for row in trusted]
    broken = [(ca, fault) for ca in certificates if (fault := ca_fitness.fault(ca, now)) is not None]
    if broken:
        said = " ".join(f"{ca.subject.rfc4514_string()}: {fault}" for ca, fault in broken[:NAMED])
        do = "Trust the CA's present certificate: kiosk admin piv-ca add FILE. See: kiosk admin piv-ca list."
        return Check("PIV CAs", False, f"{len(broken)} trusted CAs are of no use: no card of theirs counts. {said}", do)
    refused = len(db.read_now(card_stops.under, gone))
    if refused:
        said = f"{counted(refused, 'card is', 'cards are')} refused, because their CA is trusted no more."
        return Check("PIV CAs", True, said, "Give those persons another factor. See: kiosk admin piv-ca list.")
    ends = [(int(ca.not_valid_after_utc.timestamp()) - now, ca.subject.rfc4514_string()) for ca in certificates]
    soon = [f"{name} ends in {certificate_validity.lasting(left)}" for left, name in ends if left < ENDS_SOON]
    if soon:
        return Check("PIV CAs", True, f"{'; '.join(soon)}.", "Trust its renewed certificate in time: piv-ca add.")
    return Check(
        "PIV CAs", True, f"Cards of every trusted CA can be used ({counted(len(trusted), 'certificate')} of CAs)."
    )


def _metadata(db: Database, now: int) -> Check | None:
    here = db.read_now(metadata.newest)
    if here is None:
        return None
    fetch = "Fetch the present file: kiosk admin metadata import FILE"
    unread = db.read_now(metadata.unread)
    if unread:
        named = "; ".join(f"{model.name or model.ids[0]}: {model.unread}" for model in unread[:NAMED])
        entries = counted(len(unread), "entry", "entries")
        said = f"{entries} of number {here.no} cannot be read; keys of those models are refused: {named}."
        return Check("FIDO metadata", True, said, f"{fetch}. See: kiosk admin metadata show.")
    if here.next_update <= now:
        late = certificate_validity.lasting(now - here.next_update)
        return Check("FIDO metadata", True, f"Number {here.no} was to be replaced {late} ago.", f"{fetch}.")
    return Check("FIDO metadata", True, f"Number {here.no} is here with {counted(here.models, 'model')}, and in time.")
