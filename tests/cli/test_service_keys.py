"""``kiosk service keys`` from the command line."""

from __future__ import annotations

import pytest

from tests.fakes.admin import AdminDesk, desk

__all__ = ["desk"]


def keys(desk: AdminDesk, *words: str, status: int = 0) -> str:
    assert desk.run("service", "keys", *words, "--data", str(desk.data)) == status, desk.err
    return desk.out if status == 0 else desk.err


def lines(desk: AdminDesk, kind: str) -> list[list[str]]:
    return [line.split() for line in keys(desk, "list").splitlines() if line.startswith(kind)]


@pytest.mark.parametrize("kind", ["row", "pin"])
def test_a_key_is_exchanged_and_retired(desk: AdminDesk, kind: str) -> None:
    desk.admin("person", "add", "ada", "--name", "Ada", "--role", "nurse")
    desk.admin("pin", "set", "ada", typed="739154\n")
    [[_, number, state, rows, _]] = lines(desk, kind)
    assert (number, state, int(rows) > 0) == ("1", "current", True)
    assert f"{kind}-2.next is ready." in keys(desk, "prepare", kind)
    assert f"Made {kind}-2.key. Back it up now." in keys(desk, "rotate", kind)
    new, old = lines(desk, kind)
    assert (new[1:3], old[1:]) == (["2", "current"], ["1", "older", "0", "rows"])
    assert f"Removed {kind}-1.key" in keys(desk, "retire", kind)
    assert f"There is no older {kind} key." in keys(desk, "retire", kind)
    assert "Every row is as the service wrote it" in desk.admin("integrity", "check")
    assert desk.acts()[-4:] == ["keys.prepare", "keys.rotate", "keys.renew", "keys.retire"]


def test_other_kinds_are_listed_and_not_exchanged(desk: AdminDesk) -> None:
    assert lines(desk, "token") == [["token", "1", "current"]]
    with pytest.raises(SystemExit):
        desk.run("service", "keys", "rotate", "nonce", "--data", str(desk.data))
