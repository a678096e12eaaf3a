"""``kiosk policy explain``: what would be asked of somebody, by which rules, and what would change it."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.admin_leaf import Things
from kiosk.cli.command_error import CommandError

if TYPE_CHECKING:
    from kiosk.service.policy import Asking, Explanation, PolicyBook, PolicyVerdict, Rung
    from kiosk.service.policy.cedar.facts import Asks

DESCRIPTION = (
    "Say what a step-up would ask of somebody who has proved nothing yet, by which rules, and which one change would "
    "bring another answer. With --data: of a person as they are, with their roles and what they can prove now, under "
    "the policy in force. Without: of anybody with the roles of --context roles=…, who could prove everything."
)
FACTS = (
    "records, patients, sensitivity, labels, purpose, asks, registered, known, audience, resource, place, hour, roles, "
    "risk, reasons, as_second, batch, zone"
)
ASKS: dict[str, Asks] = {
    "program": "program",
    "page": "page",
    "server": "server",
    "agent": "agent",
    "person": "person",
}
WORDS = {"yes": True, "true": True, "no": False, "false": False}
ASKED = {
    "proof_needed": "They would be asked for “{rung}”",
    "enrolment_needed": "It needs “{rung}”, and they have nothing that comes to it",
    "cannot": "They could not do it, however much they prove",
    "satisfied": "Nothing more would be asked",
}


@dataclass(frozen=True, slots=True)
class AskedAbout:
    """The case: the policy, where it comes from, who asks for what, and the steps that they can come to."""

    book: PolicyBook
    whose: str
    asking: Asking
    reach: frozenset[Rung]
    weighed: bool = False
    """Whether ``asking`` has the risk that is remembered of them, not one that the command says."""


def configure(acts: Things) -> None:
    """Its words."""
    text = "say what would be asked of somebody, by which rules, and what would change it"
    explain = acts.add_parser("explain", help=text, description=DESCRIPTION)
    explain.add_argument("--person", required=True, metavar="LOGIN", help="who asks")
    explain.add_argument("--action", required=True, metavar="ACTION", help="such as record.export")
    explain.add_argument(
        "--context",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"a fact of the wish; may be given several times. One of {FACTS}",
    )
    explain.add_argument("--data", type=Path, metavar="DIR", help="the service's data folder")
    explain.add_argument("--policy", type=Path, metavar="FILE", help="under this text, not the one in force")
    explain.set_defaults(do=_explain)


def _explain(args: argparse.Namespace) -> int:
    from kiosk.service.policy import explain, speaks_of

    case = _with_data(args) if args.data is not None else _without_data(args)
    if case.asking.family != "step_up" and not speaks_of(case.book, case.asking.family):
        print(f"The policy says nothing about {case.asking.action}, so service.toml alone decides. {case.whose}.")
        return 0
    _print(case, explain(case.book, case.asking, case.reach))
    return 0


def _own(asking: Asking) -> Asking:
    """``asking`` as an act of the service's own, where its action is one."""
    from kiosk.service.policy.cedar.facts import FAMILY_OF

    family = FAMILY_OF.get(asking.action)
    return asking if family is None else replace(asking, family=family, asks="person", sensitivity=0, labels=())


def _without_data(args: argparse.Namespace) -> AskedAbout:
    from kiosk.service.policy import Asking, PolicyRules, book_of, whole

    book = _of_file(args.policy) or book_of(PolicyRules())
    whose = str(args.policy or "hospital.cedar, which comes along")
    hour = time.gmtime().tm_hour
    asking = Asking(args.person, args.person, (), args.action, "https://app.example", "", sensitivity=1, hour=hour)
    return AskedAbout(book, whose, _told(_own(asking), args.context), whole())


def _with_data(args: argparse.Namespace) -> AskedAbout:
    from kiosk.cli.service_door import desk
    from kiosk.service.admin import policy_cases
    from kiosk.service.policy import book_of, rules_from
    from kiosk.service.shared import policy_in_force, risk_cases
    from kiosk.service.shared.risk_rules import risk_rules_from

    with desk(args) as opened:
        rules = rules_from(opened.folder.settings.policy_table())
        book = _of_file(args.policy) or opened.db.read_now(policy_in_force.in_force, book_of(rules))
        asking, reach = opened.db.read_now(policy_cases.case_of, rules, opened.admin.now, args.person, args.action)
        risk_rules = risk_rules_from(opened.folder.settings.risk)
        asking = _told(_own(asking), args.context)
        given = any(word.partition("=")[0] in ("risk", "reasons") for word in args.context)
        if not given:
            risk = opened.db.read_now(risk_cases.risk_of, risk_rules, opened.admin.now, asking)
            asking = replace(asking, risk=risk.score, own_risk=risk.own, reasons=risk.reasons)
    whose = str(args.policy) if args.policy else f"version {book.version}" if book.version else "none was applied"
    return AskedAbout(book, whose, asking, reach, weighed=not given)


