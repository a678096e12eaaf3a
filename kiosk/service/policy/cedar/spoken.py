"""What a rule speaks of, read off its text: names of facts, and values that it compares them with. Pure."""

from __future__ import annotations

from cedarpy import pst

from kiosk.service.policy.cedar.facts import FAMILIES, GROUP_OF, Family
from kiosk.service.policy.cedar.growing import every, parts

IN_GROUP = {GROUP_OF[family]: actions for family, actions in FAMILIES.items()}
Scope = pst.ScopeAny | pst.ScopeEq | pst.ScopeIn | pst.ScopeIs | pst.ScopeIsIn


def exprs_of(rule: pst.Template) -> list[pst.Expr]:
    """All expressions of ``rule``, at any depth."""
    return every(tuple(clause.expr for clause in rule.clauses))


def facts_of(rule: pst.Template) -> frozenset[str]:
    """``context.records`` and the like; ``context``, ``principal`` and ``resource`` where one is spoken of whole."""
    found = {name for name, scope in (("principal", rule.principal), ("resource", rule.resource)) if not _any(scope)}
    for clause in rule.clauses:
        _facts(clause.expr, found)
    return frozenset(found)


def _facts(expr: pst.Expr, found: set[str]) -> None:
    if isinstance(expr, pst.GetAttr) and isinstance(expr.base, pst.Var):
        found.add(f"{expr.base.name}.{expr.attr}")
        return
    if isinstance(expr, pst.Var):
        found.add(expr.name)
    for part in parts(expr):
        _facts(part, found)


def _any(scope: Scope) -> bool:
    """Every person is a Person, every resource a RecordType: to say so is to say nothing."""
    return isinstance(scope, pst.ScopeAny) or (
        isinstance(scope, pst.ScopeIs) and str(scope.entity_type) in ("Person", "RecordType")
    )


def actions_of(rule: pst.Template) -> frozenset[str] | None:
    """The schema's actions that the rule's scope names, those of a group each; None where it may be any."""
    if isinstance(rule.action, pst.ActionEq):
        named: tuple[str, ...] = (rule.action.entity.id,)
    elif isinstance(rule.action, pst.ActionIn):
        named = tuple(entity.id for entity in rule.action.entities)
    else:
        return None
    return frozenset[str]().union(*(IN_GROUP.get(name, frozenset({name})) for name in named))


def families_of(rules: tuple[pst.Template, ...]) -> frozenset[Family]:
    """Which families of actions ``rules`` name an action of, or the group itself, wherever in a rule that is."""
    named = frozenset(names_of(rules, "Action"))
    return frozenset(family for family in FAMILIES if named & {GROUP_OF[family], *FAMILIES[family]})


def names_of(rules: tuple[pst.Template, ...], kind: str) -> tuple[str, ...]:
    """Entities of ``kind``, such as ``Role``, that ``rules`` name, sorted."""
    return tuple(sorted(found.id for found in pst.entity_uids(rules) if str(found.type) == kind))


def values_of(rules: tuple[pst.Template, ...], fact: str) -> tuple[int | str, ...]:
    """The numbers and texts that ``rules`` compare ``context.fact`` with directly, in their order."""
    found: dict[int | str, None] = {}
    asked = pst.GetAttr(pst.Var("context"), fact)
    for rule in rules:
        for expr in exprs_of(rule):
            if not isinstance(expr, pst.BinaryOp) or asked not in (expr.left, expr.right):
                continue
            other = expr.right if expr.left == asked else expr.left
            if isinstance(other, pst.LongLit | pst.StringLit):
                found[other.value] = None
    return tuple(found)
