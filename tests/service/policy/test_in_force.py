"""Which policy holds where none was applied, and what happens where it cannot be read."""

from __future__ import annotations

import errno

import pytest

from kiosk.service.policy import Asking, applied, book_of, in_force, rules_from
from kiosk.service.policy.cedar.book import default_text
from kiosk.service.policy.cedar.engine import Inquiry
from kiosk.service.policy.cedar.facts import ProofState
from kiosk.service.policy.cedar.ladder import Rung, proving_at
from kiosk.settings import SettingsError

ASKING = Asking("1", "ada", ("nurse",), "record.view", "https://a.example", "Ward")


def test_tables_that_are_too_large_are_refused_with_a_sentence() -> None:
    many: dict[str, object] = {"actions": {f"a.b{number}": {"above": 3} for number in range(400)}}
    with pytest.raises(SettingsError, match=r"is too much for one policy, with 40\d actions\. .*at most 256 KiB.*"):
        book_of(rules_from(many))
    roles = [f"r{number}" for number in range(300)]
    with pytest.raises(SettingsError, match="too much"):
        book_of(rules_from({"actions": {"a.b": {"roles": roles}}}))


@pytest.mark.parametrize("text", ["", "permit (principal"])
def test_a_policy_that_cannot_be_read_refuses_everything_and_says_so(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_force, "text_of", lambda rules: text)
    for book in (book_of(rules_from({})), applied(text, 7)):
        assert book.trouble.endswith(".")
        verdict = Inquiry(book, ASKING).verdict(proving_at(Rung.HARDWARE_SECOND_PERSON, ProofState()))
        assert (verdict.permitted, verdict.by, verdict.errors) == (False, ("policy-unusable",), (book.trouble,))
    assert applied(text, 7).version == 7


def test_one_that_can_be_read_has_its_version() -> None:
    book = applied(default_text(), 3)
    assert (book.version, book.trouble, book.digest) == (3, "", book_of(rules_from({})).digest)


def test_where_the_programs_own_policy_is_not_there_everything_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_rules: object) -> str:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    monkeypatch.setattr(in_force, "text_of", gone)
    held = book_of(rules_from({}))
    assert held.trouble == "The policy that comes with the program cannot be read: No such file or directory."
    assert not Inquiry(held, ASKING).verdict(proving_at(Rung.HARDWARE_SECOND_PERSON, ProofState())).permitted


def test_settings_that_say_something_of_step_ups_are_told_apart() -> None:
    assert not in_force.of_tables(rules_from({}))
    assert in_force.of_tables(rules_from({"actions": {"chart.sign": {"above": 3}}}))
