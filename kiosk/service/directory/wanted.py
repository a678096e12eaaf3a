"""Whom a directory describes, the same for every kind of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.service.platform.directory_settings import DirectoryRules, folded
from kiosk.service.store.directory_sources import PULLED

LDAP = PULLED
"""The source that is pulled; every other one speaks SCIM."""


@dataclass(frozen=True, slots=True)
class WantedPerson:
    """One person as their directory wants them. ``external_id``: what it calls them for good, None if it does not say.

    ``active``: False for an account that is disabled. ``groups``: folded names (``directory_settings.folded``).
    ``unfit``: why nothing can follow from it, a sentence; None if it is whole.
    """

    external_id: str | None
    login: str
    name: str
    active: bool = True
    groups: frozenset[str] = frozenset()
    unfit: str | None = None


def roles_by(groups: frozenset[str], rules: DirectoryRules, privileged: frozenset[str]) -> frozenset[str]:
    """The roles that ``groups`` give. One of ``privileged`` only where the settings name it as such."""
    given = {role for group in groups for role in rules.roles.get(folded(group), ())}
    return frozenset(role for role in given if role not in privileged or role in rules.privileged)
