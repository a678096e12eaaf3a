"""Every kind of factor, and what it does in an enrolment. A new kind is one line here (docs/adding-a-factor.md)."""

from __future__ import annotations

from kiosk.model.enrolment import FactorKind
from kiosk.service.enrolment.badge import BadgeHandler
from kiosk.service.enrolment.card import CardHandler
from kiosk.service.enrolment.code_app import CodeAppHandler
from kiosk.service.enrolment.handler import FactorHandler
from kiosk.service.enrolment.key import KeyHandler
from kiosk.service.enrolment.phone import PhoneHandler
from kiosk.service.enrolment.pin import PinHandler
from kiosk.service.enrolment.pkoc import PkocHandler
from kiosk.service.enrolment.recovery import RecoveryHandler
from kiosk.service.store.enrolments import EnrolmentRow

HANDLERS: dict[FactorKind, FactorHandler] = {
    FactorKind.BADGE: BadgeHandler(),
    FactorKind.TEMPORARY_BADGE: BadgeHandler(temporary=True),
    FactorKind.KEY: KeyHandler(),
    FactorKind.PIV: CardHandler(),
    FactorKind.PKOC: PkocHandler(),
    FactorKind.CODE_APP: CodeAppHandler(),
    FactorKind.PIN: PinHandler(),
    FactorKind.RECOVERY_CODES: RecoveryHandler(),
    FactorKind.PHONE: PhoneHandler(),
}


def handler_of(row: EnrolmentRow) -> FactorHandler:
    """What ``row``'s kind does. Raises ``ValueError`` for a row without one: nothing is made in it yet."""
    return HANDLERS[FactorKind(row.kind or "")]
