"""What the policy costs: the search for the least step under 200 rules, and a month decided once more.

A decision is measured as a step-up makes it, once calm and once at high risk, by the clock and by the processor's time.
The month is what the trail of a hospital keeps: wishes of 500 people for five actions at every hour, some of them at
risk, under the policy in force with one rule more.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from kiosk.model.binding import Json
from kiosk.model.proof import ACR_PIN
from kiosk.service.audit.event import Event
from kiosk.service.audit.writer import append_all
from kiosk.service.policy import (
    Asking,
    AvailableAuthenticators,
    PolicyBook,
    Satisfied,
    SignInCase,
    add_up,
    sign_in_under,
    step_up,
)
from kiosk.service.policy.cedar import book
from kiosk.service.records.replayed_policy import replay
from kiosk.service.shared import policy_asked
from kiosk.service.store.database import Database, sqlite_url
from tests.benchmarks.table import Row, at_least, at_most, p95
from tests.fakes.postgres import cluster
from tests.fakes.stores import guard

TRIES = 300
RULES = 200
MAX_DECISION_MS, MAX_CPU_MS = 3.0, 2.0
MIN_REPLAYED = 2000.0
"""Decisions a second."""
DECISIONS, KINDS, PERSONS, STATIONS = 20_000, 2_000, 500, 50
"""Rows, and how many wishes among them are drawn apart."""
START = 1_790_000_000
HAS = AvailableAuthenticators(pin=True, otp=True, fido2_names=("key",), fido2_hardware=True)
NURSE = Asking("1", "ada", ("nurse",), "record.export", "https://export.example", "Ward", records=60)
ACTIONS = ("record.view", "record.export", "bulk.print", "prescription.sign", "chart.open")
ROLES = (("nurse",), ("physician",), ("nurse", "charge-nurse"), ("researcher",), ("administrator",))
OWN = '@id("own-{number}")\n@says("Own.")\nforbid (principal in Role::"role{number}", action in Action::"step_up", \
resource)\nwhen {{ context.records > {number} && context.risk >= 50 }};\n'
NEW = '@id("night")\n@says("At night this needs a key.")\nforbid (principal, action in Action::"step_up", resource)\n\
when { context.hour < 6 }\nunless { context.proof.phishing_resistant };\n'


def measure(work: Path) -> Iterator[Row]:
    own = [OWN.format(number=number) for number in range(RULES - len(book.read(book.default_text()).rules))]
    many = book.read("\n".join([book.default_text(), *own]))
    for what, risk, reasons in (("a calm step-up", 0, ()), ("a step-up at high risk", 60, ("too_far",))):
        took, busy = _decided(many, risk, reasons)
        name = f"decide {what} under {RULES} rules"
        yield at_most(f"{name}, p95", p95(took), "ms", MAX_DECISION_MS)
        yield at_most(f"{name}, processor, mean", busy, "ms", MAX_CPU_MS)
    yield at_most(
        f"decide a sign-in within grace under {RULES} rules, p95", p95(_signed_in(many)), "ms", MAX_DECISION_MS
    )
    theirs = book.read(book.default_text() + NEW)
    yield _replayed("SQLite", sqlite_url(work / "trail.db"), theirs)
    with cluster(durable=True) as postgres:
        yield _replayed("PostgreSQL", postgres.fresh(), theirs)


def _decided(policy: PolicyBook, risk: int, reasons: tuple[str, ...]) -> tuple[list[float], float]:
    """Milliseconds of each decision, and of the processor's time on average."""
    took, began = [], time.thread_time()
    for number in range(TRIES):
        wish = replace(NURSE, records=40 + number % 40, risk=risk, reasons=reasons)
        begun = time.perf_counter()
        step_up(policy, wish, lambda: HAS, (), 0)
        took.append((time.perf_counter() - begun) * 1000)
    return took, (time.thread_time() - began) * 1000 / TRIES


def _signed_in(policy: PolicyBook) -> list[float]:
    """Milliseconds that the policy adds to each sign-in."""
    took = []
    tapped = Satisfied(add_up((), 0), second_factor=False)
    for number in range(TRIES):
        wish = replace(NURSE, family="sign_in", action="session.open", asks="person", records=0, hour=number % 24)
        begun = time.perf_counter()
        found = sign_in_under(policy, SignInCase(wish, ACR_PIN, number), tapped, lambda: HAS, (), 0)
        took.append((time.perf_counter() - begun) * 1000)
        if not isinstance(found, Satisfied):
            raise RuntimeError("a sign-in within grace was not permitted")
    return took


def _replayed(kind: str, url: str, policy: PolicyBook) -> Row:
    database = Database(url, guard())
    database.migrate_now()
    events = list(_month())
    database.write_now(append_all, "s0", events)
    database.scrub_now(("audit_row", "evidence", "opening"))
    begun = time.perf_counter()
    made = database.read_now(replay, policy, START, START + DECISIONS)
    took = time.perf_counter() - begun
    database.close_now()
    if made.replayed != DECISIONS or not made.changed:
        raise RuntimeError(f"{made.replayed} of {DECISIONS} were decided once more, {made.bare} keep no facts")
    return at_least(f"simulate a policy over {DECISIONS} decisions, {kind}", DECISIONS / took, "1/s", MIN_REPLAYED)


def _month() -> Iterator[Event]:
    """As ``ceremonies/stepup`` writes them, decided by the policy that comes along."""
    drawn, usual = random.Random(14), book.read(book.default_text())
    told = [_told(_wish(drawn), usual) for _ in range(KINDS)]
    for number in range(DECISIONS):
        person = f"p{drawn.randrange(PERSONS)}"
        at, detail = START + number, told[drawn.randrange(KINDS)]
        yield Event("stepup_asked", "seen", at, person=person, login=person, workstation="s0", detail=detail)


def _wish(drawn: random.Random) -> Asking:
    export = drawn.random() < 0.3
    risk = drawn.choice((20, 40, 60)) if drawn.random() < 0.1 else 0
    return replace(
        NURSE,
        roles=drawn.choice(ROLES),
        action="record.export" if export else drawn.choice(ACTIONS),
        records=drawn.randint(1, 120) if export else drawn.randint(0, 3),
        labels=("vip",) if drawn.random() < 0.05 else (),
        place=f"Ward {drawn.randint(1, 20)}",
        station=f"s{drawn.randrange(STATIONS)}",
        hour=drawn.randrange(24),
        risk=risk,
        reasons=("unusual_hour",) if risk else (),
    )


def _told(asking: Asking, policy: PolicyBook) -> dict[str, Json]:
    decision = step_up(policy, asking, lambda: HAS, (), 0)
    return {"action": asking.action, "records": asking.records, **policy_asked.told_of(decision.ground)}
