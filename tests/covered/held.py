"""The rooms on which the rest stands: they are held at every line and every branch, and tried by mutants."""

from __future__ import annotations

from dataclasses import dataclass

AUDIT = (
    *("checkpoint", "clocks", "coverage", "exported", "finding", "lines", "odd_values", "openings", "partial"),
    *("reading", "requests", "scope", "signatures", "spent_tokens", "stations", "verify", "walk"),
)
"""What a trail, or an export of it, is verified with."""


@dataclass(frozen=True, slots=True)
class Room:
    """``modules``: packages or modules, by their import names. ``tests``: files or folders that are their tests.

    ``left_out``: of these, what only repeats at length what the others reach (long and random walks, real parts).
    """

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    left_out: tuple[str, ...] = ()


ROOMS: dict[str, Room] = {
    "session": Room(
        ("kiosk.session",),
        ("tests/session",),
        ("tests/session/test_every_pair.py", "tests/session/test_properties.py"),
    ),
    "policy": Room(
        ("kiosk.service.policy",),
        (
            *("tests/service/policy", "tests/service/ceremonies/test_resource_words.py"),
            "tests/service/enrolment/test_rules.py",
            "tests/service/enrolment/test_written_rules.py",
        ),
    ),
    "model": Room(
        ("kiosk.model", "kiosk.agent.binding_check", "kiosk.stage.protocol"),
        (
            *("tests/model", "tests/agent/test_binding_check.py", "tests/agent/test_binding_of_enrolments.py"),
            "tests/stage/test_protocol.py",
        ),
    ),
    "verification": Room(("kiosk.verification",), ("tests/verification",)),
    "downtime": Room(
        ("kiosk.downtime",),
        (
            *("tests/downtime", "tests/attacks/test_downtime_journal.py", "tests/attacks/test_downtime_tickets.py"),
            *("tests/attacks/test_easier_while_the_service_is_away.py", "tests/attacks/test_journals_held_up.py"),
        ),
    ),
    "credential": Room(("kiosk.credential",), ("tests/credential",), ("tests/credential/test_over_pcscd.py",)),
    "audit": Room(
        tuple(f"kiosk.service.audit.{name}" for name in AUDIT),
        (
            *("tests/service/audit", "tests/service/backup"),
            *("tests/attacks/test_chain_taken_out_of_checkpoints.py", "tests/attacks/test_rows_that_hide_something.py"),
            *("tests/attacks/test_exports_that_say_otherwise.py", "tests/attacks/test_forged_rows_of_a_station.py"),
            "tests/attacks/test_forged_requests_of_a_station.py",
            *(
                "tests/attacks/test_forged_rows_signed_by_a_checkpoint.py",
                "tests/attacks/test_whole_person_put_back.py",
            ),
            "tests/attacks/test_the_service_signs_only_what_it_read.py",
            *("tests/attacks/test_trail_checked_by_a_third_party.py", "tests/attacks/test_used_codes_made_unused.py"),
        ),
    ),
}
