"""One decision of the engine. Whatever is not a clean Allow is a refusal.

Cedar skips a rule that fails while it is worked out, a ``forbid`` too, and then allows. Measured with 4.12, a validated
policy and a schema: an entity is missing, a number is too large. So any error refuses, as does ``NoDecision``.
"""

from __future__ import annotations

from dataclasses import dataclass

import cedarpy

from kiosk.service.policy.cedar.book import PolicyBook, schema
from kiosk.service.policy.cedar.facts import GROUP_OF, Asking, ProofState, action_of, context, entities, uid
from kiosk.service.policy.cedar.slices import rules_for


@dataclass(frozen=True, slots=True)
class PolicyVerdict:
    """``by``: the ``@id`` of each rule that decided, in the order of the text; empty where none permits.

    ``errors``: what went wrong; never with ``permitted``.
    """

    permitted: bool
    by: tuple[str, ...]
    errors: tuple[str, ...] = ()


class Inquiry:
    """``asking`` put to ``book``, for as many steps of the ladder as are tried. Entities are read once."""

    def __init__(self, book: PolicyBook, asking: Asking) -> None:
        self.book = book
        self.asking = asking
        self._trouble: tuple[str, ...] = ()
        self._found: dict[ProofState, PolicyVerdict] = {}
        self._entities: cedarpy.Entities | None = None
        try:
            self._entities = cedarpy.Entities.from_json_str(entities(asking), schema())
        except ValueError as error:
            self._trouble = (str(error),)

    def verdict(self, proving: ProofState) -> PolicyVerdict:
        """The engine's word with ``proving``; asked for once."""
        if self._entities is None:
            return PolicyVerdict(False, (), self._trouble)
        if proving not in self._found:
            self._found[proving] = judge(self.book, self.asking, proving, self._entities)
        return self._found[proving]


def judge(book: PolicyBook, asking: Asking, proving: ProofState, known: cedarpy.Entities) -> PolicyVerdict:
    """As ``Inquiry.verdict``, about the entities ``known``."""
    if book.trouble:
        return PolicyVerdict(False, tuple(rule.name for rule in book.rules), (book.trouble,))
    action = action_of(asking)
    request = {
        "principal": uid("Person", asking.person),
        "action": uid("Action", action),
        "resource": uid("RecordType", asking.record_type),
        "context": context(asking, proving),
    }
    try:
        rules = rules_for(book, action, (GROUP_OF[asking.family],), asking.roles)
        result = cedarpy.is_authorized(request, rules, known, schema())
    except (ValueError, TypeError) as error:
        return PolicyVerdict(False, (), (str(error),))
    errors = tuple(result.diagnostics.errors)
    if result.decision is cedarpy.Decision.NoDecision and not errors:
        errors = ("the engine came to no decision",)
    named = frozenset(result.diagnostics.id_annotations_by_reason.values())
    by = tuple(rule.name for rule in book.rules if rule.name in named)
    return PolicyVerdict(result.decision is cedarpy.Decision.Allow and not errors, by, errors)
