"""One model of keys, as the FIDO metadata has it (FIDO Metadata Service 3.1, sections 3.1.1 to 3.1.4)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

UNREADABLE = "ENTRY_NOT_READABLE"
"""Our own word among the reports: the entry, or a part of it, could not be read, and may hide any of the others."""
COMPROMISED = frozenset(
    {
        "USER_VERIFICATION_BYPASS",
        "ATTESTATION_KEY_COMPROMISE",
        "USER_KEY_REMOTE_COMPROMISE",
        "USER_KEY_PHYSICAL_COMPROMISE",
        "REVOKED",
        UNREADABLE,
    }
)
NEVER_FIXED = frozenset({"REVOKED", "ATTESTATION_KEY_COMPROMISE", UNREADABLE})
"""No firmware takes these back: who has a maker's key can write any version into a certificate."""
UPDATED = "UPDATE_AVAILABLE"
FINAL = "REVOKED"
"""Not to be trusted for any reason (section 3.1.4): nobody can accept such a model."""
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


@dataclass(frozen=True, slots=True)
class Status:
    """One status report. ``since``: ISO date, empty for always. ``certificate``: DER of the one it is about, if any.

    ``version``: of the firmware that it is about; for a report of an update, of the one that is mended. ``entry``:
    which of several entries of one model it is of, from 0.
    """

    status: str
    since: str = ""
    certificate: bytes = b""
    version: int | None = None
    entry: int = 0

    @property
    def mark(self) -> str:
        """This very report, in words that can be stored and compared."""
        about = hashlib.sha256(self.certificate).hexdigest() if self.certificate else ""
        version = "" if self.version is None else f"version {self.version}"
        return " ".join(word for word in (self.status, self.since, version, about) if word)


@dataclass(frozen=True, slots=True)
class KeyModel:
    """``ids``: AAGUID (32 hex digits) or attestation certificates' key identifiers (40). ``roots``: DER.

    ``icon``: a ``data:`` URL of a picture, empty for none. ``unread``: why its entry cannot be read whole.
    """

    ids: tuple[str, ...]
    name: str
    statuses: tuple[Status, ...]
    roots: tuple[bytes, ...]
    icon: str = ""
    unread: str = ""

    def compromises(self, path: Sequence[bytes] = (), firmware: int | None = None, now: int = 0) -> tuple[Status, ...]:
        """By which reports its keys are known to be compromised, or those attested by ``path`` (DER) are.

        They count at once, whatever date they bear. A compromised attestation key that is named concerns its batch
        alone. Only the entry's own later reports take one back. They do so only for a key that shows by ``firmware``, a
        version that its maker signed, that it has what mends it at ``now`` (epoch seconds). Of any other key the
        metadata does not say which firmware it has.
        """

        def elsewhere(report: Status) -> bool:
            named = report.status == "ATTESTATION_KEY_COMPROMISE" and report.certificate
            return bool(named) and report.certificate not in (*path, *self.roots)

        today = datetime.fromtimestamp(now, UTC).date().isoformat()
        return tuple(
            report
            for at, report in enumerate(self.statuses)
            if report.status in COMPROMISED and not elsewhere(report) and not self._mended(at, firmware, today)
        )

    def _mended(self, at: int, firmware: int | None, today: str) -> bool:
        """Whether ``firmware`` is one for which a later report than the one in place ``at`` says that it is mended."""
        bad = self.statuses[at]
        if firmware is None or bad.status in NEVER_FIXED:
            return False
        return any(
            status.version is not None
            and firmware >= status.version > (-1 if bad.version is None else bad.version)
            and status.since <= today
            for status in self._answers(at)
        )

    def _answers(self, at: int) -> Iterator[Status]:
        """Reports of an update or a certification that are later than the one in place ``at``: by their dates; by
        their places where those are the same or one has none (section 3.1.3: the last one is the present one)."""
        bad = self.statuses[at]
        for place, report in enumerate(self.statuses):
            if report.entry != bad.entry or (report.status != UPDATED and not LEVEL_OF.get(report.status)):
                continue
            dated = bool(report.since and bad.since) and report.since != bad.since
            if report.since > bad.since if dated else place > at:
                yield report

    def update_known(self, report: Status) -> bool:
        """Whether the entry says after ``report`` that there is an update, whichever key has it."""
        if report.status in NEVER_FIXED or report not in self.statuses:
            return False
        return any(status.status == UPDATED for status in self._answers(self.statuses.index(report)))

    def compromise(
        self, path: Sequence[bytes] = (), accepted: Collection[str] = (), firmware: int | None = None, now: int = 0
    ) -> Status | None:
        """The first such report, but for those whose ``mark`` was accepted."""
        found = self.compromises(path, firmware, now)
        return next((report for report in found if report.mark not in accepted or report.status == FINAL), None)

    def level(self, now: int) -> str:
        """The certification in force at ``now`` (epoch seconds): the latest, the highest of those of one day."""
        today = datetime.fromtimestamp(now, UTC).date().isoformat()
        granted = [report for report in self.statuses if report.status in LEVEL_OF and report.since <= today]
        latest = max((report.since for report in granted), default="")
        return max((LEVEL_OF[report.status] for report in granted if report.since == latest), default="")

    def merged(self, other: KeyModel) -> KeyModel:
        """Both together, where two entries share an identifier: what is wrong with either is wrong with both, and
        what one says of an update takes nothing back of the other."""
        behind = 1 + max((report.entry for report in self.statuses), default=0)
        theirs = tuple(replace(report, entry=report.entry + behind) for report in other.statuses)
        unread = self.unread or other.unread
        return replace(self, statuses=self.statuses + theirs, roots=self.roots + other.roots, unread=unread)

    def text(self) -> str:
        """As stored, JSON; without name and picture, which are stored beside it."""
        told = [
            [report.status, report.since, _b64(report.certificate), report.version, report.entry]
            for report in self.statuses
        ]
        return json.dumps(
            {
                "statuses": told,
                "roots": [_b64(root) for root in self.roots],
                **({"unread": self.unread} if self.unread else {}),
            }
        )

    @classmethod
    def from_text(cls, identifier: str, name: str, text: str) -> KeyModel:
        """As stored."""
        said = json.loads(text)
        # Those that an earlier version stored have no version.
        statuses = tuple(
            Status(report[0], report[1], base64.b64decode(report[2]), *report[3:]) for report in said["statuses"]
        )
        roots = tuple(base64.b64decode(root) for root in said["roots"])
        return cls((identifier,), name, statuses, roots, unread=said.get("unread", ""))


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
