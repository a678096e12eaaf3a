"""More risk must never gain a permit: read off a rule's form, as ``polarity`` reads what more assurance does.

In a ``permit`` whatever speaks of ``context.risk`` or ``context.reasons`` may only become false by more risk, in a
``forbid`` only true. Some rules that would be right are turned away as well.
"""

from __future__ import annotations

from cedarpy import pst

from kiosk.service.policy.cedar.book import PolicyBook
from kiosk.service.policy.cedar.facts import Asking
from kiosk.service.policy.cedar.polarity import MIRRORED, OTHER_WAY, Way, parts
from kiosk.service.policy.cedar.spoken import facts_of, values_of
from kiosk.service.risk.rules import MAX_SCORE

KEPT = 8
_read: dict[str, tuple[int, bool]] = {}
"""What ``_turns`` found, by the SHA-256 of the text: to compare whole policies would take longer than to decide."""
RISK, REASONS = pst.GetAttr(pst.Var("context"), "risk"), pst.GetAttr(pst.Var("context"), "reasons")
RISING = frozenset({"contains", "contains_any", "contains_all"})
"""Of the set of reasons, which grows with the risk."""


def wary(rule: pst.Template) -> bool:
    """Whether more risk never turns ``rule`` in favour of who asks."""
    for clause in rule.clauses:
        helps = (rule.effect == "permit") is isinstance(clause, pst.When)
        if not _goes(clause.expr, "down" if helps else "up"):
            return False
    return True


def matters(policy: PolicyBook, asking: Asking) -> bool:
    """Whether any rule can tell the risk of ``asking`` from none. It saves most decisions a second one."""
    turns = _read.get(policy.digest)
    if turns is None:
        turns = _turns(policy)
        while len(_read) >= KEPT:
            _read.pop(next(iter(_read)), None)
        _read[policy.digest] = turns
    least, always = turns
    return always or asking.risk >= least


def _turns(policy: PolicyBook) -> tuple[int, bool]:
    """The least score that a rule compares the risk with; and whether any speaks of the reasons, or of all at once."""
    nodes = tuple(rule.node for rule in policy.rules)
    facts = frozenset[str]().union(*(facts_of(node) for node in nodes))
    least = min((value for value in values_of(nodes, "risk") if isinstance(value, int)), default=MAX_SCORE + 1)
    return least, bool(facts & {"context", "context.reasons"})


def _goes(expr: pst.Expr, way: Way) -> bool:
    """Whether ``expr``, a truth, can only go ``way`` as the risk grows."""
    if not _speaks(expr):
        return True
    if isinstance(expr, pst.UnaryOp):
        if expr.op == "is_empty":
            return expr.arg == REASONS and way == "down"
        return expr.op == "not" and _goes(expr.arg, OTHER_WAY[way])
    if isinstance(expr, pst.BinaryOp):
        if expr.op in ("and", "or"):
            return _goes(expr.left, way) and _goes(expr.right, way)
        return _compares(expr, way)
    if isinstance(expr, pst.IfThenElse):
        return not _speaks(expr.cond) and _goes(expr.then_expr, way) and _goes(expr.else_expr, way)
    return False


def _compares(expr: pst.BinaryOp, way: Way) -> bool:
    """The score or the reasons on one side, and on the other nothing that speaks of them."""
    if expr.left == REASONS and expr.op in RISING:
        return way == "up" and not _speaks(expr.right)
    number, op, other = expr.left, str(expr.op), expr.right
    if number != RISK:
        number, op, other = other, MIRRORED.get(op, ""), number
    if number != RISK or op not in MIRRORED or _speaks(other):
        return False
    return (way == "up") is op.startswith("greater")


def _speaks(expr: pst.Expr) -> bool:
    """Whether the risk can change ``expr``: it names it, or the context as a whole."""
    if isinstance(expr, pst.GetAttr) and expr.base == pst.Var("context"):
        return expr in (RISK, REASONS)
    if expr == pst.Var("context"):
        return True
    return any(_speaks(part) for part in parts(expr))
