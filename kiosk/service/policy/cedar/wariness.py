"""More risk must never gain a permit: read off a rule's form, as ``polarity`` reads what more assurance does.

In a ``permit`` whatever speaks of ``context.risk`` or ``context.reasons`` may only become false by more risk, in a
``forbid`` only true. Some rules that would be right are turned away as well.
"""

from __future__ import annotations

from cedarpy import pst

from kiosk.service.policy.cedar.book import PolicyBook
from kiosk.service.policy.cedar.facts import Asking
from kiosk.service.policy.cedar.growing import CONTEXT, MIRRORED, Growing, Way, goes, speaks
from kiosk.service.policy.cedar.spoken import facts_of, values_of
from kiosk.service.risk.rules import MAX_SCORE

KEPT = 8
_read: dict[str, tuple[int, bool]] = {}
"""What ``_turns`` found, by the SHA-256 of the text: to compare whole policies would take longer than to decide."""
RISK, REASONS = pst.GetAttr(CONTEXT, "risk"), pst.GetAttr(CONTEXT, "reasons")
RISING = frozenset({"contains", "contains_any", "contains_all"})
"""Of the set of reasons, which grows with the risk."""


def wary(rule: pst.Template) -> bool:
    """Whether more risk never turns ``rule`` in favour of who asks."""
    for clause in rule.clauses:
        helps = (rule.effect == "permit") is isinstance(clause, pst.When)
        if not goes(clause.expr, "down" if helps else "up", _RISK):
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


def _truth(expr: pst.Expr, way: Way) -> bool:
    if isinstance(expr, pst.UnaryOp):
        return expr.op == "is_empty" and expr.arg == REASONS and way == "down"
    return isinstance(expr, pst.BinaryOp) and _compares(expr, way)


def _compares(expr: pst.BinaryOp, way: Way) -> bool:
    """The score or the reasons on one side, and on the other nothing that speaks of them."""
    if expr.left == REASONS and expr.op in RISING:
        return way == "up" and not speaks(expr.right, _RISK)
    number, op, other = expr.left, str(expr.op), expr.right
    if number != RISK:
        number, op, other = other, MIRRORED.get(op, ""), number
    if number != RISK or op not in MIRRORED or speaks(other, _RISK):
        return False
    return (way == "up") is op.startswith("greater")


_RISK = Growing(lambda member: member in (RISK, REASONS), _truth)
