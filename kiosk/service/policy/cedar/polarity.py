"""More assurance must never lose a permit: read off a rule's form, not off samples.

In a ``permit`` whatever speaks of ``context.proof`` may only become true by more assurance, in a ``forbid`` only false.
Together with "no arithmetic" (which can fail, and a failure refuses) that holds for a whole policy. Some rules that
would be right are turned away as well.
"""

from __future__ import annotations

from typing import Literal

from cedarpy import pst

Way = Literal["up", "down"]
RISING = frozenset({"strength", "kinds"})
FALLING = frozenset({"age"})
"""Numbers of ``context.proof``: more assurance makes them larger, or smaller."""
FLAGS = frozenset({"two_factors", "phishing_resistant", "hardware", "second_person"})
MIRRORED = {"less": "greater", "less_eq": "greater_eq", "greater": "less", "greater_eq": "less_eq"}
OTHER_WAY: dict[Way, Way] = {"up": "down", "down": "up"}
MAY_FAIL = frozenset({"add", "sub", "mul", "neg", "offset", "duration_since", "get_tag"})


def monotone(rule: pst.Template) -> bool:
    """Whether more assurance never turns ``rule`` against who gives it."""
    for clause in rule.clauses:
        helps = (rule.effect == "permit") is isinstance(clause, pst.When)
        if not _goes(clause.expr, "up" if helps else "down"):
            return False
    return True


def may_fail(rule: pst.Template) -> str | None:
    """The first operation of ``rule`` that can fail while it is worked out; None if there is none."""
    for node in every(tuple(clause.expr for clause in rule.clauses)):
        if isinstance(node, pst.UnaryOp | pst.BinaryOp) and node.op in MAY_FAIL:
            return node.op
    return None


def _goes(expr: pst.Expr, way: Way) -> bool:
    """Whether ``expr``, a truth, can only go ``way`` as assurance grows."""
    if not _speaks(expr):
        return True
    if isinstance(expr, pst.GetAttr):
        return _of_proof(expr) in FLAGS and way == "up"
    if isinstance(expr, pst.UnaryOp):
        return expr.op == "not" and _goes(expr.arg, OTHER_WAY[way])
    if isinstance(expr, pst.BinaryOp):
        if expr.op in ("and", "or"):
            return _goes(expr.left, way) and _goes(expr.right, way)
        return _compares(expr, way)
    if isinstance(expr, pst.IfThenElse):
        return not _speaks(expr.cond) and _goes(expr.then_expr, way) and _goes(expr.else_expr, way)
    return False


def _compares(expr: pst.BinaryOp, way: Way) -> bool:
    """A number of the proof on one side, and on the other nothing that speaks of the proof."""
    number, op, other = expr.left, str(expr.op), expr.right
    if _of_proof(number) is None:
        number, op, other = other, MIRRORED.get(op, ""), number
    name = _of_proof(number)
    if _speaks(other) or op not in MIRRORED:
        return False
    grows = op.startswith("greater") if name in RISING else op.startswith("less") if name in FALLING else None
    return grows is not None and (way == "up") is grows


def _of_proof(expr: pst.Expr) -> str | None:
    """``strength`` of ``context.proof.strength``."""
    if not isinstance(expr, pst.GetAttr) or not isinstance(expr.base, pst.GetAttr):
        return None
    of = expr.base
    return expr.attr if of.attr == "proof" and of.base == pst.Var("context") else None


def _speaks(expr: pst.Expr) -> bool:
    """Whether the proof can change ``expr``: it names it, or the context as a whole."""
    if isinstance(expr, pst.GetAttr) and expr.base == pst.Var("context"):
        return expr.attr == "proof"
    if expr == pst.Var("context"):
        return True
    return any(_speaks(part) for part in parts(expr))


def parts(expr: pst.Expr) -> tuple[pst.Expr, ...]:
    """What ``expr`` is made of, one level down."""
    match expr:
        case pst.UnaryOp(arg=arg):
            return (arg,)
        case pst.BinaryOp(left=left, right=right):
            return (left, right)
        case pst.GetAttr(base=base) | pst.HasAttr(base=base) | pst.Like(base=base):
            return (base,)
        case pst.Is(base=base, in_expr=inside):
            return (base,) if inside is None else (base, inside)
        case pst.IfThenElse(cond=cond, then_expr=then, else_expr=other):
            return (cond, then, other)
        case pst.Set(elements=elements):
            return elements
        case pst.Record(fields=named):
            return tuple(named.values())
        case _:
            return ()


def every(exprs: tuple[pst.Expr, ...]) -> list[pst.Expr]:
    """All of ``exprs`` and what they are made of, at any depth."""
    found: list[pst.Expr] = []
    waiting = list(exprs)
    while waiting:
        expr = waiting.pop()
        found.append(expr)
        waiting.extend(parts(expr))
    return found
