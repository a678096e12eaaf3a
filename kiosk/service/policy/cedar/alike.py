"""Which wishes a policy cannot tell apart: those that agree in every fact that any of its rules speaks of. Pure.

To replay a month, each kind of wish is decided once. What is not understood here counts as spoken of.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from types import MappingProxyType

from kiosk.service.policy.cedar.book import PolicyBook
from kiosk.service.policy.cedar.facts import Asking
from kiosk.service.policy.cedar.spoken import facts_of, names_of

Telling = Callable[[Asking], Hashable]
"""Of a wish, all that can make a difference."""
_FACTS: MappingProxyType[str, Telling] = MappingProxyType(
    {
        "action": lambda asking: asking.action,
        "principal": lambda asking: asking.roles,
        "principal.roles": lambda asking: asking.roles,
        "principal.login": lambda asking: asking.login,
        "resource": lambda asking: (asking.audience, asking.record_type, asking.known_audience),
        "context.name": lambda asking: (asking.action, asking.name),
        "context.proof": lambda asking: None,
        "context.records": lambda asking: asking.records,
        "context.patients": lambda asking: asking.patients,
        "context.sensitivity": lambda asking: asking.sensitivity,
        "context.labels": lambda asking: asking.labels,
        "context.purpose": lambda asking: asking.purpose,
        "context.asks": lambda asking: asking.asks,
        "context.registered": lambda asking: asking.registered,
        "context.station": lambda asking: (asking.station, asking.place),
        "context.source": lambda asking: asking.source,
        "context.zone": lambda asking: asking.zone,
        "context.hour": lambda asking: asking.hour,
        "context.risk": lambda asking: asking.risk,
        "context.reasons": lambda asking: asking.reasons,
        "context.as_second": lambda asking: asking.as_second,
        "context.batch": lambda asking: asking.batch,
    }
)
"""By the name of ``facts_of``. What is proved is no fact of the wish; who answers by it adds it."""


def telling(book: PolicyBook) -> Telling:
    """Two wishes of which it says the same are decided alike by ``book``, whatever is proved."""
    nodes = tuple(rule.node for rule in book.rules)
    spoken = frozenset[str]().union(*(facts_of(node) for node in nodes))
    if spoken - _FACTS.keys():
        return lambda asking: asking
    named = bool(names_of(nodes, "Person"))
    chosen = tuple(_FACTS[fact] for fact in sorted(spoken))

    def told(asking: Asking) -> Hashable:
        who = asking.person if named else None
        # What counts though no rule speaks of it: code looks at these as well.
        always = (asking.risk, asking.own_risk, asking.as_second, asking.batch)
        return (asking.family, asking.action, who, *always, *(fact(asking) for fact in chosen))

    return told
