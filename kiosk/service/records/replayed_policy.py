"""Decisions by a policy that the trail keeps, made once more under a policy: whom it would ask more, or refuse.

Rows of sign-ins and emergency access hold theirs.
Each row ``stepup_asked``, each ``stepup`` that was refused at once, and each ``second_asked`` of somebody who was asked
to agree, holds from what it was decided. What it does
not hold (``NOT_KEPT``) is not made up: where a rule that could decide speaks of it, the decision counts as not known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Literal, get_args

from sqlalchemy import Connection, select

from kiosk.model.binding import Json
from kiosk.model.emergency import OPENED
from kiosk.service.admin.act import ActRefusedError, Admin, record
from kiosk.service.audit.lines import told_by
from kiosk.service.platform.json_fields import JsonObject
from kiosk.service.policy import Asking, PolicyBook, own_acts
from kiosk.service.policy.cedar import ladder
from kiosk.service.policy.cedar.alike import Telling, telling
from kiosk.service.policy.cedar.explaining import outcome
from kiosk.service.policy.cedar.facts import FAMILIES, FAMILY_OF, OUTSIDE, Asks, ProofState, action_of
from kiosk.service.policy.cedar.ladder import Rung
from kiosk.service.policy.cedar.spoken import actions_of, facts_of
from kiosk.service.policy.own_acts import ONE_FACTOR
from kiosk.service.store.schema import audit_row

MAX_REPLAYED = 1_000_000
PAGE = 1000
MAX_KNOWN = 100_000
"""Kinds of wishes whose answer is remembered while a policy is tried."""
EVERY = frozenset[str]().union(*FAMILIES.values())
NOT_KEPT = frozenset({"resource", "context", "context.purpose", "context.source"})
"""What a rule can speak of and the trail does not keep."""
AnswerChange = Literal["same", "more", "less", "refused", "granted", "not_known"]
CHANGES: dict[AnswerChange, str] = {
    "same": "as before",
    "more": "asked for more",
    "less": "asked for less",
    "refused": "refused, and were not",
    "granted": "no longer refused",
    "not_known": "not known",
}
"""In words, in the order of a report."""
ASKS: dict[str, Asks] = {name: name for name in get_args(Asks)}
ORDER = {rung: number for number, rung in enumerate((Rung.PROVED, ONE_FACTOR, *list(Rung)[1:]))}
STORED = (
    ("stepup_asked", None),
    ("stepup", "refused"),
    ("second_asked", None),
    ("tap", None),
    ("sign_in", None),
    ("offline_sign_in", None),
    (OPENED, None),
)
"""Rows that hold a decision: act, and its result if not each does."""
MAY_HOLD_NONE = frozenset({"second_asked", "tap", "sign_in", "offline_sign_in", OPENED})
"""Of these a row may well hold none: nothing was decided by a policy then."""


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """One row: who wished what, from which facts, and what was answered. ``rung``: empty for none."""

    login: str
    asking: Asking
    proved: ProofState
    reach: frozenset[Rung]
    answer: str
    rung: str
    least: int = 0


@dataclass(frozen=True, slots=True)
class ChangedAnswer:
    """Decisions alike that would have another answer: ``before`` and ``after`` as answer and step."""

    change: AnswerChange
    action: str
    roles: str
    before: tuple[str, str]
    after: tuple[str, str]


@dataclass(slots=True)
class PolicyReplay:
    """What came of it. ``bare``: rows that keep no facts, from before they were kept. ``people``: logins, by change."""

    counts: Counter[AnswerChange] = field(default_factory=Counter)
    changed: Counter[ChangedAnswer] = field(default_factory=Counter)
    people: dict[AnswerChange, set[str]] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    bare: int = 0

    @property
    def replayed(self) -> int:
        """Decisions that were made once more."""
        return sum(count for change, count in self.counts.items() if change != "not_known")


@dataclass(frozen=True, slots=True)
class _Again:
    """The policy, and what it answered already to wishes that it cannot tell from one another."""

    book: PolicyBook
    told: Telling
    doubts: dict[str, tuple[str, ...]]
    known: dict[Hashable, tuple[str, str]] = field(default_factory=dict)

    def decided(self, stored: StoredDecision) -> tuple[str, str]:
        """Answer and step, empty for none."""
        kind = (self.told(stored.asking), stored.proved, stored.reach, stored.least)
        if kind not in self.known:
            if len(self.known) >= MAX_KNOWN:
                self.known.clear()
            self.known[kind] = self._decide(stored)
        return self.known[kind]

    def _decide(self, stored: StoredDecision) -> tuple[str, str]:
        if stored.asking.family != "step_up":
            return own_acts.again(self.book, stored.asking, stored.proved)
        return outcome(ladder.climb(self.book, stored.asking, stored.proved, stored.reach, stored.least))


def replay(conn: Connection, book: PolicyBook, since: int, until: int) -> PolicyReplay:
    """Rows from the second ``since`` to ``until``, both included, under ``book``. Raises ``ActRefusedError`` for too
    many. The rows' hashes are not looked at: ``audit verify`` does that."""
    made, again = PolicyReplay(), _Again(book, telling(book), _doubts(book))
    for number, body in enumerate(_bodies(conn, since, until)):
        if number >= MAX_REPLAYED:
            raise ActRefusedError(f"That are more than {MAX_REPLAYED} decisions. Ask for a shorter time.")
        stored = _stored(body)
        if stored is None:
            made.bare += 1
        else:
            _count(made, again, stored)
    return made


