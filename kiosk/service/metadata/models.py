"""One model of keys, as the FIDO metadata has it (FIDO Metadata Service 3.1, sections 3.1.1 to 3.1.4)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

COMPROMISED = frozenset(
    {
        "USER_VERIFICATION_BYPASS",
        "ATTESTATION_KEY_COMPROMISE",
        "USER_KEY_REMOTE_COMPROMISE",
        "USER_KEY_PHYSICAL_COMPROMISE",
        "REVOKED",
    }
)
LEVEL_OF = {
    "NOT_FIDO_CERTIFIED": "",
    "SELF_ASSERTION_SUBMITTED": "",
    "FIDO_CERTIFIED": "L1",
    "FIDO_CERTIFIED_L1": "L1",
    "FIDO_CERTIFIED_L1plus": "L1plus",
    "FIDO_CERTIFIED_L2": "L2",
    "FIDO_CERTIFIED_L2plus": "L2plus",
    "FIDO_CERTIFIED_L3": "L3",
    "FIDO_CERTIFIED_L3plus": "L3plus",
}
MAX_NAME = 120
_AAGUID = re.compile(r"[0-9a-f]{32}")
_KEY_IDENTIFIER = re.compile(r"[0-9a-f]{40}")


class BadEntry(Exception):
    """An entry of the metadata that cannot be understood, and so might hide a warning."""


@dataclass(frozen=True, slots=True)
class Status:
    """One status report. ``since``: ISO date, empty for always. ``certificate``: DER of the one it is about, if any."""

    status: str
    since: str = ""
    certificate: bytes = b""


@dataclass(frozen=True, slots=True)
class KeyModel:
    """``ids``: AAGUID (32 hex digits) or attestation certificates' key identifiers (40). ``roots``: DER.

    ``icon``: a ``data:`` URL of a picture, empty for none.
    """

    ids: tuple[str, ...]
    name: str
    statuses: tuple[Status, ...]
    roots: tuple[bytes, ...]
    icon: str = ""

    def compromise(self, path: Sequence[bytes] = ()) -> str | None:
        """The status by which its keys are known to be compromised, or those attested by ``path`` (DER) are.

        Counts at once, whatever date it bears. A compromised attestation key that is named concerns its batch alone.
        """
        for report in self.statuses:
            elsewhere = (
                report.status == "ATTESTATION_KEY_COMPROMISE"
                and report.certificate
                and report.certificate not in (*path, *self.roots)
            )
            if report.status in COMPROMISED and not elsewhere:
                return report.status
        return None

    def level(self, now: int) -> str:
        """The certification in force at ``now`` (epoch seconds): the latest, the highest of those of one day."""
        today = datetime.fromtimestamp(now, UTC).date().isoformat()
        granted = [one for one in self.statuses if one.status in LEVEL_OF and one.since <= today]
        latest = max((one.since for one in granted), default="")
        return max((LEVEL_OF[one.status] for one in granted if one.since == latest), default="")

    def merged(self, other: KeyModel) -> KeyModel:
        """Both together, where two entries share an identifier: what is wrong with either is wrong with both."""
        return replace(self, statuses=self.statuses + other.statuses, roots=self.roots + other.roots)

    def text(self) -> str:
        """As stored, JSON; without name and picture, which are stored beside it."""
        return json.dumps(
            {
                "statuses": [[one.status, one.since, _b64(one.certificate)] for one in self.statuses],
                "roots": [_b64(root) for root in self.roots],
            }
        )

    @classmethod
    def from_text(cls, identifier: str, name: str, text: str) -> KeyModel:
        """As stored."""
        said = json.loads(text)
        statuses = tuple(Status(status, since, base64.b64decode(of)) for status, since, of in said["statuses"])
        return cls((identifier,), name, statuses, tuple(base64.b64decode(root) for root in said["roots"]))


def model_of(entry: object) -> KeyModel | None:
    """The model of one entry; None for those of UAF, which have neither kind of identifier. Raises ``BadEntry``."""
    if not isinstance(entry, Mapping):
        raise BadEntry("it is not an object")
    ids = _ids(entry)
    if not ids:
        return None
    statement = entry.get("metadataStatement") or {}
    reports = entry.get("statusReports")
    if not isinstance(statement, Mapping) or not isinstance(reports, list):
        raise BadEntry("it has no list of status reports")
    roots = statement.get("attestationRootCertificates") or []
    if not isinstance(roots, list):
        raise BadEntry("its roots are not a list")
    # A root that cannot be decoded vouches for nothing, and that is safe.
    usable = tuple(root for root in map(_der, roots) if root)
    icon = statement.get("icon")
    shown = icon if isinstance(icon, str) and icon.startswith("data:image/") else ""
    return KeyModel(ids, _name(statement), tuple(_status(report) for report in reports), usable, shown)


def _ids(entry: Mapping[str, Any]) -> tuple[str, ...]:
    aaguid = entry.get("aaguid")
    listed = entry.get("attestationCertificateKeyIdentifiers") or []
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise BadEntry("its key identifiers are not a list of texts")
    found = [one.lower() for one in listed]
    if any(not _KEY_IDENTIFIER.fullmatch(one) for one in found):
        raise BadEntry("a key identifier is not of 40 hexadecimal digits")
    if aaguid is not None:
        plain = aaguid.replace("-", "").lower() if isinstance(aaguid, str) else ""
        if not _AAGUID.fullmatch(plain) or set(plain) == {"0"}:
            raise BadEntry("its AAGUID is none")
        found.insert(0, plain)
    return tuple(found)


def _status(report: object) -> Status:
    if not isinstance(report, Mapping) or not isinstance(report.get("status"), str):
        raise BadEntry("a status report has no status")
    since = report.get("effectiveDate") or ""
    try:
        since = date.fromisoformat(since).isoformat() if since else ""
    except (ValueError, TypeError):
        raise BadEntry("a status report has an impossible date") from None
    return Status(report["status"], since, _der(report.get("batchCertificate") or report.get("certificate") or ""))


def _name(statement: Mapping[str, Any]) -> str:
    said = statement.get("description")
    name = " ".join(said.split()) if isinstance(said, str) else ""
    return "".join(letter for letter in name if letter.isprintable())[:MAX_NAME] or "Unnamed model"


def _der(text: object) -> bytes:
    """Published ones have line breaks inside."""
    try:
        return base64.b64decode("".join(text.split()), validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        return b""


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
