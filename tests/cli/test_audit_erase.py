"""``kiosk audit erase`` as an administrator types it."""

from __future__ import annotations

import pytest

from tests.fakes.admin import AdminDesk, desk

__all__ = ["desk"]


def erase(desk: AdminDesk, *words: str, typed: str = "") -> int:
    return desk.run("audit", "erase", "--data", str(desk.data), *words, typed=typed)


@pytest.mark.parametrize("rewrite", [(), ("--rewrite",)])
def test_an_erased_patient_is_in_no_file_and_the_act_does_not_name_it(
    desk: AdminDesk, rewrite: tuple[str, ...]
) -> None:
    assert desk.run("audit", "find", "--data", str(desk.data), "--patient", "MRN-Zyxqvut") == 0
    assert erase(desk, "--patient", "-", "--reason", "the patient's right", *rewrite, typed="MRN-Zyxqvut\n") == 0
    assert "Erased from 1 row of the trail (1 opening)." in desk.out
    assert not [path for path in desk.data.rglob("*") if path.is_file() and b"Zyxqvut" in path.read_bytes()]
    *_, question, act = desk.rows()
    assert question["openings"] == []
    assert act["detail"]["act"] == "audit.erase"
    assert act["detail"]["why"] == "the patient's right"
    assert act["detail"]["rows"] == [["service", question["seq"]]]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--patient", "MRN-1", "--reason", "x"), "Nothing was erased."),
        (("--patient", "*", "--reason", "x"), "Nothing was erased."),
        (("--patient", "", "--reason", "x"), "has 1 to 512 characters"),
        (("--patient", "MRN-1", "--reason", ""), "The reason has 1 to 200 characters."),
        (("--patient", "MRN-1", "--reason", "for MRN-1"), "Say it without the name."),
    ],
)
def test_what_cannot_be_erased_is_said_and_nothing_is_written(
    desk: AdminDesk, words: tuple[str, ...], why: str
) -> None:
    assert erase(desk, *words) == 1
    assert why in desk.err
    assert desk.acts() == ["service.init"]
