"""A reset by the help desk: what goes over the wire (decision 21)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class ResetIn:
    """Body of ``POST /v1/resets``. ``token``: of a step-up for ``factor.reset`` on ``Person/LOGIN``, granted at this
    workstation, whose purpose says what was seen and whose ``lost`` what is lost. ``lost``: the same marks, or none."""

    token: str
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResetTokenIn:
    """Body of ``POST /v1/resets/{id}/approve`` and ``…/code``: the token of a step-up on ``Reset/ID``."""

    token: str


@dataclass(frozen=True, slots=True)
class ResetView:
    """Where a reset stands.

    ``state``: ``code``: here it is, for ``expires_in`` seconds. ``second``: a second person must agree. ``waiting``:
    the code is given from ``due`` (epoch seconds) on, or once a second person agrees. ``ready``: it may be fetched.
    """

    id: str
    login: str
    name: str
    state: Literal["code", "second", "waiting", "ready"]
    due: int
    code: str | None = None
    expires_in: int | None = None
    risk: Literal["repeated"] | None = None
