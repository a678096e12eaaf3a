"""Whoever is seen is heard and hears the microphone; whoever is not, neither."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from tests.fakes.process_table import alive, family, until, words
from tests.fakes.sound_station import Ears, sound_station
from tests.fakes.staging import ROOT, Staging
from tests.fakes.visible_display import Glass, xvfb

ADA, BEN = 0x1010, 0x2020
SCRIPT = 'case $KIOSK_LOGIN in ada) note=16 ;; *) note=32 ;; esac; exec "$1" "$2" $note "$3"'
PLAYS = ["/bin/sh", "-c", SCRIPT, "sh", "/usr/bin/python3", str(ROOT / "tests/fakes/sound_inside.py")]
pytestmark = pytest.mark.display


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with sound_station(tmp_path_factory.mktemp("sound")) as address, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PULSE_SERVER", address)
        yield address


@pytest.fixture(scope="module")
def stage(address: str) -> Iterator[Staging]:
    """Ada and Ben each play a note of their own, all the time; Ben is seen."""
    with xvfb() as name:
        glass = Glass(name)
        with Staging(glass, [[*PLAYS, "{folder}/{login}.keys"]], sound=1, microphone=1, rest=0) as staging:
            staging.greet()
            staging.open(1, "ada")
            staging.open(2, "ben")
            yield staging
        glass.close()


@pytest.fixture
def ears(address: str) -> Iterator[Ears]:
    with Ears(address) as ears:
        yield ears


def last(stage: Staging, login: str) -> str:
    return (stage.keys(login) or [""])[-1].rpartition(" ")[0]


def test_whoever_is_seen_is_heard_alone(stage: Staging, ears: Ears) -> None:
    for number, note, other in ((1, ADA, BEN), (2, BEN, ADA)):
        stage.show(number)
        until("that one's note", lambda: note in (ears.hear() or ()))  # noqa: B023 # asked at once
        heard = {sample for _ in range(20) for sample in ears.hear() or ()}
        assert other not in heard and ADA + BEN not in heard


def test_the_microphone_reaches_whoever_is_seen_alone(stage: Staging) -> None:
    stage.show(1)
    until("Ada's recorder", lambda: last(stage, "ada") == "hears")
    until("silence at Ben's", lambda: last(stage, "ben") == "hears nothing")


def test_a_lock_silences_both_ways_and_a_return_brings_both_back(stage: Staging, ears: Ears) -> None:
    stage.show(1)
    until("Ada's note", lambda: ADA in (ears.hear() or ()))
    until("Ada's recorder", lambda: last(stage, "ada") == "hears")
    stage.lock()
    ears.until_silent()
    until("silence at Ada's", lambda: last(stage, "ada") == "hears nothing")
    stage.show(1)
    until("Ada's note", lambda: ADA in (ears.hear() or ()))
    until("Ada's recorder", lambda: last(stage, "ada") == "hears")


def test_programs_that_are_stopped_hinder_no_other_s_sound_and_are_heard_again(stage: Staging, ears: Ears) -> None:
    stage.show(2)
    theirs = family(stage.first["ada"])
    for pid in theirs:
        os.kill(pid, signal.SIGSTOP)
    until("Ben's note", lambda: BEN in (ears.hear() or ()))
    stage.show(1)
    ears.until_silent()
    for pid in theirs:
        os.kill(pid, signal.SIGCONT)
    until("Ada's note", lambda: ADA in (ears.hear() or ()))


def test_what_carries_sound_ends_with_the_stage(stage: Staging) -> None:
    """Last of all: nothing of it would be heard over the next one's lock screen."""
    stage.show(1)
    assert stage.process is not None
    first = stage.process.pid
    carriers = until("both", lambda: both(family(first)))
    stage.kill()
    until("both gone", lambda: not any(alive(pid) for pid in carriers))


def both(found: dict[int, str]) -> list[int] | None:
    carriers = [pid for pid, name in found.items() if name in ("pacat", "parec") and not within(pid)]
    return carriers if len(carriers) == 2 else None


def within(pid: int) -> bool:
    """Whether it is a program of a workspace."""
    return "--client-name=kiosk" not in words(pid)
