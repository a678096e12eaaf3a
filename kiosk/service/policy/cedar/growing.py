"""Which way a truth of a rule can go while something that it speaks of grows: read off its form, not off samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from cedarpy import pst

Way = Literal["up", "down"]
CONTEXT = pst.Var("context")
MIRRORED = {"less": "greater", "less_eq": "greater_eq", "greater": "less", "greater_eq": "less_eq"}
OTHER_WAY: dict[Way, Way] = {"up": "down", "down": "up"}


class Growing(NamedTuple):
    """What grows. ``member``: whether that is what this member of ``context`` says. ``truth``: whether a truth that
    speaks of it, and is no "not", "and", "or" or "if", can only go that way as it grows."""

    member: Callable[[pst.GetAttr], bool]
    truth: Callable[[pst.Expr, Way], bool]


def goes(expr: pst.Expr, way: Way, what: Growing) -> bool:
    """Whether ``expr``, a truth, can only go ``way`` as ``what`` grows."""
    if not speaks(expr, what):
        return True
    if isinstance(expr, pst.UnaryOp) and expr.op == "not":
        return goes(expr.arg, OTHER_WAY[way], what)
    if isinstance(expr, pst.BinaryOp) and expr.op in ("and", "or"):
        return goes(expr.left, way, what) and goes(expr.right, way, what)
    if isinstance(expr, pst.IfThenElse):
        return not speaks(expr.cond, what) and goes(expr.then_expr, way, what) and goes(expr.else_expr, way, what)
    return what.truth(expr, way)


def speaks(expr: pst.Expr, what: Growing) -> bool:
    """Whether ``what`` can change ``expr``: it names it, or the context as a whole."""
    if isinstance(expr, pst.GetAttr) and expr.base == CONTEXT:
        return what.member(expr)
    if expr == CONTEXT:
        return True
    return any(speaks(part, what) for part in parts(expr))


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
