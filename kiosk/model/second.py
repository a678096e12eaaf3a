"""A second person agrees to somebody's step-up (dual control): by a step-up of their own, about the same request.

What they sign says whose request it is and the digest of what that person signed, so that neither signature can be
taken for another request's (NIST SP 800-53 AC-3(2), dual authorization).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.model.binding import Json
from kiosk.model.proof import Presented

MAX_ROLES_SHOWN = 12


@dataclass(frozen=True, slots=True)
class SecondOf:
    """Whose step-up is agreed to. ``ceremony``: its id; ``digest``: SHA-256, lower-case hex, of the statement that its
    person signed last. ``login``, ``workstation``: who asked, and where (names)."""

    ceremony: str
    digest: str
    login: str
    workstation: str

    def said(self) -> dict[str, Json]:
        """As it stands in a statement."""
        return {
            "ceremony": self.ceremony,
            "digest": self.digest,
            "login": self.login,
            "workstation": self.workstation,
        }


@dataclass(frozen=True, slots=True)
class SecondWanted:
    """Of a step-up whose own person has proved enough: somebody else has to agree.

    ``roles``: whose roles let them; empty where anybody may whom the policy lets do the same. ``asked``: the login of a
    colleague who is asked at their own workstation, empty for none. ``refusal``: why the last one could not be asked,
    or did not agree: a ``RefusalCode``.
    """

    roles: tuple[str, ...] = ()
    asked: str = ""
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class SecondPersonIn:
    """Body of ``POST /v1/ceremonies/{id}/second``. ``presented``: a card that a colleague holds to this workstation;
    without one ``login`` names whom to ask where they are at work. ``tap``: the workstation's own number of the tap."""

    presented: Presented | None = None
    login: str = ""
    tap: int = 0


SecondState = Literal["waiting", "shown", "denied", "over"]
"""How a question to a colleague elsewhere stands."""
