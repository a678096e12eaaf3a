"""``kiosk admin emergency-codes``: printed, listed, replaced, ended; the paper alone has the codes."""

from __future__ import annotations

import re

import pytest

from tests.fakes.admin import AdminDesk, desk

__all__ = ["desk"]
CODE = re.compile(r"No\. +(\d+)   ((?:[0-9A-Z]{4}-){3}[0-9A-Z]{4})")


@pytest.fixture
def resus(desk: AdminDesk) -> AdminDesk:
    desk.admin("workstation", "add", "resus-1", "--place", "Resuscitation")
    return desk


def test_they_are_printed_once_and_listed_without_what_they_are(resus: AdminDesk) -> None:
    paper = resus.admin("emergency-codes", "print", "resus-1", "--count", "2")
    found = CODE.findall(paper)
    assert [number for number, _ in found] == ["1", "2"]
    assert "resus-1, Resuscitation" in paper
    listed = resus.admin("emergency-codes", "list")
    assert listed.count("sealed") == 2
    assert not [code for _, code in found if code in listed or code.replace("-", "") in listed]
    told = str(resus.rows())
    assert not [code for _, code in found if code in told or code.replace("-", "") in told]


def test_new_ones_replace_those_that_are_left_unless_they_are_kept(resus: AdminDesk) -> None:
    resus.admin("emergency-codes", "print", "resus-1", "--count", "2")
    resus.admin("emergency-codes", "print", "resus-1", "--count", "1", "--keep")
    assert resus.admin("emergency-codes", "list", "resus-1").count("sealed") == 3
    assert CODE.findall(resus.admin("emergency-codes", "print", "resus-1"))[0][0] == "4"
    listed = resus.admin("emergency-codes", "list", "resus-1")
    assert (listed.count("sealed"), listed.count("ended")) == (5, 3)
    assert "8" in resus.admin("emergency-codes", "end", "resus-1")
    acts = [row["detail"]["act"] for row in resus.rows() if "emergency_codes" in row["detail"].get("act", "")]
    assert acts == [*["emergency_codes.print"] * 3, "emergency_codes.end"]


@pytest.mark.parametrize("bad", [("print", "nowhere"), ("end", "resus-1"), ("list", "nowhere")])
def test_what_cannot_be_done_is_refused(resus: AdminDesk, bad: tuple[str, str]) -> None:
    resus.admin("emergency-codes", *bad, status=1)
