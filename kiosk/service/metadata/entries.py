"""One entry of the metadata file, read whole or, where that cannot be, as far as it goes (FIDO Metadata Service 3.1,
sections 3.1.1 to 3.1.4)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date

from kiosk.service.metadata.models import UNREADABLE, KeyModel, Status

MAX_NAME = 120
_AAGUID = re.compile(r"[0-9a-f]{32}")
_LISTED = "attestationCertificateKeyIdentifiers"
_KEY_IDENTIFIER = re.compile(r"[0-9a-f]{40}")


class MetadataEntryError(Exception):
    """An entry of the metadata that cannot be understood, and so might hide a warning."""


def model_of(entry: object) -> KeyModel | None:
    """The model of one entry; None for those of UAF, which have neither kind of identifier. Raises
    ``MetadataEntryError``."""
    if not isinstance(entry, Mapping):
        raise MetadataEntryError("it is not an object")
    ids = _ids(entry)
    if not ids:
        return None
    statement = entry.get("metadataStatement") or {}
    reports = entry.get("statusReports")
    if not isinstance(statement, Mapping) or not isinstance(reports, list):
        raise MetadataEntryError("it has no list of status reports")
    if not isinstance(statement.get("attestationRootCertificates") or [], list):
        raise MetadataEntryError("its roots are not a list")
    statuses = tuple(_status(report) for report in reports)
    return KeyModel(ids, _name(statement), statuses, _roots(statement), _icon(statement))


def rest_of(entry: object, why: str) -> KeyModel | None:
    """What can be read of an entry that ``model_of`` refuses by ``why``, which counts against its models.

    None where not one model can be told from it.
    """
    if not isinstance(entry, Mapping):
        return None
    ids = tuple(_each_id(entry))
    said = entry.get("metadataStatement")
    statement = said if isinstance(said, Mapping) else {}
    reports = entry.get("statusReports")
    statuses = [_status_or_none(report) for report in (reports if isinstance(reports, list) else ())]
    # Told apart from another entry that cannot be read, so that accepting this one accepts no other.
    content = hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).digest()
    known = tuple(report for report in statuses if report is not None)
    doubt = Status(UNREADABLE, certificate=content)
    return KeyModel(ids, _name(statement), (*known, doubt), _roots(statement), _icon(statement), why) if ids else None


def _roots(statement: Mapping[str, object]) -> tuple[bytes, ...]:
    """A root that cannot be decoded vouches for nothing, and that is safe."""
    roots = statement.get("attestationRootCertificates")
    return tuple(root for root in map(_der, roots if isinstance(roots, list) else ()) if root)


def _icon(statement: Mapping[str, object]) -> str:
    icon = statement.get("icon")
    plain = isinstance(icon, str) and icon.startswith("data:image/") and icon.isascii() and "\0" not in icon
    return str(icon) if plain else ""


def _each_id(entry: Mapping[str, object]) -> Iterator[str]:
    """The identifiers that are right, whatever stands beside them."""
    listed: list[dict[str, object]] = [{_LISTED: [part]} for part in _list(entry.get(_LISTED))]
    for part in ({"aaguid": entry.get("aaguid")}, *listed):
        try:
            yield from _ids(part)
        except MetadataEntryError:
            continue


def _list(said: object) -> list[object]:
    return said if isinstance(said, list) else []


def _status_or_none(report: object) -> Status | None:
    try:
        return _status(report)
    except MetadataEntryError:
        return None


def _ids(entry: Mapping[str, object]) -> tuple[str, ...]:
    aaguid = entry.get("aaguid")
    listed = entry.get(_LISTED) or []
    if not isinstance(listed, list) or not all(isinstance(identifier, str) for identifier in listed):
        raise MetadataEntryError("its key identifiers are not a list of texts")
    found = [identifier.lower() for identifier in listed]
    if any(not _KEY_IDENTIFIER.fullmatch(identifier) for identifier in found):
        raise MetadataEntryError("a key identifier is not of 40 hexadecimal digits")
    if aaguid is not None:
        plain = aaguid.replace("-", "").lower() if isinstance(aaguid, str) else ""
        if not _AAGUID.fullmatch(plain) or set(plain) == {"0"}:
            raise MetadataEntryError("its AAGUID is none")
        found.insert(0, plain)
    return tuple(found)


def _status(report: object) -> Status:
    if not isinstance(report, Mapping) or not isinstance(report.get("status"), str):
        raise MetadataEntryError("a status report has no status")
    since = report.get("effectiveDate") or ""
    try:
        since = date.fromisoformat(since).isoformat() if since else ""
    except (ValueError, TypeError):
        raise MetadataEntryError("a status report has an impossible date") from None
    version = report.get("authenticatorVersion")
    if version is not None and (type(version) is not int or not 0 <= version < 2**63):
        raise MetadataEntryError("a status report has an impossible version")
    about = _der(report.get("batchCertificate") or report.get("certificate") or "")
    return Status(report["status"], since, about, version)


def _name(statement: Mapping[str, object]) -> str:
    said = statement.get("description")
    name = " ".join(said.split()) if isinstance(said, str) else ""
    return "".join(letter for letter in name if letter.isprintable())[:MAX_NAME] or "Unnamed model"


def _der(text: object) -> bytes:
    """Published ones have line breaks inside."""
    try:
        return base64.b64decode("".join(text.split()), validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        return b""
