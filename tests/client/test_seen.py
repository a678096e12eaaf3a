"""What a workstation remembers of its chain of the audit trail: answers overtake each other, and agents crash."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk.client.seen import EventsSeen
from kiosk.model import signing
from kiosk.model.binding import b64u

LINK = "ab" * 32
SALT = bytes(16)


def head_of(seen: EventsSeen) -> object:
    return seen.claim(b"", SALT)["head"]


def number_of(seen: EventsSeen) -> int:
    return int(str(seen.claim(b"", SALT)["n"]))


def test_the_counter_rises_in_one_run_and_in_the_next() -> None:
    first = EventsSeen()
    one, two = number_of(first), number_of(first)
    assert one < two < number_of(EventsSeen()) <= signing.MAX_COUNTER


def test_the_counter_goes_on_from_the_last_that_the_service_saw() -> None:
    seen = EventsSeen()
    last = number_of(seen) + 10**9
    seen.learn(last, None, str(last))
    assert number_of(seen) == last + 1


def test_the_head_of_the_last_answer_is_named_in_the_next_request_and_after_a_restart(tmp_path: Path) -> None:
    seen = EventsSeen(tmp_path / "seen.json")
    assert head_of(seen) is None
    seen.learn(number_of(seen), f"7:{LINK}", None)
    seen.learn(number_of(seen), f"9:{LINK}", None)
    assert head_of(seen) == [9, LINK]
    seen.close()
    assert (tmp_path / "seen.json").stat().st_mode & 0o777 == 0o600
    assert head_of(EventsSeen(tmp_path / "seen.json")) == [9, LINK]


def test_an_answer_that_was_overtaken_says_nothing_new() -> None:
    seen = EventsSeen()
    early, late = number_of(seen), number_of(seen)
    seen.learn(late, f"9:{LINK}", None)
    seen.learn(early, f"7:{LINK}", None)
    assert head_of(seen) == [9, LINK]


def test_a_restored_service_is_followed_back() -> None:
    seen = EventsSeen()
    seen.learn(number_of(seen), f"9:{LINK}", None)
    seen.learn(number_of(seen), f"3:{LINK}", None)
    assert head_of(seen) == [3, LINK]


@pytest.mark.parametrize(
    "bad", ["", "x", "1", "1:", f":{LINK}", f"-1:{LINK}", f"1:{LINK.upper()}", f"{'9' * 99}:{LINK}"]
)
def test_a_header_of_another_form_is_not_learnt(bad: str) -> None:
    seen = EventsSeen()
    seen.learn(number_of(seen), bad, "x" * 5000)
    assert head_of(seen) is None


@pytest.mark.parametrize("content", ["", "[", "[1]", '[1,"x"]', "{}", "5", '["1","' + LINK, "\x00" * 50])
def test_a_damaged_file_is_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "seen.json").write_text(content)
    assert head_of(EventsSeen(tmp_path / "seen.json")) is None


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    seen = EventsSeen(tmp_path / "not-there" / "seen.json")
    seen.learn(number_of(seen), f"9:{LINK}", None)
    seen.close()
    assert head_of(seen) == [9, LINK]


def test_what_is_kept_of_a_body_names_no_secret_and_no_person() -> None:
    body = {"proof": {"method": "pin", "pin": "246810"}, "presented": {"uid": "04A1", "kind": "uid"}, "tap": 3}
    body["ask"] = {"resource": "Patient/1", "patients": ["Patient/1"], "records": 2, "new": True, "none": None}
    kept = signing.told(json.dumps(body).encode(), SALT).decode()
    for hidden in ("246810", "04A1", "Patient", "true"):
        assert hidden not in kept
    assert json.loads(kept)["body"]["proof"]["method"] == "pin"
    assert json.loads(kept)["body"]["ask"]["records"] == 2
    assert signing.told(json.dumps(body).encode(), bytes([1] * 16)).decode() != kept
    assert b64u(SALT) not in kept
