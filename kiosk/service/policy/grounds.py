"""Why a step-up is answered as it is: which rules decided, and in whose words it is told."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.model.enrolment import FactorKind
from kiosk.service.policy.cedar.facts import Asking, ProofState
from kiosk.service.policy.cedar.ladder import Answer, Rung


@dataclass(frozen=True, slots=True)
class DecidedOn:
    """What a decision was made from: who asked for what, what was proved, and the steps that they could come to.
    ``least``: a rank of ``ACR_RANK`` below which no step counted."""

    asking: Asking
    proved: ProofState
    reach: frozenset[Rung]
    least: int = 0


@dataclass(frozen=True, slots=True)
class Ground:
    """``version``: of the policy, 0 where none was applied; ``digest``: SHA-256 of its text, in hex.

    ``answer``: one of the four. ``rung``: the step of the ladder that is asked for, missed or reached; empty where none
    would do. ``acr``: what that step comes to, empty as well. ``by``: the ``@id`` of each rule that decided; empty
    where no rule permits it. ``says``: the words of the first of them, by language. ``errors``: why nothing could be
    decided. ``enrol``: what they could enrol to get there. ``risky``: without the risk it would be less.
    ``decided_on``: from what.
    """

    version: int
    digest: str
    answer: Answer
    rung: str = ""
    acr: str = ""
    by: tuple[str, ...] = ()
    says: tuple[tuple[str, str], ...] = ()
    errors: tuple[str, ...] = ()
    enrol: tuple[FactorKind, ...] = ()
    risky: bool = False
    decided_on: DecidedOn | None = field(default=None, repr=False, compare=False)
