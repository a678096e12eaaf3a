"""In which order test files begin, so that no processor is idle while another has much left.

Some files wait: for a card, a screen, a second that must pass. Others compute. Were the waiting ones begun all
together, the processors would have nothing to do; were a long one begun last, all others would wait for it. So both
kinds are begun side by side, each with its longest first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

WAITING = {
    "stage/test_faults_of_a_station.py": 75,
    "attacks/test_lock_out_as_a_weapon.py": 60,
    "attacks/test_screens_that_go_by_themselves.py": 60,
    "attacks/test_program_takes_its_prompt_back.py": 50,
    "attacks/test_another_request_under_typing_fingers.py": 45,
    "attacks/test_restored_service.py": 30,
    "attacks/test_copied_badge_elsewhere.py": 25,
    "stage/test_faults.py": 25,
    "attacks/test_secrets_spoken.py": 25,
    "demo/test_ending.py": 25,
    "stage/nested/test_failing.py": 25,
    "attacks/test_wedge_digits_in_fields.py": 22,
    "service/test_process.py": 20,
    "stage/test_limits.py": 20,
    "attacks/test_retired_ca.py": 15,
    "agent/test_whole_agent.py": 15,
    "service/platform/test_key_rotation.py": 15,
    "attacks/test_slow_bodies_and_readers.py": 15,
    "attacks/test_rows_fill_the_disk.py": 15,
}
COMPUTING = {
    "test_collection.py": 35,
    "session/test_every_pair.py": 35,
    "service/enrolment/test_property.py": 30,
    "ui/test_layout.py": 30,
    "service/test_under_fire.py": 30,
    "attacks/test_archive_that_hides_rows.py": 20,
    "service/helpdesk/test_reviews.py": 15,
    "service/audit/test_archive.py": 12,
    "attacks/test_approval_on_a_phone.py": 10,
    "service/admin/test_policy_proposals.py": 10,
    "service/enrolment/test_one_after_another.py": 10,
    "attacks/test_kerberos_certificates.py": 10,
    "ui/test_consent.py": 20,
    "ui/test_enrolment.py": 20,
    "ui/test_every_pair_of_pages.py": 20,
    "ui/test_ways.py": 15,
    "ui/test_another_language.py": 15,
    "ui/test_accessible.py": 15,
    "test_settings.py": 15,
    "test_glossary.py": 10,
}
"""Seconds that a file takes on a machine with little else to do, for the longest of each kind."""
EACH_WAITING, EACH_COMPUTING = 1.0, 0.08
"""Seconds a test of any other file."""


def ordered(items: Sequence[pytest.Item], root: Path) -> list[pytest.Item]:
    """``items`` as they are to begin, those of a file together. ``root``: the folder that the tables' names are in.

    It depends on the tests' names and fixtures alone, so it is the same in every process.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    waiting = [path for path, held in files.items() if _waits(path, held, root)]
    computing = [path for path in files if path not in set(waiting)]

    def seconds(path: Path) -> float:
        name, count = path.relative_to(root).as_posix(), len(files[path])
        known = WAITING.get(name, COMPUTING.get(name))
        return known if known is not None else count * (EACH_WAITING if path in waiting else EACH_COMPUTING)

    both = side_by_side(_longest_first(waiting, seconds), _longest_first(computing, seconds), seconds)
    return [item for path in both for item in files[path]]


def _waits(path: Path, held: Iterable[pytest.Item], root: Path) -> bool:
    """Whether it is known to wait, or is at the card service, or starts processes that a person's hands work on."""
    if path.is_relative_to(root) and path.relative_to(root).as_posix() in WAITING:
        return True
    return any("one_card_service" in getattr(item, "fixturenames", ()) for item in held)


def _longest_first(paths: list[Path], seconds: Callable[[Path], float]) -> list[Path]:
    return sorted(paths, key=lambda path: -seconds(path))


def side_by_side(some: list[Path], others: list[Path], seconds: Callable[[Path], float]) -> list[Path]:
    """Both lists in their order, drawn so that as much of one as of the other is begun at any time, by its seconds."""
    whole = [sum(map(seconds, paths)) or 1.0 for paths in (some, others)]
    drawn, begun, left = [], [0.0, 0.0], (list(reversed(some)), list(reversed(others)))
    while left[0] or left[1]:
        which = 0 if left[0] and (not left[1] or begun[0] / whole[0] <= begun[1] / whole[1]) else 1
        drawn.append(left[which].pop())
        begun[which] += seconds(drawn[-1])
    return drawn
