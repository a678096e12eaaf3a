"""Whether a policy text may be put in force: what reading it finds, and what only a look at the whole finds. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import cedarpy
from cedarpy import pst

from kiosk.model.counted import counted
from kiosk.service.policy.cedar import book
from kiosk.service.policy.cedar.book import PolicyBook, PolicyTextError, schema
from kiosk.service.policy.cedar.engine import Inquiry
from kiosk.service.policy.cedar.facts import (
    ACTIONS,
    EMERGENCY_OPEN,
    OPEN,
    OTHER,
    OUTSIDE,
    Asking,
    Family,
    ProofState,
)
from kiosk.service.policy.cedar.ladder import Rung, proving_at
from kiosk.service.policy.cedar.never import never
from kiosk.service.policy.cedar.polarity import may_fail, monotone
from kiosk.service.policy.cedar.slices import speaks_of
from kiosk.service.policy.cedar.spoken import names_of, values_of
from kiosk.service.policy.cedar.wariness import wary
from kiosk.service.policy.reset_rules import APPROVE, CODE, DESK_ROLES, RESET

MAX_FAULTS = 50
ADMINISTRATORS = ("administrator",)
MAX_TRIED = 4000
"""Cases tried for one act of the help desk: roles, places, applications, hours."""
HOURS = tuple(range(24))
POLICY_ID = re.compile(r"^for policy `[^`]*`, ")
EACH_ACTION = re.compile(r' (?:in context )?for Action::"[^"]*"')
LOOKS_LIKE = (("rn", "m"), ("vv", "w"), ("0", "o"), ("1", "l"), ("i", "l"), ("5", "s"), (".", "-"))


@dataclass(frozen=True, slots=True)
class CheckedPolicy:
    """``book``: the text, if it can be read at all. ``faults``: sentences; a text with any may not be put in force."""

    book: PolicyBook | None
    faults: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether it may be put in force."""
        return self.book is not None and not self.faults


def check(text: str) -> CheckedPolicy:
    """Everything that is wrong with ``text``, at most ``MAX_FAULTS`` sentences."""
    try:
        policy = book.read(text)
    except PolicyTextError as error:
        return CheckedPolicy(None, (str(error),))
    faults = [*_by_schema(policy), *_names(policy), *_forms(policy)]
    if not faults:
        faults += [*_locked_out(policy), *_own_acts_locked(policy), *_nobody_agrees(policy)]
    return CheckedPolicy(policy, tuple(faults[:MAX_FAULTS]))


def _by_schema(policy: PolicyBook) -> Iterator[str]:
    """What the engine's own check says, once for each rule and not once for each action."""
    found = cedarpy.validate_policies(policy.text, schema())
    named = {f"policy{rule.number}": rule.name for rule in policy.rules}
    seen = set()
    for error in found.errors:
        said = EACH_ACTION.sub("", POLICY_ID.sub("", error.error)).split("\n")[0][:300]
        about = named.get(error.policy_id)
        if (about, said) not in seen:
            seen.add((about, said))
            yield f"The rule “{about}” does not fit the schema: {said}." if about else f"{said}."
    if not found.validation_passed and not found.errors:
        yield "The text does not fit the schema."


def _names(policy: PolicyBook) -> Iterator[str]:
    """The trail names rules by their ids: two that look alike would be taken for each other."""
    seen: dict[str, str] = {}
    for rule in policy.rules:
        other = seen.setdefault(_skeleton(rule.name), rule.name)
        if other != rule.name:
            yield f"The ids “{other}” and “{rule.name}” look alike. Give one of them another name."


def _skeleton(name: str) -> str:
    for letters, like in LOOKS_LIKE:
        name = name.replace(letters, like)
    return name


def _forms(policy: PolicyBook) -> Iterator[str]:
    for rule in policy.rules:
        op = may_fail(rule.node)
        if op is not None:
            yield f"The rule “{rule.name}” can fail while it is worked out ({op}), and would then refuse everything."
        if not monotone(rule.node):
            yield (
                f"The rule “{rule.name}” may turn against somebody who proves more. What it asks of context.proof "
                "must only be able to help."
            )
        if not wary(rule.node):
            yield (
                f"The rule “{rule.name}” may turn in somebody's favour as their risk grows. What it asks of "
                "context.risk and context.reasons must only be able to stand in the way."
            )
        why = never(rule.node)
        if why is not None:
            yield f"The rule “{rule.name}” can never match: {why}."


def _locked_out(policy: PolicyBook) -> Iterator[str]:
    """Under which nobody could carry out an act of the help desk, or agree to one, even with a key in hardware."""
    for action in (RESET, APPROVE, CODE):
        if not any(_permitted(policy, asking) for asking in _administrators(policy, action)):
            roles = ", ".join(_roles(policy))
            yield (
                f"Nobody could do “{action}” under it, however much they prove, with any one of the roles {roles}: "
                "lost keys could not be replaced at the help desk."
            )


