"""Step-ups within an emergency access: who may ask for what, for how long, and who hears of it (decision 58).

An emergency access proves nobody (decision 42), so its step-up is proved whole by whoever it is said to be. Nothing of
it outlives that access: not the prompt, not the grant, not the token's use.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from kiosk.model.binding import Json
from kiosk.model.break_glass import BREAK_GLASS, UnderEmergency
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.model.stepup import StepUpAsk, StepUpIn
from kiosk.service.channels import outbox
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.risk.words import Says
from kiosk.service.shared import asked_within
from kiosk.service.shared.frame import Frame
from kiosk.service.store import emergencies, lookups
from kiosk.service.store.ceremonies import CeremonyRow
from kiosk.service.store.emergencies import EmergencyUse
from kiosk.service.store.lookups import StoredPerson

MAX_MESSAGES = 10
"""Step-ups of one emergency access that are told of by message; the trail and the case have all."""
log = logging.getLogger("kiosk.service.ceremonies.emergency_step_ups")


@dataclass(frozen=True, slots=True)
class EmergencyHolder:
    """Who it is said to be, in which emergency access; None for nobody known."""

    use: EmergencyUse
    known: StoredPerson | None

    @property
    def under(self) -> UnderEmergency:
        """What prompt, statement, token and trail say of it."""
        return UnderEmergency(self.use.id, self.use.reason)


def holder(frame: Frame, asked: StepUpIn) -> EmergencyHolder | None:
    """The emergency access of this very workstation that ``asked`` names, and that goes on; None for none."""
    use = emergencies.find(frame.conn, asked.session)
    if use is None or use.workstation != frame.station.id or not emergencies.goes_on(use, frame.now):
        return None
    return EmergencyHolder(use, lookups.person_by_id(frame.conn, use.person) if use.person else None)


def refusal(frame: Frame, had: EmergencyHolder, asked: StepUpIn) -> Refusal | None:
    """Why this is not asked of anybody; None if it is. ``[emergency]`` narrows what the policy permits, and adds
    nothing to it."""
    if had.known is None:
        return _because(RefusalCode.EMERGENCY_NOBODY)
    if had.known.suspended:
        return Refusal(RefusalCode.SUSPENDED)
    if asked.asked or asked.origin == frame.service.issuer:
        return _because(RefusalCode.EMERGENCY_ACTION)  # questions and sign-ins are for sessions
    return over_bounds(frame, had.use, asked.ask)


def over_bounds(frame: Frame, use: EmergencyUse, ask: StepUpAsk) -> Refusal | None:
    """The same of the wish alone, also when it is granted: other wishes may have been granted meanwhile."""
    rules = frame.service.rules.emergency
    if ask.action not in rules.step_up or ask.lasts:
        return _because(RefusalCode.EMERGENCY_ACTION)
    if (use.records or 0) + records_of(ask) > rules.step_up_records:
        return _because(RefusalCode.EMERGENCY_RECORDS)
    return None


def records_of(ask: StepUpAsk) -> int:
    """Records that leave by it: patients that are named count, too. A wish that names no number counts as one."""
    return max(ask.records, len(ask.patients), 1)


def told(under: UnderEmergency | None) -> dict[str, Json]:
    """What rows of the trail say of it; nothing outside an emergency access."""
    if under is None:
        return {}
    return {"emergency": under.id, "emergency_reason": under.reason, "purpose_of_use": BREAK_GLASS}


def count(frame: Frame, row: CeremonyRow) -> EmergencyUse | None:
    """Count what is granted now, in the transaction of the grant; the emergency access as it was before. None outside
    one. Raises ``HttpProblemError``."""
    request = row.request
    if request is None or request.emergency is None:
        return None
    use = emergencies.find(frame.conn, request.emergency.id)
    if use is None or not asked_within.is_of(use, row) or not emergencies.goes_on(use, frame.now):
        raise HttpProblemError(409, RefusalCode.NOT_ACTIVE, "This emergency access is over.")
    over = over_bounds(frame, use, request.ask)
    if over is not None or not emergencies.note_step_up(frame.conn, use, records_of(request.ask)):
        code = over.code if over is not None else RefusalCode.BUSY
        raise HttpProblemError(409, code, "Another step-up of this emergency access came first. Ask again.")
    return use


def tell(frame: Frame, use: EmergencyUse | None, known: StoredPerson) -> None:
    """Supervisors, and whoever it is said to be, that something was approved in ``use``; None: in none."""
    if use is None or (use.step_ups or 0) >= MAX_MESSAGES:
        return
    log.warning("step-up in the emergency access at workstation %s", frame.station.id)
    supervisors = emergencies.people_with(frame.conn, frame.service.rules.emergency.tell_roles)
    for who in sorted({*supervisors, known.person.id}):
        outbox.tell(frame.conn, who, "emergency_step_up", frame.now, at=frame.station.name)


def _because(code: RefusalCode) -> Refusal:
    return Refusal(code, answer="cannot", says=SAYS[code])


SAYS: dict[RefusalCode, Says] = {
    RefusalCode.EMERGENCY_ACTION: (
        ("en", "This may not be approved during emergency access."),
        ("es", "Esto no se puede aprobar durante un acceso de emergencia."),
        ("fr", "Ceci ne peut pas être approuvé pendant un accès d’urgence."),
    ),
    RefusalCode.EMERGENCY_RECORDS: (
        ("en", "These are more records than may be approved during one emergency access."),
        ("es", "Son más historias de las que se pueden aprobar durante un acceso de emergencia."),
        ("fr", "Ce sont plus de dossiers qu’il n’est permis d’en approuver pendant un accès d’urgence."),
    ),
    RefusalCode.EMERGENCY_NOBODY: (
        ("en", "It is not known who has this emergency access, so nobody can approve anything in it."),
        ("es", "No se sabe quién tiene este acceso de emergencia, así que nadie puede aprobar nada en él."),
        ("fr", "On ne sait pas qui a cet accès d’urgence : personne ne peut donc y approuver quoi que ce soit."),
    ),
}
"""What the program is told, by language."""
