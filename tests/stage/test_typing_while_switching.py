"""Somebody types without a pause while the display changes hands: no key reaches a workspace that is not seen.

Keys are real to the X server (XTEST), some hundreds a second; what arrived is told by the programs inside. The letter
says when it was pressed: while Ada was seen, while Ben was, while nobody was, or while a switch was under way.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import pytest
from Xlib import XK

from tests.fakes.painter import COLOURS
from tests.fakes.process_table import until
from tests.fakes.staging import LOCKED, Staging
from tests.fakes.visible_display import Glass, two_monitors

pytestmark = pytest.mark.display
LETTERS = {"ada": "abcd", "ben": "efgh", "nobody": "ijkl", "under way": "mnop"}
LAST = "z"
ROUNDS = 30


class Typist:
    """Types on a connection of their own from entering to leaving. ``typed``: how many letters of each kind."""

    def __init__(self, name: str) -> None:
        self._glass = Glass(name)
        self._turn = threading.Lock()
        self._over = threading.Event()
        self._now = "under way"
        self._thread = threading.Thread(target=self._type, name="typist")
        self.typed = dict.fromkeys(LETTERS, 0)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        self._glass.close()

    def now(self, kind: str) -> None:
        """From the next key on; the key before has been dealt out by the X server when this returns."""
        with self._turn:
            self._now = kind

    def _type(self) -> None:
        while not self._over.wait(0.001):
            with self._turn:
                self._glass.type(LETTERS[self._now][self.typed[self._now] % 4])
                self.typed[self._now] += 1

    def some(self, kind: str, count: int = 4) -> None:
        """So many keys of that kind, and none of another after them until told."""
        wanted = self.typed[kind] + count
        self.now(kind)
        until(f"{kind}'s keys", lambda: self.typed[kind] >= wanted)
        self.now("under way")


@pytest.fixture(scope="module")
def stage() -> Iterator[Staging]:
    with two_monitors() as glass, Staging(glass) as staging:
        staging.greet()
        yield staging


def rgb(login: str) -> tuple[int, int, int]:
    red, green, blue = COLOURS[login].to_bytes(3, "big")
    return red, green, blue


def seen(stage: Staging, login: str) -> None:
    until(login, lambda: rgb(login) in stage.glass.rows())


def await_last(stage: Staging, login: str) -> None:
    until(f"{login}'s last", lambda: kinds(stage, login).get("last"))


def kinds(stage: Staging, login: str) -> dict[str, int]:
    """Of which kinds the keys were that ``login`` heard, and how many."""
    found: dict[str, int] = {}
    codes = {
        stage.glass.display.keysym_to_keycode(XK.string_to_keysym(letter)): kind
        for kind, letters in LETTERS.items()
        for letter in letters
    }
    codes[stage.glass.display.keysym_to_keycode(XK.string_to_keysym(LAST))] = "last"
    for press in stage.presses(login):
        kind = codes[int(press.split()[0])]
        found[kind] = found.get(kind, 0) + 1
    return found


def test_no_key_reaches_a_workspace_that_is_not_seen(stage: Staging) -> None:
    for number, login in ((3, "cleo"), (2, "ben"), (1, "ada")):
        stage.open(number, login)
        until(login, lambda: LOCKED not in stage.glass.rows())
    with Typist(stage.glass.name) as typist:
        for _ in range(ROUNDS):
            for number, login in ((2, "ben"), (1, "ada")):
                stage.show(number)
                seen(stage, login)
                typist.some(login)
            stage.lock()
            until("the lock", lambda: stage.glass.rows() == {LOCKED})
            typist.some("nobody")
    typed = typist.typed
    for number, login in ((2, "ben"), (1, "ada")):
        stage.show(number)
        seen(stage, login)
        stage.glass.type(LAST)
        await_last(stage, login)
    heard = {login: kinds(stage, login) for login in ("ada", "ben", "cleo")}
    assert heard["cleo"] == {}, f"typed {typed}"
    for login in ("ada", "ben"):
        assert set(heard[login]) <= {login, "under way", "last"}, f"{login} heard {heard[login]}, typed {typed}"
        assert heard[login][login] == typed[login], f"{login} heard {heard[login]}, typed {typed}"
    in_between = [heard[login].get("under way", 0) for login in ("ada", "ben")]
    assert sum(in_between) <= typed["under way"], "a key goes to one of them, or to nobody"