def _permitted(policy: PolicyBook, asking: Asking) -> bool:
    """With a key in hardware, or with that and a second person of the same role."""
    if _at(policy, asking, Rung.HARDWARE):
        return True
    colleague = replace(asking, as_second=True)
    return _at(policy, asking, Rung.HARDWARE_SECOND_PERSON) and _at(policy, colleague, Rung.HARDWARE_SECOND_PERSON)


def _at(policy: PolicyBook, asking: Asking, rung: Rung) -> bool:
    return Inquiry(policy, asking).verdict(proving_at(rung, ProofState())).permitted


def _nobody_agrees(policy: PolicyBook) -> Iterator[str]:
    """What is permitted with a second person alone, while nobody may be one."""
    nodes = _nodes(policy)
    turns = [value for value in values_of(nodes, "records") if isinstance(value, int)]
    counts = sorted({0, *turns, *(turn + 1 for turn in turns)})
    roles = ("", *_roles(policy))
    tried = 0
    for action in sorted((*ACTIONS, OTHER)):
        for records in counts:
            tried += 1
            if tried * len(roles) > MAX_TRIED:
                return
            asked = [_somebody(action, role, records) for role in roles]
            needed = any(
                not _at(policy, each, Rung.HARDWARE) and _at(policy, each, Rung.HARDWARE_SECOND_PERSON)
                for each in asked
            )
            found = any(_at(policy, replace(each, as_second=True), Rung.HARDWARE_SECOND_PERSON) for each in asked)
            if needed and not found:
                some = counted(records, "record")
                yield f"“{action}” of {some} needs a second person, and the policy lets nobody be one."
                break


def _somebody(action: str, role: str, records: int) -> Asking:
    roles = (role,) if role else ()
    return Asking(
        "somebody", "somebody", roles, action, "service", "", records=records, registered=True, known_audience=True
    )


def _roles(policy: PolicyBook) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*DESK_ROLES, *names_of(_nodes(policy), "Role"))))


def _administrators(policy: PolicyBook, action: str) -> Iterator[Asking]:
    """Whoever could ask for ``action``, in every place and at every hour that the text could mean."""
    nodes = _nodes(policy)
    places = ("", *names_of(nodes, "Place"))
    zones = _zones_of(nodes)
    hours = HOURS if values_of(nodes, "hour") else (12,)
    purposes = ("", *(str(value) for value in values_of(nodes, "purpose")))
    cases = product(_roles(policy), (False, True), purposes, hours, places, zones)
    for number, (role, registered, purpose, hour, place, zone) in enumerate(cases):
        if number >= MAX_TRIED:
            return
        yield Asking(
            person="somebody",
            login="somebody",
            roles=(role,),
            action=action,
            audience="service",
            record_type="Reset" if action != RESET else "Person",
            sensitivity=2,
            registered=registered,
            known_audience=registered,
            purpose=purpose,
            place=place,
            hour=hour,
            zone=zone,
        )


def _own_acts_locked(policy: PolicyBook) -> Iterator[str]:
    """Of a text that speaks of sign-ins or emergency access: under which no administrator could sign in, however much
    they prove, or nobody be let in where a patient waits. ``service.toml`` is where either is turned off."""
    if speaks_of(policy, "sign_in"):
        admins = _own_acts(policy, "sign_in", OPEN, ADMINISTRATORS)
        if not any(_at(policy, asking, Rung.HARDWARE) for asking in admins):
            yield (
                "Nobody with the role administrator could sign in under it, at any hour, place and network zone that "
                "it names, however much they prove: that would lock everybody out of administration."
            )
    if speaks_of(policy, "emergency"):
        anybody = _own_acts(policy, "emergency", EMERGENCY_OPEN, ("", *_roles(policy)))
        if not any(Inquiry(policy, asking).verdict(ProofState()).permitted for asking in anybody):
            yield "Nobody could open emergency access under it. To have none, say so in [emergency] of service.toml."


def _own_acts(policy: PolicyBook, family: Family, action: str, roles: tuple[str, ...]) -> Iterator[Asking]:
    """Whoever could ask for it, wherever and whenever the text could mean."""
    nodes = _nodes(policy)
    places, zones = ("", *names_of(nodes, "Place")), _zones_of(nodes)
    hours = HOURS if values_of(nodes, "hour") else (12,)
    for number, (role, hour, place, zone) in enumerate(product(roles, hours, places, zones)):
        if number >= MAX_TRIED:
            return
        held = (role,) if role else ()
        yield Asking(
            person="somebody",
            login="somebody",
            roles=held,
            action=action,
            audience="service",
            record_type="",
            asks="person",
            place=place,
            hour=hour,
            zone=zone,
            family=family,
        )


def _zones_of(nodes: tuple[pst.Template, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((OUTSIDE, *(str(zone) for zone in values_of(nodes, "zone")))))


def _nodes(policy: PolicyBook) -> tuple[pst.Template, ...]:
    return tuple(rule.node for rule in policy.rules)
