"""What is counted: requests by their door, and rows of the trail once they are committed."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kiosk.service.operations.metrics import exposition
from kiosk.service.operations.service_state import Measurements
from kiosk.service.shared.tally import CountedAnswer, CountedRow, Durations, Tally
from tests.fakes.service import Hospital

ADA = "04A1B2C3"
QUIET = Measurements(3, 2, 1, 0, 7, 1_800_000_000, 1_900_000_000, False, True, ())


def samples(tally: Tally, now: Measurements = QUIET) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Read back by Prometheus's own parser."""
    families = text_string_to_metric_families(exposition(tally, now).decode())
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}


async def test_sign_ins_and_wrong_proofs_are_counted_by_result_and_method(service: Hospital) -> None:
    await service.badge(await service.person("ada"), ADA)
    station = await service.station()
    view = await station.tap(ADA)
    await station.pin(view.body["id"], "000000")
    await station.pin(view.body["id"], "123456")
    await station.tap("04FFFFFF")
    acts = service.service.tally.acts
    assert acts[CountedRow("sign_in", "success", "pin", "")] == 1
    assert acts[CountedRow("proof", "refused", "pin", "wrong_pin")] == 1
    assert acts[CountedRow("tap", "refused", "", "unknown_badge")] == 1
    found = samples(service.service.tally)
    assert found["kiosk_sign_ins_total", (("reason", ""), ("result", "success"))] == 1
    assert found["kiosk_proofs_total", (("method", "pin"), ("reason", "wrong_pin"), ("result", "refused"))] == 1


async def test_a_row_that_was_taken_back_is_not_counted(service: Hospital) -> None:
    station = await service.station()
    before = dict(service.service.tally.acts)
    answer = await station.post("/v1/ceremonies/none/cancel", {"reason": "timeout"})
    assert answer.status == 404
    assert dict(service.service.tally.acts) == before


async def test_requests_are_counted_by_the_program_s_own_paths(service: Hospital) -> None:
    await service.badge(await service.person("ada"), ADA)
    station = await service.station()
    await station.open(ADA)
    await station.http.get("/v1/anything/04A1B2C3?login=ada")
    answers = service.service.tally.answers
    assert answers[CountedAnswer("/v1/ceremonies/{ceremony}/proof", "POST", 200)] == 1
    assert answers[CountedAnswer("none", "GET", 404)] == 1
    assert not [answer for answer in answers if "ada" in answer.door or "04A1" in answer.door], (
        "nobody's own word is a label"
    )


@pytest.mark.parametrize(
    ("seconds", "classes"),
    [(0.0, [1, 0]), (0.005, [1, 0]), (0.006, [0, 1])],
)
def test_a_duration_belongs_to_the_first_class_that_holds_it(seconds: float, classes: list[int]) -> None:
    durations = Durations()
    durations.add(seconds)
    assert durations.classes[:2] == classes


def test_what_is_longer_than_every_class_counts_as_infinite() -> None:
    tally = Tally()
    tally.answered(CountedAnswer("/v1/events", "GET", 200), 60.0)
    found = samples(tally)
    assert found["kiosk_request_seconds_bucket", (("door", "/v1/events"), ("le", "5.0"))] == 0
    assert found["kiosk_request_seconds_bucket", (("door", "/v1/events"), ("le", "+Inf"))] == 1
    assert found["kiosk_request_seconds_sum", (("door", "/v1/events"),)] == 60


@pytest.mark.parametrize(
    ("act", "step"),
    [
        (CountedRow("stepup_asked", "seen", "", ""), "asked"),
        (CountedRow("stepup", "success", "fido2", ""), "granted"),
        (CountedRow("stepup", "refused", "", "refused_by_person"), "refused"),
        (CountedRow("stepup", "refused", "", "timeout"), "timed_out"),
    ],
)
def test_step_ups_are_counted_by_how_they_end(act: CountedRow, step: str) -> None:
    assert samples(Tally(acts={act: 4}))["kiosk_step_ups_total", (("result", step),)] == 4  # type: ignore[arg-type]


def test_how_it_is_now_is_said_and_what_the_database_does_not_say_is_left_out() -> None:
    found = samples(Tally())
    assert found["kiosk_stations_connected", ()] == 3
    assert found["kiosk_connections", (("client", "unproved"),)] == 1
    assert found["kiosk_audit_rows", ()] == 7
    away = samples(Tally(), Measurements(3, 2, 1, None, None, None, 1_900_000_000, True, False, ()))
    assert ("kiosk_audit_rows", ()) not in away
    assert away["kiosk_storage_low", ()] == 1
