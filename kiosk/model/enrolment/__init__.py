"""Enrolling a factor at the workstation: what goes over the wire from the first tap to the summary.

One enrolment is one row of the service, named by an opaque ``id`` and known only at the workstation that began it. The
service alone decides its next ``EnrolStep``; every answer is an ``EnrolmentView``. What proves a person or vouches for
them are ordinary ceremonies (``purpose`` ``enrol`` and ``vouch``), driven through ``/v1/ceremonies/{id}``; after each
answer to one, ``GET /v1/enrolments/{id}`` says what follows. Nothing is bound to a person before it has worked once:
what was made waits in the enrolment's row and goes with it.

A proof that they cannot give: cancel its ceremony, or let a second person tap (``second``) while it is under way; then
somebody vouches, if anybody may. ``POST /v1/enrolments/{id}/challenge`` has no body, ``…/cancel`` has ``CancelIn``. One
enrolment a station: a new one ends what was left over.

``steps`` what it is for and waits for · ``asking`` who it is, what they want · ``offers`` what the making takes ·
``things`` made and tried · ``view`` the answer · ``refusals`` why not · ``factors`` what a person has.
"""

from __future__ import annotations

from kiosk.model.enrolment.asking import BeginEnrolment, KindIn, SecondIn, SessionPresented, StartCodePresented, Who
from kiosk.model.enrolment.factors import (
    MAX_NAME,
    NAMEABLE,
    FactorKind,
    FactorsView,
    FactorView,
    NameIn,
    check_name,
)
from kiosk.model.enrolment.offers import CodeAppOffer, KeyOptions, Make, PhoneOffer, RecoveryOffer
from kiosk.model.enrolment.refusals import EnrolRefusal, EnrolRefusalCode
from kiosk.model.enrolment.steps import EnrolAct, EnrolStep
from kiosk.model.enrolment.things import (
    BadgeMade,
    BadgeTried,
    KeyMade,
    KeyTried,
    Made,
    MadeIn,
    PinMade,
    PivMade,
    PivTried,
    PkocMade,
    PkocTried,
    Seen,
    Tried,
    TryIn,
    TypedTried,
)
from kiosk.model.enrolment.view import EnrolmentView, SecondMay, SecondWhy

__all__ = [
    "MAX_NAME",
    "NAMEABLE",
    "BadgeMade",
    "BadgeTried",
    "BeginEnrolment",
    "CodeAppOffer",
    "EnrolAct",
    "EnrolRefusal",
    "EnrolRefusalCode",
    "EnrolStep",
    "EnrolmentView",
    "FactorKind",
    "FactorView",
    "FactorsView",
    "KeyMade",
    "KeyOptions",
    "KeyTried",
    "KindIn",
    "Made",
    "MadeIn",
    "Make",
    "NameIn",
    "PhoneOffer",
    "PinMade",
    "PivMade",
    "PivTried",
    "PkocMade",
    "PkocTried",
    "RecoveryOffer",
    "SecondIn",
    "SecondMay",
    "SecondWhy",
    "Seen",
    "SessionPresented",
    "StartCodePresented",
    "Tried",
    "TryIn",
    "TypedTried",
    "Who",
    "check_name",
]
