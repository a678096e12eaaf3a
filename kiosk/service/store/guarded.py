"""Which rows are authenticated, over which columns, and which of them must be listed to count.

A row of ``GUARDS`` carries a code (column ``mac``) over its table, key number, revision and every column but ``free``.
Where ``subject`` is given, the row counts only while that subject's manifest lists it with this very revision: so a
row that was deleted, ended or changed cannot be put back as it was before. ``live``: whether a row must be listed.
Why each table is or is not here: ``docs/decisions/0022-only-rows-that-the-service-wrote.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import RowMapping, Table

from kiosk.service.store import schema
from kiosk.service.store.sql_types import AnyColumn

Values = Mapping[str, object] | RowMapping
APPLICATIONS = "applications"
WINDOWS = "windows"
TRUST = "trust"
METADATA = "metadata"
DIRECTORY = "directory"
POLICY = "policy"
POLICY_VERSION = "policy-version"
CASES = "cases:"
"""Before a workstation's id: whose manifest lists all of its cases for review, open or closed, and all of its emergency
accesses, with whether somebody wrote about them."""
POLICY_PROPOSAL = "policy-proposal"
ARCHIVES = "archives"
HOLDS = "holds"
SIGNALS = "signals"


def _always(_values: Values) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Guard:
    """How one table is guarded. ``free``: columns that decide nothing. ``name``: of a row in its subject's manifest."""

    table: Table
    free: frozenset[str] = frozenset()
    subject: Callable[[Values], str] | None = None
    name: Callable[[Values], str] = str
    live: Callable[[Values], bool] = _always

    @property
    def columns(self) -> list[AnyColumn]:
        """What the code is over, in the order of the table."""
        return [column for column in self.table.c if column.name != "mac" and column.name not in self.free]

    def key(self, values: Values) -> str:
        """The primary key in words, for whoever is told of the row."""
        return "/".join(_word(values[column.name]) for column in self.table.primary_key)


def _word(value: object) -> str:
    return bytes(value).hex()[:16] if isinstance(value, bytes | memoryview) else str(value)


def _of(column: str) -> Callable[[Values], str]:
    return lambda values: str(values[column])


def _without(*columns: str) -> Callable[[Values], bool]:
    """Live while none of ``columns`` is set."""
    return lambda values: all(values[column] is None for column in columns)


def _since_ever(values: Values) -> bool:
    """Live once there was such a time."""
    at = values["at"]
    return isinstance(at, int) and at > 0


def _named(prefix: str, column: str | None = None) -> Callable[[Values], str]:
    return (lambda values: prefix) if column is None else (lambda values: f"{prefix}:{values[column]}")