def record_replay(conn: Connection, admin: Admin, book: PolicyBook, since: int, until: int, made: PolicyReplay) -> None:
    """That it was looked at, and under which text: the answer tells of people."""
    counts: dict[str, Json] = {change: made.counts[change] for change in CHANGES if made.counts[change]}
    detail: dict[str, Json] = {"since": since, "until": until, "sha256": book.digest, "counts": counts}
    record(conn, admin, "policy.simulate", detail=detail)


def _doubts(book: PolicyBook) -> dict[str, tuple[str, ...]]:
    """By action of the schema, the rules that could decide on it and speak of what is not kept."""
    found: dict[str, tuple[str, ...]] = {}
    for rule in book.rules:
        if facts_of(rule.node) & NOT_KEPT:
            for action in actions_of(rule.node) or EVERY:
                found[action] = (*found.get(action, ()), rule.name)
    return found


def _count(made: PolicyReplay, again: _Again, stored: StoredDecision) -> None:
    asked = action_of(stored.asking)
    if asked in again.doubts:
        made.unsure.update(again.doubts[asked])
        made.counts["not_known"] += 1
        return
    before, after = (stored.answer, stored.rung), again.decided(stored)
    change = compared(before, after)
    made.counts[change] += 1
    if change != "same":
        roles = ",".join(sorted(stored.asking.roles)) or "-"
        made.changed[ChangedAnswer(change, stored.asking.action, roles, before, after)] += 1
        made.people.setdefault(change, set()).add(stored.login)


def compared(before: tuple[str, str], after: tuple[str, str]) -> AnswerChange:
    """How the answer ``after`` differs for whoever is asked."""
    could, can = (answer in ("satisfied", "proof_needed") for answer, _ in (before, after))
    if could and not can:
        return "refused"
    if can and not could:
        return "granted"
    if not can or before == after:
        return "same"
    was, now = (ORDER.get(rung or Rung.PROVED, 0) for _, rung in (before, after))
    return "more" if now > was else "less" if now < was else "same"


def _bodies(conn: Connection, since: int, until: int) -> Iterator[JsonObject]:
    """Page by page in the order of time: no month is ever loaded whole."""
    place = (audit_row.c.at, audit_row.c.chain, audit_row.c.seq)
    for action, result in STORED:
        after: tuple[int, str, int] | None = None
        while True:
            wanted = select(*place, audit_row.c.body).where(
                audit_row.c.action == action, audit_row.c.at.between(since, until)
            )
            if after is not None:
                at, chain, seq = place
                later = (at > after[0]) | (
                    (at == after[0]) & ((chain > after[1]) | ((chain == after[1]) & (seq > after[2])))
                )
                wanted = wanted.where(later)
            page = conn.execute(wanted.order_by(*place).limit(PAGE)).all()
            for row in page:
                body = told_by(row.body)
                held = action not in MAY_HOLD_NONE or "policy" in _table(body["detail"])
                if held and result in (None, body.get("result")):
                    yield body
            if len(page) < PAGE:
                break
            after = (page[-1].at, page[-1].chain, page[-1].seq)


