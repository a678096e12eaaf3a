"""``kiosk policy``: translate, check, explain, apply, history, rollback, simulate; and what ``doctor`` says."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from kiosk.cli.acting_person import ActingPerson
from kiosk.service.policy.cedar.book import default_text, read
from kiosk.service.shared import policy_in_force
from tests.fakes.admin import AdminDesk, desk

__all__ = ["desk"]

STRICT = default_text().replace("context.records <= 50 && context.labels", "context.records <= 2 && context.labels")
TABLE = '\n[policy.actions."record.view"]\nacr = "phr"\n'


def policy(desk: AdminDesk, *words: str, status: int = 0, typed: str = "", data: bool = True) -> str:
    ended = desk.run("policy", *words, *(("--data", str(desk.data)) if data else ()), typed=typed)
    assert ended == status, desk.out + desk.err
    return desk.out


def write_table(desk: AdminDesk, text: str) -> None:
    with (desk.data / "service.toml").open("a", encoding="utf-8") as file:
        file.write(text)


def doctor(desk: AdminDesk) -> str:
    desk.run("doctor", "--data", str(desk.data))
    lines = desk.out.splitlines()
    at = next(number for number, line in enumerate(lines) if " policy: " in line)
    return "\n".join(lines[at : at + 2])


@pytest.fixture
def strict(tmp_path: Path) -> str:
    path = tmp_path / "strict.cedar"
    path.write_text(STRICT, encoding="utf-8")
    return str(path)


def test_translate_prints_what_the_tables_say(desk: AdminDesk) -> None:
    assert read(policy(desk, "translate")).rule("action-1") is not None
    assert "hospital.cedar" in desk.err
    write_table(desk, TABLE)
    assert 'action == Action::"record.view"' in policy(desk, "translate")
    assert desk.err == ""


def test_tables_that_are_too_large_have_a_sentence(desk: AdminDesk) -> None:
    write_table(desk, "".join(f'[policy.actions."a.b{number}"]\nabove = 3\n' for number in range(400)))
    policy(desk, "translate", status=2)
    assert desk.err.startswith("kiosk: [policy]: what [policy.actions] says is too much for one policy")
    assert "too much for one policy" in doctor(desk)


def test_check_names_each_fault_of_each_file(desk: AdminDesk, tmp_path: Path, strict: str) -> None:
    assert "23 rules, in order. SHA-256 " in policy(desk, "check", strict, data=False)
    wrong = tmp_path / "wrong.cedar"
    wrong.write_text(STRICT + '@id("v1ew")\n@says("X.")\nforbid (principal, action, resource) when { false };')
    said = policy(desk, "check", strict, str(wrong), "-", data=False, status=1, typed="permit (").splitlines()
    assert [line.partition(": ")[2][:24] for line in said[1:]] == [
        "The ids “view” and “v1ew”"[:24],
        "The rule “v1ew” can never match"[:24],
        "This is no Cedar policy: unexpected"[:24],
    ]
    wrong.write_bytes(b"\xff")
    policy(desk, "check", str(wrong), data=False, status=2)
    assert "no text in UTF-8" in desk.err
    policy(desk, "check", str(tmp_path / "none"), data=False, status=2)
    assert "cannot be read: No such file" in desk.err


def test_explain_without_a_service(desk: AdminDesk) -> None:
    ask = ("explain", "--person", "ada", "--action", "record.export")
    said = policy(desk, *ask, "--context", "roles=nurse", "--context", "records=60", data=False)
    assert "They would be asked for “phishing_resistant”." in said
    assert "By the rule export-many: More than 50 records" in said
    assert "records=50: They would be asked for “two_factors”, by export-few" in said
    assert "second_person: permitted, by export-many" in said
    many = policy(desk, *ask, "--context", "roles=nurse", "--context", "records=600", data=False)
    assert "They would be asked for “second_person”." in many and "By the rule export-bulk:" in many
    colleague = policy(desk, *ask, "--context", "as_second=yes", "--context", "records=600", data=False)
    assert "They would be asked for “phishing_resistant”." in colleague
    for wrong, complaint in (
        ("records", "write --context NAME=VALUE"),
        ("records=-1", "whole number from 0"),
        ("hour=24", "from 0 to 23"),
        ("labels=none", "out of psychiatry"),
        ("asks=me", "one of program, page, server, agent"),
        ("as_second=me", "yes or no"),
        ("colour=red", "There is no fact “colour”"),
    ):
        policy(desk, *ask, "--context", wrong, data=False, status=2)
        assert complaint in desk.err


def test_explain_of_a_person_under_the_policy_in_force(desk: AdminDesk, strict: str) -> None:
    desk.admin("person", "add", "ada", "--name", "Ada Lovelace", "--role", "administrator")
    ask = ("explain", "--person", "ada", "--action", "record.export")
    said = policy(desk, *ask)
    assert "ada (administrator) asks for record.export. Policy: none was applied" in said
    assert "It needs “phishing_resistant”, and they have nothing that comes to it." in said
    policy(desk, "apply", strict, "--reason", "Fewer records.")
    assert "Policy: version 1" in policy(desk, *ask)
    assert f"Policy: {strict}" in policy(desk, *ask, "--policy", strict)
    policy(desk, "explain", "--person", "nobody", "--action", "x", status=1)
    assert "nobody with the login “nobody”" in desk.err


def test_explain_shows_the_risk_and_the_signals_that_fired(desk: AdminDesk) -> None:
    desk.admin("person", "add", "ada", "--name", "Ada Lovelace", "--role", "nurse")
    ask = ("explain", "--person", "ada", "--action", "record.export")
    assert "Risk: 0 of 100, as it is remembered; no workstation is looked at. No signal fires." in policy(desk, *ask)
    many = policy(desk, *ask, "--context", "records=101")
    assert "Risk: 30 of 100, as it is remembered" in many
    assert "  export_volume: That is more than you usually take." in many
    assert "  risk=50: " in many
    told = policy(desk, *ask, "--context", "risk=80", "--context", "reasons=too_far", "--context", "records=60")
    assert "Risk: 80 of 100, as you say." in told
    assert "They could not do it, however much they prove." in told
    assert "By the rule risk-no-bulk: Something is very unusual" in told
    for wrong, complaint in (("risk=101", "from 0 to 100"), ("reasons=far", "out of past_unreadable")):
        policy(desk, *ask, "--context", wrong, status=2)
        assert complaint in desk.err
    write_table(desk, "\n[risk]\nsign_in = 0\n")
    policy(desk, *ask, status=2)
    assert "[risk]: “sign_in” must be a whole number from 1 to 100, not 0." in desk.err


def test_apply_history_and_rollback(desk: AdminDesk, strict: str, tmp_path: Path) -> None:
    assert "No policy of your own was applied" in doctor(desk)
    assert "Version 1 is in force." in policy(desk, "apply", strict, "--reason", "Fewer records.")
    assert "Version 1 of your policy is in force, with 23 rules." in doctor(desk)
    policy(desk, "apply", strict, "--reason", "Again.", status=1)
    assert "in force already" in desk.err
    assert "no policy of your own is in force" in policy(desk, "rollback", "--reason", "Too few.")
    policy(desk, "rollback", "--to", "1", "--reason", "After all.")
    lines = [line.split("\t") for line in policy(desk, "history").splitlines()]
    assert [(line[0], line[3][:4], line[4], line[5]) for line in lines] == [
        ("3", read(STRICT).digest[:4], "as 1", "After all."),
        ("2", "none", "as 0", "Too few."),
        ("1", read(STRICT).digest[:4], "-", "Fewer records."),
    ]
    assert policy(desk, "history", "--show", "3") == STRICT
    policy(desk, "history", "--show", "4", status=1)
    assert desk.acts()[-3:] == ["policy.apply", "policy.rollback", "policy.rollback"]


def test_of_tables_and_an_applied_policy_it_is_said_which_counts(desk: AdminDesk, strict: str) -> None:
    write_table(desk, TABLE)
    assert "what [policy] of service.toml says" in doctor(desk)
    policy(desk, "apply", strict, "--reason", "Ours.")
    assert "The policy that was applied counts alone" in desk.err
    assert "the applied policy counts alone" in doctor(desk)


def test_doctor_says_that_a_broken_policy_refuses_step_ups(
    desk: AdminDesk, strict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy(desk, "apply", strict, "--reason", "Ours.")
    monkeypatch.setattr(policy_in_force, "_read", {})  # as in a process of its own
    with sqlite3.connect(desk.data / "kiosk.db") as conn:
        conn.execute("UPDATE policy_text SET text = 'permit (principal, action, resource);'")
    said = doctor(desk)
    assert "is not as the service wrote it" in said
    assert "Step-ups are refused." in said


def test_simulate_with_nothing_in_the_trail(desk: AdminDesk, strict: str) -> None:
    said = policy(desk, "simulate", strict, "--since", "2026-01-01")
    assert "0 decisions made once more." in said
    assert "no trail can tell" in said
    assert desk.acts()[-1] == "policy.simulate"


def acts_as(monkeypatch: pytest.MonkeyPatch, name: str | None) -> None:
    """From now on ``name`` runs the commands, as far as the system vouches for it."""
    who = ActingPerson(name, "not known" if name is None else "sudo")
    monkeypatch.setattr("kiosk.cli.acting_person.acting_person", lambda: who)


def test_two_administrators_put_a_policy_in_force(
    desk: AdminDesk, strict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_table(desk, "\n[policy]\ntwo_administrators = true\n")
    digest = read(STRICT).digest
    acts_as(monkeypatch, None)
    policy(desk, "apply", strict, "--reason", "Fewer records.", status=1)
    assert "which person acts" in desk.err
    acts_as(monkeypatch, "eve")
    assert f"kiosk policy confirm {digest}" in policy(desk, "apply", strict, "--reason", "Fewer records.")
    assert "No policy of your own was applied" in doctor(desk)
    assert policy(desk, "history").split("\t")[:3:2] == ["proposed", "eve"]
    policy(desk, "confirm", digest, status=1)
    assert "Somebody else has to confirm it" in desk.err
    acts_as(monkeypatch, "dan")
    assert f"Version 1 is in force. SHA-256 {digest}" in policy(desk, "confirm", digest)
    assert policy(desk, "history").split("\t")[2] == "eve, dan"
    assert "kiosk policy confirm none" in policy(desk, "rollback", "--reason", "Too few.")
    acts_as(monkeypatch, "eve")
    assert "no policy of your own is in force" in policy(desk, "confirm", "none")
    policy(desk, "rollback", "--to", "1", "--reason", "After all.")
    assert "what eve proposed is not put in force" in policy(desk, "withdraw")
    assert [line.split("\t")[2] for line in policy(desk, "history").splitlines()] == ["dan, eve", "eve, dan"]
    policy(desk, "withdraw", status=1)
    assert "No policy waits" in desk.err


def test_a_proposal_for_another_version_has_a_sentence(
    desk: AdminDesk, strict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = "\n[policy]\ntwo_administrators = true\n"
    write_table(desk, table)
    acts_as(monkeypatch, "eve")
    policy(desk, "apply", strict, "--reason", "Fewer records.")
    settings = desk.data / "service.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace(table, ""), encoding="utf-8")
    policy(desk, "apply", strict, "--reason", "At once.")
    acts_as(monkeypatch, "dan")
    policy(desk, "confirm", read(STRICT).digest, status=1)
    assert "Another version came into force" in desk.err
