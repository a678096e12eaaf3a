"""Prometheus metrics: what ``tally`` counted, and how it is at the moment when somebody asks.

No person, badge, login or workstation is named in any of them. The format is ``prometheus-client``'s
(text exposition 0.0.4). Imported only where metrics are served: it takes a third of a second.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from kiosk.service.operations.service_state import Measurements
from kiosk.service.shared.tally import BOUNDS, CountedRow, Tally

STEP_UP = "stepup"
ASKED = "stepup_asked"
TIMED_OUT = "timeout"


def exposition(tally: Tally, now: Measurements) -> bytes:
    """All metrics, as ``text/plain; version=0.0.4``."""
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    registry.register(_Once(itertools.chain(_counted(tally), _present(now))))
    return generate_latest(registry)


class _Once(Collector):
    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _counted(tally: Tally) -> Iterator[Metric]:
    requests = CounterMetricFamily("kiosk_requests", "Requests answered.", labels=("door", "verb", "status"))
    for answer, count in sorted(tally.answers.items()):
        requests.add_metric((answer.door, answer.verb, str(answer.status)), count)
    yield requests
    seconds = HistogramMetricFamily("kiosk_request_seconds", "Until the answer began.", labels=("door",))
    for door, durations in sorted(tally.durations.items()):
        upto = itertools.accumulate(durations.classes)
        names = (*(str(bound) for bound in BOUNDS), "+Inf")
        seconds.add_metric((door,), list(zip(names, upto, strict=True)), durations.total)
    yield seconds
    yield from _acts(tally)
    troubles = CounterMetricFamily("kiosk_store_troubles", "Requests that the database kept from.", labels=("kind",))
    for kind, count in sorted(tally.troubles.items()):
        troubles.add_metric((kind,), count)
    yield troubles


def _acts(tally: Tally) -> Iterator[Metric]:
    rows = CounterMetricFamily(
        "kiosk_trail_rows", "Rows of the trail, by what they tell of.", labels=("action", "result")
    )
    sign_ins = CounterMetricFamily("kiosk_sign_ins", "Sign-ins decided.", labels=("result", "reason"))
    proofs = CounterMetricFamily("kiosk_proofs", "Proofs judged.", labels=("method", "result", "reason"))
    steps = CounterMetricFamily("kiosk_step_ups", "Step-ups: asked, granted, refused, timed_out.", labels=("result",))
    by_action: dict[tuple[str, str], int] = {}
    by_step: dict[str, int] = {}
    for act, count in sorted(tally.acts.items()):
        by_action[act.action, act.result] = by_action.get((act.action, act.result), 0) + count
        if act.action == "sign_in":
            sign_ins.add_metric((act.result, act.reason), count)
        elif act.action == "proof":
            proofs.add_metric((act.method, act.result, act.reason), count)
        if (step := _step(act)) is not None:
            by_step[step] = by_step.get(step, 0) + count
    for (action, result), count in by_action.items():
        rows.add_metric((action, result), count)
    for step, count in by_step.items():
        steps.add_metric((step,), count)
    yield from (rows, sign_ins, proofs, steps)


def _step(act: CountedRow) -> str | None:
    if act.action == ASKED:
        return "asked"
    if act.action != STEP_UP:
        return None
    if act.result == "success":
        return "granted"
    return "timed_out" if act.reason == TIMED_OUT else "refused"


def _present(now: Measurements) -> Iterator[Metric]:
    yield _gauge("kiosk_stations_connected", "Workstations with an open event stream.", now.stations)
    connections = GaugeMetricFamily("kiosk_connections", "Open connections.", labels=("client",))
    connections.add_metric(("proved",), now.proved)
    connections.add_metric(("unproved",), now.unproved)
    yield connections
    for name, what, value in (
        ("kiosk_messages_waiting", "Messages to people that are not sent yet.", now.queue),
        ("kiosk_audit_rows", "Rows of the trail, of every chain.", now.rows),
        ("kiosk_checkpoint_time_seconds", "When the trail was last signed, in Unix time.", now.checkpoint),
    ):
        if value is not None:
            yield _gauge(name, what, value)
    yield _gauge("kiosk_certificate_end_seconds", "When the served certificate ends (Unix time).", now.certificate_ends)
    left = (now.certificate_ends - time.time()) / 86_400
    yield _gauge("kiosk_certificate_days_left", "Days until the served certificate ends.", left)
    yield _gauge("kiosk_storage_low", "1: only sign-ins and locks are recorded.", int(now.storage_low))
    good = GaugeMetricFamily(
        "kiosk_directory_time_seconds", "When a directory was last carried out (Unix time).", labels=("source",)
    )
    trouble = GaugeMetricFamily(
        "kiosk_directory_trouble", "1: a directory's last answer was not carried out.", labels=("source",)
    )
    for directory in now.directories:
        good.add_metric((directory.name,), directory.good)
        trouble.add_metric((directory.name,), int(directory.trouble))
    yield from (good, trouble)
    ready = GaugeMetricFamily("kiosk_ready", "1: this is as it should be.", labels=("what",))
    for look in now.looks:
        ready.add_metric((look.name,), int(look.ok))
    yield ready


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value=value)
