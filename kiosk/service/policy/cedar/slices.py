"""The rules of a policy that can apply to one wish at all, as the engine takes them: the others only cost time.

Left out is only what the scope of a rule shuts out: another action, or a role that the person has not. Cedar works a
rule out from its scope on, so that a rule which the scope shuts out neither decides nor fails ("policy slicing",
Cedar's language reference, "Authorization"). Whatever else a rule says, it is asked. Pure but for what it remembers.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import cedarpy
from cedarpy import pst

from kiosk.service.policy.cedar.book import PolicyBook
from kiosk.service.policy.cedar.facts import Family
from kiosk.service.policy.cedar.spoken import families_of

MAX_KEPT, MAX_BOOKS = 128, 8
"""Slices remembered of one text, and texts."""


@dataclass(frozen=True, slots=True)
class _Sliced:
    """Of one text: its nodes, the roles that scopes name, the families that it speaks of, and the slices so far."""

    nodes: pst.PolicySet
    named: frozenset[str]
    families: frozenset[Family]
    made: dict[tuple[str, frozenset[str]], cedarpy.PolicySet]


_books: dict[str, _Sliced] = {}


def rules_for(book: PolicyBook, action: str, groups: Collection[str], roles: Collection[str]) -> cedarpy.PolicySet:
    """Those of ``book`` for the schema's ``action``, which is in ``groups``, asked for by somebody with ``roles``."""
    sliced = _of(book)
    mine = sliced.named.intersection(roles)
    found = sliced.made.get((action, mine))
    if found is None:
        found = _cut(sliced.nodes, {action, *groups}, mine)
        while len(sliced.made) >= MAX_KEPT:
            sliced.made.pop(next(iter(sliced.made)), None)
        sliced.made[action, mine] = found
    return found


def speaks_of(book: PolicyBook, family: Family) -> bool:
    """Whether the text names any action of ``family``. One that names none leaves them to the settings' rules."""
    return family in _of(book).families


def _of(book: PolicyBook) -> _Sliced:
    found = _books.get(book.digest)
    if found is None:
        nodes = tuple(rule.node for rule in book.rules)
        named = frozenset(role for role in map(_role_of, nodes) if role is not None)
        found = _Sliced(book.parsed.to_pst(), named, families_of(nodes), {})
        while len(_books) >= MAX_BOOKS:
            _books.pop(next(iter(_books)), None)
        _books[book.digest] = found
    return found


def _cut(nodes: pst.PolicySet, actions: set[str], roles: frozenset[str]) -> cedarpy.PolicySet:
    kept = {name: node for name, node in nodes.static_policies.items() if _applies(node, actions, roles)}
    return cedarpy.PolicySet.from_pst(replace(nodes, static_policies=kept))


def _applies(rule: pst.Template, actions: set[str], roles: frozenset[str]) -> bool:
    role = _role_of(rule)
    if role is not None and role not in roles:
        return False
    if isinstance(rule.action, pst.ActionEq):
        return rule.action.entity.id in actions
    if isinstance(rule.action, pst.ActionIn):
        return any(entity.id in actions for entity in rule.action.entities)
    return True


def _role_of(rule: pst.Template) -> str | None:
    """The role that a person must have for ``rule`` to apply, as its scope says; None where it names none."""
    scope = rule.principal
    if isinstance(scope, pst.ScopeIn) and isinstance(scope.entity, pst.EntityUid) and str(scope.entity.type) == "Role":
        return scope.entity.id
    return None