def _of_file(path: Path | None) -> PolicyBook | None:
    from kiosk.cli.policy_words import text_of
    from kiosk.service.policy import PolicyTextError, read

    if path is None:
        return None
    try:
        return read(text_of(path))
    except PolicyTextError as error:
        raise CommandError(f"{path}: {error}", 1) from None


def _told(asking: Asking, words: list[str]) -> Asking:
    """``asking`` with what the command says of it. Raises ``CommandError``."""
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise CommandError(f"“{word}”: write --context NAME=VALUE, such as records=51.")
        asking = _with(asking, name, value)
    return asking


def _with(asking: Asking, name: str, value: str) -> Asking:
    from kiosk.service.policy import LABELS, LEVELS
    from kiosk.service.risk import SIGNALS

    many = tuple(part for part in value.split(",") if part)
    match name:
        case "records":
            return replace(asking, records=_number(name, value))
        case "patients":
            number = _number(name, value)
            return replace(asking, patients=number, records=max(asking.records, number))
        case "hour":
            return replace(asking, hour=_number(name, value, 23))
        case "risk":
            return replace(asking, risk=_number(name, value, 100))
        case "reasons" if set(many) <= set(SIGNALS):
            return replace(asking, reasons=many)
        case "sensitivity" if value in LEVELS:
            return replace(asking, sensitivity=LEVELS.index(value))
        case "labels" if set(many) <= set(LABELS):
            return replace(asking, labels=many)
        case "registered" if value in WORDS:
            return replace(asking, registered=WORDS[value])
        case "known" if value in WORDS:
            return replace(asking, known_audience=WORDS[value])
        case "asks" if value in ASKS:
            return replace(asking, asks=ASKS[value])
        case "as_second" if value in WORDS:
            return replace(asking, as_second=WORDS[value])
        case "batch":
            return replace(asking, batch=_number(name, value))
        case "purpose":
            return replace(asking, purpose=value)
        case "audience":
            return replace(asking, audience=value)
        case "place":
            return replace(asking, place=value)
        case "zone":
            return replace(asking, zone=value)
        case "resource":
            return replace(asking, record_type=value.partition("/")[0])
        case "roles":
            return replace(asking, roles=many)
    raise _no_fact(name, value)


def _number(name: str, value: str, most: int = 10**9) -> int:
    if not (value.isascii() and value.isdigit() and int(value[:12]) <= most):
        raise CommandError(f"“{name}” is a whole number from 0 to {most}, not “{value}”.")
    return int(value[:12])


def _no_fact(name: str, value: str) -> CommandError:
    from kiosk.service.policy import LABELS, LEVELS
    from kiosk.service.risk import SIGNALS

    allowed = {
        "reasons": f"out of {', '.join(SIGNALS)}",
        "sensitivity": f"one of {', '.join(LEVELS)}",
        "labels": f"out of {', '.join(LABELS)}",
        "registered": "yes or no",
        "known": "yes or no",
        "asks": "one of program, page, server, agent, person",
        "as_second": "yes or no",
    }
    if name in allowed:
        return CommandError(f"“{name}” is {allowed[name]}, not “{value}”.")
    return CommandError(f"There is no fact “{name}”. Known are {FACTS}.")


def _print(case: AskedAbout, found: Explanation) -> None:
    from kiosk.service.policy import outcome

    asking = case.asking
    roles = ", ".join(asking.roles) or "no role"
    print(f"{asking.login} ({roles}) asks for {asking.action}. Policy: {case.whose}, SHA-256 {case.book.digest[:16]}.")
    _risk(case)
    print(f"{_said(*outcome(found.climbed))}.")
    _by(case.book, found.climbed.verdict)
    print("Step by step:")
    for step in found.steps:
        word = "permitted" if step.verdict.permitted else "not permitted"
        cannot = "" if step.reached else "; they cannot come to it"
        print(f"  {step.rung}: {word}, by {', '.join(step.verdict.by) or 'no rule'}{cannot}")
    print("With one thing otherwise:" if found.others else "No one change that was tried brings another answer.")
    for other in found.others:
        by = ", ".join(other.climbed.verdict.by) or "no rule"
        print(f"  {other.what}: {_said(*outcome(other.climbed))}, by {by}")


def _risk(case: AskedAbout) -> None:
    from kiosk.service.risk.words import ENGLISH

    asking = case.asking
    if not (case.weighed or asking.risk or asking.reasons):
        return
    whose = "as it is remembered; no workstation is looked at" if case.weighed else "as you say"
    print(f"Risk: {asking.risk} of 100, {whose}.{'' if asking.reasons else ' No signal fires.'}")
    for reason in asking.reasons:
        print(f"  {reason}: {ENGLISH[reason]}")


def _said(answer: str, rung: str) -> str:
    return ASKED[answer].format(rung=rung)


def _by(book: PolicyBook, verdict: PolicyVerdict) -> None:
    for name in verdict.by:
        rule = book.rule(name)
        says = dict(rule.says).get("", "") if rule is not None else ""
        print(f"By the rule {name}: {says}")
    if not verdict.by:
        print("No rule permits it.")
    for error in verdict.errors:
        print(f"Because something went wrong: {error}")