_USED = frozenset({"last_used"})
_BY_PERSON = _of("person")
_EVERY = [
    Guard(schema.person, subject=_of("id"), name=_named("person")),
    Guard(schema.badge, _USED, _BY_PERSON, _named("badge", "id"), _without("revoked")),
    Guard(schema.badge_form),
    Guard(schema.proof_card_uid),
    Guard(schema.pin, _USED, _BY_PERSON, _named("pin")),
    Guard(schema.totp, _USED, _BY_PERSON, _named("totp")),
    Guard(schema.fido2_credential, _USED, _BY_PERSON, _named("key", "credential_id"), _without("revoked")),
    Guard(schema.fido2_attestation),
    Guard(schema.piv_card, _USED, _BY_PERSON, _named("piv", "id"), _without("revoked")),
    Guard(schema.pkoc_badge, _USED, _BY_PERSON, _named("pkoc", "id"), _without("revoked")),
    Guard(schema.phone, _USED, _BY_PERSON, _named("phone", "id"), _without("revoked")),
    Guard(schema.phone_request),
    Guard(schema.phone_block),
    Guard(schema.phone_question),
    Guard(schema.phone_subscription),
    Guard(schema.phone_push, frozenset({"due", "tries"})),
    Guard(schema.recovery_set, _USED, _BY_PERSON, _named("recovery")),
    Guard(schema.recovery_code, frozenset(), _BY_PERSON, _named("recovery", "number"), _without("used")),
    Guard(schema.start_code, frozenset(), _BY_PERSON, _named("start", "id"), _without("ended")),
    Guard(schema.reset, frozenset(), _BY_PERSON, _named("reset", "id"), _without("ended")),
    Guard(schema.second_factor, frozenset(), _BY_PERSON, _named("grace"), _since_ever),
    Guard(schema.stepup_grant, frozenset(), _BY_PERSON, _named("grant", "request_id"), _without("redeemed")),
    Guard(schema.workstation, frozenset(), _of("id"), _named("station"), lambda values: values["state"] != "revoked"),
    Guard(
        schema.application,
        frozenset(),
        lambda _values: APPLICATIONS,
        _named("application", "id"),
        lambda values: values["state"] == "active",
    ),
    Guard(schema.web_origin, frozenset(), lambda _values: APPLICATIONS, _named("origin", "origin")),
    Guard(schema.program, frozenset(), lambda _values: APPLICATIONS, _named("program", "name")),
    Guard(
        schema.program_action,
        frozenset(),
        lambda _values: APPLICATIONS,
        lambda values: f"action:{values['application']}:{values['program']}:{values['action']}",
    ),
    Guard(schema.openid_client, frozenset(), lambda _values: APPLICATIONS, _named("openid", "application")),
    Guard(schema.openid_grant, frozenset(), _BY_PERSON, _named("openid", "id"), _without("ended")),
    Guard(schema.backchannel_client, frozenset(), lambda _values: APPLICATIONS, _named("ciba", "application")),
    Guard(schema.token_audience, frozenset(), lambda _values: APPLICATIONS, _named("audience", "application")),
    Guard(schema.backchannel_request, frozenset({"interval", "polled", "offered", "tries", "due", "notified"})),
    Guard(schema.openid_logout, frozenset({"due", "tries", "sent", "dead", "error"})),
    Guard(schema.signal_transmitter, frozenset(), lambda _values: SIGNALS, _named("transmitter", "name")),
    Guard(schema.signal_receiver, frozenset(), lambda _values: SIGNALS, _named("receiver", "application")),
    Guard(schema.signal_left_out, frozenset(), _BY_PERSON, _named("left-out", "application")),
    Guard(schema.signal_cursor),  # one that is put back tells nothing twice: what it tells has an id of its own
    Guard(schema.signal_level),
    Guard(schema.signal_event, frozenset({"number", "due", "tries", "sent", "dead", "error"})),
    Guard(schema.enrol_window, frozenset(), lambda _values: WINDOWS, _named("window", "id"), _without("closed")),
    Guard(
        schema.piv_ca,
        frozenset(),
        lambda _values: TRUST,
        _named("ca", "fingerprint"),
        _without("untrusted"),
    ),
    Guard(
        schema.crl,
        frozenset(),
        lambda _values: TRUST,
        lambda values: f"crl:{values['issuer']}:{values['scope']}:{int(bool(values['delta']))}",
    ),
    Guard(schema.fido_metadata, frozenset(), lambda _values: METADATA, _named("file", "no")),
    Guard(schema.fido_model, frozenset(), lambda _values: METADATA, _named("model", "id")),
    Guard(schema.fido_acceptance, frozenset(), lambda _values: METADATA, _named("accepted", "id"), _without("closed")),
    Guard(schema.directory_person, frozenset({"changed"}), _BY_PERSON, _named("directory")),
    Guard(
        schema.directory_group,
        frozenset({"changed"}),
        lambda _values: DIRECTORY,
        _named("directory-group", "id"),
    ),
    Guard(schema.directory_member, frozenset(), _BY_PERSON, _named("directory-group", "group_id")),
    Guard(
        schema.directory_token, _USED, lambda _values: DIRECTORY, _named("directory-token", "id"), _without("revoked")
    ),
    Guard(
        schema.directory_source,
        frozenset({"tried", "good", "trouble"}),
        lambda _values: DIRECTORY,
        _named("directory-source", "name"),
    ),
    Guard(schema.policy_version, frozenset(), lambda _values: POLICY, _named(POLICY_VERSION, "version")),
    Guard(
        schema.policy_proposal,
        frozenset(),
        lambda _values: POLICY,
        _named(POLICY_PROPOSAL, "proposal"),
        _without("ended"),
    ),
    Guard(schema.second_request, frozenset({"offered"})),
    Guard(schema.second_given, frozenset(), _BY_PERSON, _named("seconded", "ceremony")),
    Guard(schema.policy_exception),
    Guard(schema.risk_person),  # that there is one, its person's manifest says: ``risk_rows``
    Guard(schema.risk_station),
    Guard(schema.risk_role),
    Guard(schema.session),
    Guard(schema.ceremony),
    Guard(schema.challenge),
    Guard(schema.enrolment),
    Guard(schema.message, frozenset({"due", "tries", "sent", "dead", "error"})),
    Guard(schema.downtime_ticket),
    Guard(schema.station_journal),
    Guard(schema.emergency_use),  # that there is one, its station's cases say: ``emergencies.names_of``
    Guard(
        schema.emergency_code,
        frozenset(),
        _of("workstation"),
        _named("sealed", "id"),
        _without("used", "ended"),
    ),
    Guard(schema.review_case, frozenset(), lambda values: f"{CASES}{values['workstation']}", _named("case", "id")),
    Guard(schema.audit_chain),
    Guard(schema.audit_archive, frozenset(), lambda _values: ARCHIVES, _named("archive", "number")),
    Guard(schema.audit_cut, frozenset({"removed"})),  # how many there are, the archive's row says
    Guard(schema.audit_kept),
    Guard(schema.audit_hold, frozenset(), lambda _values: HOLDS, _named("hold", "id"), _without("lifted")),
    Guard(schema.opening),
]
GUARDS: dict[str, Guard] = {guard.table.name: guard for guard in _EVERY}
ROLE = "role:"
"""Roles have no code of their own: a row that the person's manifest does not list is not believed."""
UNGUARDED = frozenset(
    {
        "alembic_version",
        "audit_row",  # chained, checkpoints
        "checkpoint",  # signed
        "evidence",  # its digest is in the chain
        "factor_news",  # told, decides nothing
        "failed_try",
        "guesses",
        "manifest",  # has a code of its own
        "person_language",  # how they want to be spoken to, decides nothing
        "person_role",  # listed in the manifest
        "policy_text",  # its digest is in a guarded row
        "report",
        "signal_taken",  # counts of the brake: whoever takes one away needs a transmitter's key, too
        "spending",  # counters of budgets
        "station_request",  # signed by the workstation, its digest is in the chain
        "station_event",
        "replica_invitation",  # what counts is sealed in its file
        "service_key",  # says nothing to whoever has other keys
        "station_seen",  # said by stations of themselves, decides nothing
        "station_throttle",
        "used_jti",
    }
)
"""The rest, so that a table is in neither list only until a test is run."""
