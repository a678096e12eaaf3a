"""A program's wish as the policy is asked about it. What is registered and what is claimed: the stricter counts."""

from __future__ import annotations

from datetime import UTC, datetime

from kiosk.model.binding import Json
from kiosk.model.people import Person
from kiosk.model.stepup import StepUpAsk, StepUpIn
from kiosk.service import policy
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.policy.cedar.facts import LABELS, LEVELS
from kiosk.service.risk.rules import MAX_SCORE
from kiosk.service.shared import policy_asked
from kiosk.service.shared.frame import Frame


def check(ask: StepUpAsk) -> None:
    """Raises ``HttpProblemError`` for a claim about the records in words that nobody knows."""
    strange = sorted(set(ask.labels) - set(LABELS))
    if strange or len(ask.labels) > len(LABELS):
        raise HttpProblemError(422, "bad_label", f"Records can be labelled: {', '.join(LABELS)}.")


def asking_of(
    frame: Frame,
    person: Person,
    ask: StepUpAsk,
    audience: str,
    *,
    origin: str | None = None,
    registered: bool = False,
    known_audience: bool = False,
    purpose: str | None = None,
    server: bool = False,
    agent: str = "",
    risk: int = 0,
    own_risk: int = MAX_SCORE,
    reasons: tuple[str, ...] = (),
    as_second: bool = False,
) -> policy.Asking:
    """The facts of ``ask``; of a registered application's ``server``, where it asks, or of an ``agent``. ``as_second``:
    ``person`` is to agree to it. A program that says less of its
    records than the action's rule does not get its way."""
    rule = frame.service.rules.action(ask.action)
    claimed = LEVELS.index(ask.sensitivity) if ask.sensitivity is not None else 0
    return policy.Asking(
        person=person.id,
        login=person.login,
        roles=person.roles,
        action=ask.action,
        audience=audience,
        record_type=ask.resource.partition("/")[0],
        records=max(ask.records, len(ask.patients)),
        patients=len(ask.patients),
        sensitivity=max(claimed, LEVELS.index(rule.sensitivity)),
        labels=tuple(sorted({*ask.labels, *rule.labels})),
        purpose=purpose or ask.purpose or "",
        asks="agent" if agent else "server" if server else "program" if origin is None else "page",
        registered=registered or server,
        known_audience=known_audience,
        station=frame.station.id,
        place=frame.station.place or "",
        source=frame.source,
        zone=policy_asked.zone(frame),
        hour=datetime.fromtimestamp(frame.now, UTC).hour,
        risk=risk,
        own_risk=own_risk,
        reasons=reasons,
        as_second=as_second,
        batch=ask.lasts,
    )


def told(asked: StepUpIn) -> dict[str, Json]:
    """What the trail says of an ask: no patient, no resource; those stand in the evidence as commitments."""
    claimed: list[Json] = [*asked.ask.labels]
    return {
        "action": asked.ask.action,
        "records": asked.ask.records,
        "program": asked.program,
        "name": asked.name or None,
        "sha256": asked.sha256,
        "origin": asked.origin,
        "patients": len(asked.ask.patients),
        **({"labels": claimed} if claimed else {}),
        **({"lasts": asked.ask.lasts} if asked.ask.lasts else {}),
    }
