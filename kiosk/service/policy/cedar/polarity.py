"""More assurance must never lose a permit: read off a rule's form, not off samples.

In a ``permit`` whatever speaks of ``context.proof`` may only become true by more assurance, in a ``forbid`` only false.
Together with "no arithmetic" (which can fail, and a failure refuses) that holds for a whole policy. Some rules that
would be right are turned away as well.
"""

from __future__ import annotations

from cedarpy import pst

from kiosk.service.policy.cedar.growing import CONTEXT, MIRRORED, Growing, Way, every, goes, speaks

RISING = frozenset({"strength", "kinds"})
FALLING = frozenset({"age"})
"""Numbers of ``context.proof``: more assurance makes them larger, or smaller."""
FLAGS = frozenset({"two_factors", "phishing_resistant", "hardware", "second_person"})
MAY_FAIL = frozenset({"add", "sub", "mul", "neg", "offset", "duration_since", "get_tag"})


def monotone(rule: pst.Template) -> bool:
    """Whether more assurance never turns ``rule`` against who gives it."""
    for clause in rule.clauses:
        helps = (rule.effect == "permit") is isinstance(clause, pst.When)
        if not goes(clause.expr, "up" if helps else "down", _PROOF):
            return False
    return True


def may_fail(rule: pst.Template) -> str | None:
    """The first operation of ``rule`` that can fail while it is worked out; None if there is none."""
    for node in every(tuple(clause.expr for clause in rule.clauses)):
        if isinstance(node, pst.UnaryOp | pst.BinaryOp) and node.op in MAY_FAIL:
            return node.op
    return None


def _truth(expr: pst.Expr, way: Way) -> bool:
    if isinstance(expr, pst.GetAttr):
        return _of_proof(expr) in FLAGS and way == "up"
    return isinstance(expr, pst.BinaryOp) and _compares(expr, way)


def _compares(expr: pst.BinaryOp, way: Way) -> bool:
    """A number of the proof on one side, and on the other nothing that speaks of the proof."""
    number, op, other = expr.left, str(expr.op), expr.right
    if _of_proof(number) is None:
        number, op, other = other, MIRRORED.get(op, ""), number
    name = _of_proof(number)
    if speaks(other, _PROOF) or op not in MIRRORED:
        return False
    grows = op.startswith("greater") if name in RISING else op.startswith("less") if name in FALLING else None
    return grows is not None and (way == "up") is grows


def _of_proof(expr: pst.Expr) -> str | None:
    """``strength`` of ``context.proof.strength``."""
    if not isinstance(expr, pst.GetAttr) or not isinstance(expr.base, pst.GetAttr):
        return None
    of = expr.base
    return expr.attr if of.attr == "proof" and of.base == CONTEXT else None


_PROOF = Growing(lambda member: member.attr == "proof", _truth)
