"""``kiosk simulate`` as a person types it, against a real pcscd."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509

from kiosk.__main__ import main
from kiosk.demo.cardservice import VirtualCardService
from kiosk.simulator import piv_store
from kiosk.simulator.piv_store import Slot
from tests.fakes.cardservice import READERS

ROOT = Path(__file__).parents[2]


@contextmanager
def simulate(service: VirtualCardService, *words: str, pin: str = "") -> Iterator[subprocess.Popen[str]]:
    """The command, where the virtual readers' ports are."""
    command = [*service.enter, sys.executable, "-m", "kiosk", "simulate", *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdin is not None
        process.stdin.write(pin and f"{pin}\n")
        process.stdin.flush()
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def asked(*words: str) -> str:
    """What a PC/SC program of someone else says."""
    return subprocess.run(words, env=os.environ, capture_output=True, text=True, timeout=30, check=True).stdout


@pytest.mark.pcsc
def test_a_badge_is_placed_and_leaves_at_sigterm(card_service: VirtualCardService) -> None:
    with simulate(card_service, "badge", "--uid", "04:a1:b2:c3", "--reader", READERS[2]) as badge:
        assert first_line(badge) == "placed\n"
        assert "04 A1 B2 C3" in asked("opensc-tool", "-r", READERS[2], "-s", "FFCA000000")
        badge.send_signal(signal.SIGTERM)
        assert badge.wait(10) == 0


@pytest.mark.pcsc
def test_a_pkoc_badge_answers_a_program_of_somebody_else(card_service: VirtualCardService, tmp_path: Path) -> None:
    store = tmp_path / "badge.json"
    with simulate(card_service, "pkoc", "--store", str(store), "--uid", "04A1B2C3", "--reader", READERS[2]) as badge:
        assert first_line(badge) == "placed\n"
        data = "5C020100" + "4C10" + "11" * 16 + "4D20" + "00" * 32
        sent = ("-s", "00A4040008A00000089800000100", "-s", f"8080000138{data}00")
        said = asked("opensc-tool", "-r", READERS[2], *sent)
        assert "5C 02 01 00" in said
        assert "5A 41 04" in said
        badge.send_signal(signal.SIGTERM)
        assert badge.wait(10) == 0
    assert store.stat().st_mode & 0o777 == 0o600


@pytest.mark.pcsc
def test_a_second_card_on_a_reader_is_told_so(card_service: VirtualCardService) -> None:
    with simulate(card_service, "badge", "--uid", "04A1B2C3") as first:
        assert first_line(first) == "placed\n"
        with simulate(card_service, "badge", "--uid", "04A1B2C4") as second:
            _, complaint = second.communicate(timeout=20)
            assert second.returncode == 2
            assert "Is another card lying on it?" in complaint


@pytest.mark.pcsc
def test_a_piv_card_is_made_once_and_its_authority_told(card_service: VirtualCardService, tmp_path: Path) -> None:
    store, authority = tmp_path / "card.json", tmp_path / "ca.pem"
    words = [
        "piv",
        "--store",
        str(store),
        "--pin",
        "-",
        "--name",
        "Anna Alvarez",
        "--ca-out",
        str(authority),
        "--hold",
        "0.1",
    ]
    made = []
    for _ in range(2):
        with simulate(card_service, *words, pin="123456") as card:
            assert card.communicate(timeout=20) == ("placed\n", "")
            assert card.returncode == 0
        made.append(piv_store.load(store))
    assert made[0] is not None
    assert made[1] is not None
    assert made[0].guid == made[1].guid
    root = x509.load_pem_x509_certificate(authority.read_bytes())
    made[1].slots[Slot.AUTHENTICATION].certificate.verify_directly_issued_by(root)
    assert stat.S_IMODE(store.stat().st_mode) == 0o600


@pytest.mark.pcsc
def test_a_card_lies_there_through_a_restart_of_the_card_service(
    card_service: VirtualCardService, tmp_path: Path
) -> None:
    with simulate(
        card_service, "key", "--store", str(tmp_path / "key"), "--pin", "-", "--reader", READERS[1], pin="2468"
    ) as key:
        assert first_line(key) == "placed\n"
        card_service.restart()
        select = ["opensc-tool", "-w", "-r", READERS[1], "-s", "00A4040008A0000006472F000100"]
        assert "FIDO_2_0" in asked(*select)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["badge", "--uid", "zz"], "not a badge number"),
        (["badge", "--uid", ""], "not a badge number"),
        (["badge", "--uid", "012"], "not a badge number"),
        (["badge", "--uid", "0102"], "has 4 to 16 bytes; this one has 2"),
        (["badge", "--uid", "01020304", "--reader", "Foo"], "no virtual reader"),
        (["badge", "--uid", "01020304", "--port", "1"], "Is pcscd running with vsmartcard-vpcd?"),
        (["badge", "--uid", "01020304", "--port", "70000"], "between 1 and 65535"),
        (["badge", "--uid", "01020304", "--hold", "-1"], "above 0"),
        (["badge", "--uid", "01020304", "--hold", "nan"], "above 0"),
        (["badge", "--uid", "01020304", "--in-process", "/nowhere"], "no reader at /nowhere"),
        (["key", "--store", "/nowhere/key"], "Cannot write /nowhere/key"),
        (["key", "--store", "/nowhere/key", "--pin", "2468"], "seen by everyone"),
        (["piv", "--store", "/nowhere/card"], "PIN has 6 to 8 digits"),
        (["piv", "--store", "/"], "Cannot read /"),
    ],
)
def test_bad_input_gets_a_sentence(
    words: list[str], complaint: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["simulate", *words]) == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(("typed", "complaint"), [("", "no PIN on standard input"), ("12\n", "4 to 63 characters")])
def test_a_bad_pin_gets_a_sentence(
    typed: str, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "typed").write_text(typed)
    with (tmp_path / "typed").open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert main(["simulate", "key", "--store", str(tmp_path / "key"), "--pin", "-"]) == 2
    assert complaint in capsys.readouterr().err
    assert not (tmp_path / "key").exists()
