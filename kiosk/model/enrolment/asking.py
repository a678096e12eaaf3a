"""Who it is and what they want: the requests before there is a new factor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.model.ceremony import LoginPresented
from kiosk.model.enrolment.factors import FactorKind
from kiosk.model.enrolment.steps import EnrolAct
from kiosk.model.proof import Fido2Presented, PivPresented, PkocPresented, UidPresented


@dataclass(frozen=True, slots=True)
class StartCodePresented:
    """A one-time start code as typed: twelve digits, spaces and hyphens allowed. It says who they are."""

    code: str
    kind: Literal["start_code"] = "start_code"

    def __repr__(self) -> str:
        return "StartCodePresented(code=•••)"


@dataclass(frozen=True, slots=True)
class SessionPresented:
    """The person whose session is open at this workstation."""

    session: str
    kind: Literal["session"] = "session"


Who = (
    UidPresented
    | PivPresented
    | Fido2Presented
    | PkocPresented
    | LoginPresented
    | StartCodePresented
    | SessionPresented
)


@dataclass(frozen=True, slots=True)
class BeginEnrolment:
    """Body of ``POST /v1/enrolments``.

    ``kind``: what is to be added, if that is known. ``new``: the unknown badge that began it. ``factor``: mark of what
    is lost, or of what the new one is to replace, which is of the same kind. ``tap``: the workstation's own number, 0
    for none.
    """

    who: Who
    tap: int = 0
    act: EnrolAct = EnrolAct.ADD
    kind: FactorKind | None = None
    new: UidPresented | None = None
    factor: str | None = None


@dataclass(frozen=True, slots=True)
class KindIn:
    """Body of ``POST /v1/enrolments/{id}/kind``: choose, or go back to choosing with None; in DONE, the next factor.

    The kind that is under way already: make it anew. What has been proved stays, for this kind; another one is proved
    and vouched for anew, because what was signed names the kind. So is every factor after the first; it has ten
    minutes of its own, and an enrolment five factors at most. 409 where it does not go on (``kinds`` is empty then).
    """

    kind: FactorKind | None


@dataclass(frozen=True, slots=True)
class SecondIn:
    """Body of ``POST /v1/enrolments/{id}/second``: a second person tapped."""

    presented: UidPresented | PivPresented | Fido2Presented | PkocPresented
    tap: int
