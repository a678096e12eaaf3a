"""What follows for one person from what their directory wants. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kiosk.service.directory.wanted import WantedPerson, roles_by
from kiosk.service.platform.directory_settings import DirectoryRules
from kiosk.service.store.directory import ManagedPerson

ActKind = Literal["create", "back", "login", "name", "role_add", "role_remove", "suspend", "leave"]
WORDS: Mapping[ActKind, str] = {
    "create": "comes",
    "back": "comes back",
    "login": "has another login",
    "name": "has another name",
    "role_add": "gets a role",
    "role_remove": "loses a role",
    "suspend": "is suspended",
    "leave": "leaves",
}


@dataclass(frozen=True, slots=True)
class PlannedAct:
    """``value``: the new login or name, or the role; empty for the others."""

    kind: ActKind
    value: str = ""


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """What is to be done about one person, in order. ``login``: as they have it now, or will have.

    ``refused``: why nothing is, a sentence. ``raising``: how many of the acts give a privileged role.
    """

    login: str
    acts: tuple[PlannedAct, ...] = ()
    refused: str | None = None
    raising: int = 0

    @property
    def leaving(self) -> bool:
        """Whether the person loses their access by it; whoever comes suspended never had any."""
        kinds = {act.kind for act in self.acts}
        return bool(kinds & {"suspend", "leave"}) and "create" not in kinds

    @property
    def altering(self) -> bool:
        """Whether somebody who stays gets another login or loses a role: either may keep them from their work."""
        return not self.leaving and any(act.kind in ("login", "role_remove") for act in self.acts)


@dataclass(frozen=True, slots=True)
class RoleGiving:
    """``rules`` of the directory; ``privileged``: the roles with power over others (``policy.roles.privileged``)."""

    rules: DirectoryRules
    privileged: frozenset[str]


def decide(
    now: ManagedPerson | None, wanted: WantedPerson | None, giving: RoleGiving, *, login_taken: bool = False
) -> PersonPlan:
    """``now``: None for somebody new; ``wanted``: None for somebody who is there no more.

    ``login_taken``: whether somebody else has the wanted login.
    """
    if wanted is None:
        return PersonPlan("") if now is None else _gone(now)
    login = wanted.login if now is None else now.line.login
    if wanted.unfit is not None:
        return PersonPlan(login, refused=wanted.unfit)
    if login_taken:
        return PersonPlan(login, refused=_taken(wanted.login))
    if now is None:
        return _new(wanted, giving)
    if now.line.state == "left" and (not now.mark.keeps_out or not wanted.active):
        return PersonPlan(login)  # an administrator let them leave, or nobody wants them back
    if now.line.state == "left" and now.line.login != wanted.login:
        return PersonPlan(login, refused=_reused(now.line.login))
    return _changed(now, wanted, giving)


def _gone(now: ManagedPerson) -> PersonPlan:
    left = now.line.state == "left"
    return PersonPlan(now.line.login, () if left else (PlannedAct("leave"),))


def _new(wanted: WantedPerson, giving: RoleGiving) -> PersonPlan:
    roles = sorted(roles_by(wanted.groups, giving.rules, giving.privileged))
    acts = [PlannedAct("create", wanted.name), *(PlannedAct("role_add", role) for role in roles)]
    if not wanted.active:
        acts.append(PlannedAct("suspend"))
    return PersonPlan(wanted.login, tuple(acts), raising=len(giving.privileged & set(roles)))


def _changed(now: ManagedPerson, wanted: WantedPerson, giving: RoleGiving) -> PersonPlan:
    """Of somebody who is here, or comes back."""
    has, ours = set(now.line.roles), giving.rules.managed
    wants = roles_by(wanted.groups, giving.rules, giving.privileged)
    acts: list[PlannedAct] = []
    if now.mark.keeps_out and not now.line.active and wanted.active:
        acts.append(PlannedAct("back"))
    if now.line.login != wanted.login:
        acts.append(PlannedAct("login", wanted.login))
    if now.line.name != wanted.name:
        acts.append(PlannedAct("name", wanted.name))
    acts += [PlannedAct("role_remove", role) for role in sorted((has & ours) - wants)]
    acts += [PlannedAct("role_add", role) for role in sorted(wants - has)]
    if now.line.active and not wanted.active:
        acts.append(PlannedAct("suspend"))
    return PersonPlan(now.line.login, tuple(acts), raising=len(giving.privileged & (wants - has)))


def _taken(login: str) -> str:
    return (
        f"Somebody else has the login “{login}”. If it is the same person, whom an administrator added:"
        f" directory adopt {login} …"
    )


def _reused(login: str) -> str:
    return (
        f"The directory used this person's id before, for “{login}”, who has left. If it is somebody else now:"
        f" directory release {login}"
    )