def _stored(body: JsonObject) -> StoredDecision | None:
    """None for a row that keeps no facts, or other ones than this program writes."""
    try:
        detail = _table(body["detail"])
        policy = _table(detail["policy"])
        context = _table(policy["context"])
        if "action" in context:
            return _stored_own(body, policy, context)
        strength, kinds, age, second = (int(str(number)) for number in _list(context["proof"]))
        asking = Asking(
            person=str(body["person"]),
            login=str(body["login"]),
            roles=tuple(str(role) for role in _list(context["roles"])),
            action=str(detail["action"]),
            audience=str(context["audience"]),
            record_type="",
            records=int(str(context["records"])),
            patients=int(str(context["patients"])),
            sensitivity=int(str(context["sensitivity"])),
            labels=tuple(str(label) for label in _list(context["labels"])),
            asks=ASKS[str(context["asks"])],
            registered=bool(context["registered"]),
            known_audience=bool(context["known"]),
            station=str(body["workstation"]),
            place=str(context["place"]),
            hour=int(str(context["hour"])),
            zone=str(context.get("zone", OUTSIDE)),
            risk=int(str(context.get("risk", 0))),
            own_risk=int(str(context.get("own_risk", context.get("risk", 0)))),
            reasons=tuple(str(reason) for reason in _list(context.get("reasons", []))),
            as_second=bool(context.get("as_second", False)),
            batch=int(str(context.get("batch", 0))),
        )
        reach = _with_another(frozenset(Rung(str(rung)) for rung in _list(context["reach"])))
        proved = ProofState(strength, kinds, age, bool(second))
        answer, rung, least = str(policy["answer"]), str(policy["rung"] or ""), int(str(context.get("least", 0)))
        return StoredDecision(asking.login, asking, proved, reach, answer, rung, least)
    except (KeyError, ValueError, TypeError):
        return None


def _stored_own(body: JsonObject, policy: JsonObject, context: JsonObject) -> StoredDecision:
    """A decision about a sign-in or emergency access. Raises ``KeyError`` and ``ValueError`` for what is none."""
    strength, kinds, age = (int(str(number)) for number in _list(context["proof"]))
    action = str(context["action"])
    asking = Asking(
        person=str(body.get("person") or ""),
        login=str(body.get("login") or ""),
        roles=tuple(str(role) for role in _list(context["roles"])),
        action=action,
        audience="",
        record_type="",
        asks="person",
        station=str(body["workstation"]),
        place=str(context["place"]),
        hour=int(str(context["hour"])),
        zone=str(context["zone"]),
        risk=int(str(context.get("risk", 0))),
        reasons=tuple(str(reason) for reason in _list(context.get("reasons", []))),
        family=FAMILY_OF[action],
        name=str(context.get("name", "")),
    )
    answer, rung = str(policy["answer"]), str(policy["rung"] or "")
    proved = ProofState(strength, kinds, age)
    return StoredDecision(asking.login, asking, proved, frozenset(), answer, rung)


def _with_another(reach: frozenset[Rung]) -> frozenset[Rung]:
    """Whoever comes to a key comes to a key and a colleague, too: rows from before second persons do not say so."""
    also = {Rung.PHISHING_RESISTANT: Rung.SECOND_PERSON, Rung.HARDWARE: Rung.HARDWARE_SECOND_PERSON}
    return reach | {more for rung, more in also.items() if rung in reach}


def _table(value: object) -> JsonObject:
    if not isinstance(value, dict):
        raise TypeError("a table was expected")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("a list was expected")
    return value
