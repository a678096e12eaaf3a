"""Rules that can never match, as far as that can be shown from their form: what is named here certainly never does.

A rule matches if all of its conditions are true at once. They are taken apart at ``&&`` and ``||``; each way through
them is held against what the facts can be at all (``kiosk.cedarschema``). What is not understood is left standing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import get_args

from cedarpy import pst

from kiosk.model.proof import ACR_RANK
from kiosk.service.policy.cedar.facts import LABELS, LEVELS, Asks
from kiosk.service.policy.cedar.growing import MIRRORED
from kiosk.service.policy.toml_values import ROLE
from kiosk.service.risk import SIGNALS

MAX_WAYS = 256
"""Ways through one rule; of one with more nothing is said."""
LIMITS = {
    "context.hour": (0, 23),
    "context.risk": (0, 100),
    "context.records": (0, None),
    "context.patients": (0, None),
    "context.batch": (0, None),
    "context.sensitivity": (0, len(LEVELS) - 1),
    "context.proof.strength": (0, max(ACR_RANK.values())),
    "context.proof.kinds": (0, 3),
    "context.proof.age": (0, None),
}
"""Least and most that a number can be."""
WORDS: dict[str, tuple[str, ...]] = {"context.asks": get_args(Asks)}
OPPOSITE = {"less": "greater_eq", "less_eq": "greater", "greater": "less_eq", "greater_eq": "less"}
Condition = tuple[pst.Expr, bool]
"""A condition and whether it has to be true."""


def never(rule: pst.Template) -> str | None:
    """Why ``rule`` can never match, as the end of a sentence; None if that is not known."""
    if isinstance(rule.principal, pst.ScopeIn) and isinstance(rule.principal.entity, pst.EntityUid):
        why = _no_such(rule.principal.entity)
        if why is not None:
            return why
    conditions = [(clause.expr, isinstance(clause, pst.When)) for clause in rule.clauses]
    why = None
    for number, way in enumerate(_ways(conditions)):
        if number >= MAX_WAYS:
            return None
        why = _contradiction(way)
        if why is None:
            return None
    return why


def _ways(conditions: list[Condition]) -> Iterator[list[Condition]]:
    """Each way in which all of ``conditions`` can be true, as conditions without ``&&`` and ``||``."""
    for at, (expr, wanted) in enumerate(conditions):
        rest = conditions[:at] + conditions[at + 1 :]
        if isinstance(expr, pst.UnaryOp) and expr.op == "not":
            yield from _ways([*rest, (expr.arg, not wanted)])
            return
        if isinstance(expr, pst.BinaryOp) and expr.op in ("and", "or"):
            if (expr.op == "and") is wanted:
                yield from _ways([*rest, (expr.left, wanted), (expr.right, wanted)])
            else:
                yield from _ways([*rest, (expr.left, wanted)])
                yield from _ways([*rest, (expr.right, wanted)])
            return
    yield conditions


@dataclass(slots=True)
class _Limits:
    """What one way asks of the facts."""

    least: dict[str, int] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)
    text: dict[str, str] = field(default_factory=dict)

    def bound(self, name: str, op: str, value: int) -> str | None:
        if op in ("greater", "greater_eq", "eq"):
            self.least[name] = max(self.least.get(name, value), value + (op == "greater"))
        if op in ("less", "less_eq", "eq"):
            self.most[name] = min(self.most.get(name, value), value - (op == "less"))
        low, high = LIMITS.get(name, (None, None))
        least = max((n for n in (low, self.least.get(name)) if n is not None), default=None)
        most = min((n for n in (high, self.most.get(name)) if n is not None), default=None)
        return f"{name} cannot be that" if least is not None and most is not None and least > most else None

    def word(self, name: str, value: str) -> str | None:
        if value not in WORDS.get(name, (value,)):
            return f"{name} is never “{value}”"
        if self.text.setdefault(name, value) != value:
            return f"{name} cannot be “{value}” and “{self.text[name]}” at once"
        return None


def _contradiction(way: list[Condition]) -> str | None:
    known, flags = _Limits(), dict[pst.Expr, bool]()
    for expr, wanted in way:
        why = _one(known, expr, wanted)
        if why is not None:
            return why
        name = _name(expr)
        if name is not None and flags.setdefault(expr, wanted) is not wanted:
            return f"{name} cannot be true and false at once"
    return None


def _one(known: _Limits, expr: pst.Expr, wanted: bool) -> str | None:
    if isinstance(expr, pst.BoolLit):
        return None if expr.value is wanted else "a condition is always false"
    if not isinstance(expr, pst.BinaryOp):
        return None
    left, op, right = expr.left, str(expr.op), expr.right
    if _name(left) is None and _name(right) is not None:
        left, op, right = right, MIRRORED.get(op, op if op in ("eq", "not_eq") else ""), left
    name = _name(left)
    if not wanted:
        op = OPPOSITE.get(op, {"not_eq": "eq"}.get(op, ""))
    if name is not None and isinstance(right, pst.LongLit):
        return known.bound(name, op, right.value)
    if name is not None and isinstance(right, pst.StringLit):
        if op == "eq":
            return known.word(name, right.value)
        if op == "contains" and name == "context.labels" and right.value not in LABELS:
            return f"there is no label “{right.value}”"
        if op == "contains" and name == "context.reasons" and right.value not in SIGNALS:
            return f"there is no signal “{right.value}”"
    if op == "in" and isinstance(right, pst.EntityLit):
        return _no_such(right.value)
    return None


def _no_such(found: pst.EntityUid) -> str | None:
    if str(found.type) == "Role" and not ROLE.fullmatch(found.id):
        return f"there is no role “{found.id}”: roles are a-z, 0-9, - and _"
    return None


def _name(expr: pst.Expr) -> str | None:
    """``context.proof.age`` of such an expression."""
    if isinstance(expr, pst.Var):
        return expr.name
    if isinstance(expr, pst.GetAttr):
        base = _name(expr.base)
        return None if base is None else f"{base}.{expr.attr}"
    return None
