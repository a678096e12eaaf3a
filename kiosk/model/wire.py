"""What else travels between workstation and service: enrolment, reports, the event stream."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kiosk.model.people import Person, StationView
from kiosk.model.proof import Assurance


@dataclass(frozen=True, slots=True)
class EnrolIn:
    """Body of ``POST /v1/workstations/enroll`` (no authorization but the code).

    ``code``: the secret part of the one-time code. ``jwk``: the workstation's new public key (P-256, RFC 7517).
    """

    code: str
    jwk: dict[str, str]


@dataclass(frozen=True, slots=True)
class EnrolOut:
    """The workstation's identity. ``client_id`` is used as ``iss`` and ``sub`` of its client assertions."""

    client_id: str
    station: StationView


@dataclass(frozen=True, slots=True)
class Report:
    """Something that happened at a workstation and the service could not see, for its audit trail.

        ``id``: a UUID, so that a report sent twice is written once. ``at``: the station's clock, epoch seconds.
        ``action``: ``lock``, ``tap_failed``, ``not_me``, ``session_end``, ``reader_lost``, ``reader_back``,
        ``card_service_lost``, ``card_service_back``, ``stepup_refused``, ``agent_start``, ``agent_stop``,
        ``hook_failed``, ``rehearsal``, ``emergency_program``, ``outbox_full``, ``outbox_damaged``. ``reason``: e.g.
    ``tap_out``, ``tap_over``, ``idle``, ``button``, ``elsewhere``, ``revoked``, a CardTrouble; of a ``session_end``:
    ``sign_out``, ``max_session`` (which ends grace), or ``unreachable`` with the ``ceremony`` in ``detail`` whose
    answer was lost; of a ``rehearsal``: its name; of an ``outbox_damaged``: what was wrong.
    """

    id: str
    action: str
    at: int
    session: str | None = None
    reason: str | None = None
    detail: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReportsIn:
    """Body of ``POST /v1/reports``: at most 100 at a time, oldest first."""

    reports: tuple[Report, ...]


@dataclass(frozen=True, slots=True)
class StationSays:
    """Body of ``POST /v1/workstation``: what a workstation says of itself, for lists. A change of it is a sign of risk.

    ``version``: of its program. ``trusts``: SHA-256 (hex) of the SubjectPublicKeyInfo of each CA that it believes the
    service by. ``doorbell``: the doors that programs ring at, such as ``local, web 7421``. ``stage``: its setting.
    ``hardware``: a mark of the computer; ``system``: its operating system; ``package``: a mark of the program's files.
    """

    version: str
    trusts: tuple[str, ...]
    doorbell: str
    stage: str
    hardware: str = ""
    system: str = ""
    package: str = ""


@dataclass(frozen=True, slots=True)
class StationEvent:
    """One event of ``GET /v1/events`` (text/event-stream, one JSON object per ``data:`` line).

    ``lock``: lock session ``session`` now, its person signed in at ``where``. ``revoked``: this workstation's
    key is no longer accepted. ``settings``: fetch ``GET /v1/workstation`` again. ``end``: end ``session`` for good.
    ``asked``: a server, or a colleague who needs a second person, asks the person of ``session``: fetch
    ``GET /v1/sessions/{session}/asked``. ``seconded``: a second person elsewhere has answered for the step-up that is
    under way in ``session``: send ``POST /v1/ceremonies/{id}/finish``.
    ``phone``: the phone of the person of ``session`` has answered the step-up ``where``; ``reason``: ``approved``,
    ``refused``, ``reported`` as not theirs, or ``ended`` by wrong numbers.
    ``forget``: the downtime ticket ``where`` that was given with ``session`` counts no more, though its sign-in's
    answer may be on its way still. ``rehearse``: write and tell marked
    rows of the rehearsal ``reason``, as after an outage; nobody at the workstation sees it.
    ``hello``: first event of a stream. ``epoch``: in ``hello`` alone; another one than before means that ``id`` is
    counted anew (the service was started again, or its database restored).
    """

    id: int
    kind: Literal["hello", "lock", "end", "settings", "revoked", "forget", "rehearse", "asked", "seconded", "phone"]
    session: str | None = None
    reason: str | None = None
    where: str | None = None
    epoch: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Body of every error answer (4xx, 5xx). ``code``: stable name; ``detail``: a sentence for a person.

    ``says``: why, in the words of the hospital's policy, by language (empty: in any other); where it is the policy's.
    """

    code: str
    detail: str
    says: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Who:
    """Answer of ``GET /v1/sessions/{id}``."""

    session: str
    person: Person
    assurance: Assurance
    state: Literal["open", "locked", "ended"]
