"""A card service that runs and refuses us is said to do just that, by every way in."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
from collections.abc import Iterator

import pytest
from smartcard import scard

from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.processes import PATIENCE
from kiosk.model.card import CardService as Service
from kiosk.model.card import ReadersChanged
from kiosk.reader import CardServiceDeniedError, CardServiceStoppedError, health, list_readers, one_card, pcsc
from kiosk.reader.taps import CardEvent
from kiosk.reader.watch import Watcher
from tests.fakes.admin import AdminDesk, desk
from tests.fakes.refusing_pcscd import dying_pcscd, refusing_pcscd

__all__ = ["desk"]

pytestmark = pytest.mark.pcsc


@pytest.fixture
def refusing(card_service: VirtualCardService) -> Iterator[VirtualCardService]:
    """Where the real one was, one that refuses."""
    card_service.stop()
    card_service.socket_path.unlink(missing_ok=True)
    with refusing_pcscd(card_service.socket_path):
        yield card_service


def test_refused_is_not_stopped(refusing: VirtualCardService) -> None:
    assert health() == ReadersChanged(Service.DENIED, ())
    for ask in (list_readers, lambda: one_card(None, 1)):
        with pytest.raises(CardServiceDeniedError, match="polkit") as caught:
            ask()
        assert not isinstance(caught.value, CardServiceStoppedError)


def test_one_that_dies_while_we_knock_has_not_refused_us(card_service: VirtualCardService) -> None:
    """libpcsclite says SCARD_W_SECURITY_VIOLATION of both."""
    card_service.stop()
    card_service.socket_path.unlink(missing_ok=True)
    with dying_pcscd(card_service.socket_path):
        assert health() == ReadersChanged(Service.STOPPED, ())


@pytest.mark.parametrize("asked", ["SCardListReaders", "SCardGetStatusChange"])
def test_one_that_dies_while_it_watches_has_not_refused_us(
    card_service: VirtualCardService, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    """What polkit is not asked about cannot be refused: killed in that moment, libpcsclite says it all the same."""
    with pcsc.Context() as context:
        monkeypatch.setattr(scard, asked, lambda *_: (scard.SCARD_W_SECURITY_VIOLATION, []))
        with pytest.raises(CardServiceStoppedError):
            context.readers() if asked == "SCardListReaders" else context.wait([], 0)


def test_a_watcher_says_it_and_sees_the_readers_once_it_is_allowed(card_service: VirtualCardService) -> None:
    card_service.stop()
    card_service.socket_path.unlink(missing_ok=True)
    said: queue.Queue[CardEvent] = queue.Queue()
    watcher = Watcher(said.put)
    with refusing_pcscd(card_service.socket_path):
        watcher.start()
        assert said.get(timeout=PATIENCE) == ReadersChanged(Service.DENIED, ())
    card_service.start()
    while (event := said.get(timeout=PATIENCE)) == ReadersChanged(Service.STOPPED, ()):
        pass
    assert isinstance(event, ReadersChanged)
    assert event.service is Service.OK
    watcher.stop()


def test_doctor_says_who_refuses_and_what_is_missing(refusing: VirtualCardService) -> None:
    # In a process of its own: libpcsclite keeps what it knows of the card service.
    words = [sys.executable, "-m", "kiosk", "doctor"]
    done = subprocess.run(words, env=dict(os.environ), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode
    assert "pcscd runs and refuses the user" in done.stdout
    assert "polkit" in done.stdout
    assert "systemctl start" not in done.stdout


def test_a_command_that_needs_a_card_says_so_too(refusing: VirtualCardService, desk: AdminDesk) -> None:
    desk.admin("person", "add", "ada", "--name", "Ada", "--role", "prescriber")
    said = desk.admin("key", "add", "ada", typed="2468\n", status=1)
    assert "polkit" in said
    assert "Start pcscd" not in said
