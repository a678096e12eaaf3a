"""``kiosk admin metadata``, ``factor``, ``person show``, ``person leave``, ``role transfer`` from the command line."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk.simulator.ctap_maker import KeyManufacturer
from kiosk.simulator.fido2_store import AAGUID
from tests.fakes.admin import AdminDesk, desk
from tests.fakes.attested import KeyMaker, MetadataService, entry
from tests.fakes.simulated_cards import a_key, in_memory_card

__all__ = ["desk"]

UID = "04A1B2C3D4E5F6"


class Counter:
    """Where keys are enrolled, with a metadata service of the test's own."""

    def __init__(self, desk: AdminDesk, folder: Path) -> None:
        self.desk, self.folder = desk, folder
        self.mds = MetadataService.new(int(time.time()))
        self.maker = KeyManufacturer.new(AAGUID)
        self._file("root.pem", self.mds.root_pem)
        desk.admin("person", "add", "ada", "--name", "Ada", "--role", "prescriber")

    def _file(self, name: str, data: bytes) -> str:
        (self.folder / name).write_bytes(data)
        return str(self.folder / name)

    def policy(self, text: str) -> None:
        settings = self.desk.data / "service.toml"
        settings.write_text(settings.read_text() + f"[policy]\n{text}\n")

    def take_in(self, *statuses: str, status: int = 0, root: bool = True, **more: Any) -> str:
        known = KeyMaker(AAGUID, self.maker.root, [self.maker.batch], self.mds.key)
        data = self.mds.blob(entry(known, *statuses), **more)
        words = ["--root", str(self.folder / "root.pem")] if root else []
        return self.desk.admin("metadata", "import", self._file("blob.jwt", data), *words, status=status)

    def lay(self, maker: KeyManufacturer | None) -> None:
        plastic = a_key(pin="2468", maker=maker)
        self.desk.monkeypatch.setattr("kiosk.reader.one_card", lambda _reader, _seconds: in_memory_card(plastic))

    def enrol(self, maker: KeyManufacturer | None, *words: str, status: int = 0) -> str:
        self.lay(maker)
        return self.desk.admin("key", "add", "ada", *words, typed="2468\n", status=status)


@pytest.fixture
def counter(desk: AdminDesk, tmp_path: Path) -> Counter:
    return Counter(desk, tmp_path)


def test_fixed_firmware_counts_again_by_somebodys_word(counter: Counter) -> None:
    desk = counter.desk
    counter.policy('attestation = "required"')
    counter.take_in("FIDO_CERTIFIED", no=5)
    counter.enrol(counter.maker, "--name", "Blue")
    reports = ("USER_KEY_REMOTE_COMPROMISE", "UPDATE_AVAILABLE", "FIDO_CERTIFIED_L2")
    assert "1 suspended" in counter.take_in(*reports, no=6)
    model = str(uuid.UUID(bytes=AAGUID))
    assert "knows no model" in desk.admin("metadata", "accept", "ab", "--reason", "x", status=1)
    assert "Name both" in desk.admin("metadata", "accept", model, "--reason", "x", "--login", "ada", status=1)
    said = desk.admin("metadata", "accept", model, "--reason", "firmware 5.7, seen", "--login", "ada", "--key", "Blue")
    assert "1 counts again" in said
    assert "USER_KEY_REMOTE_COMPROMISE 2024-01-01" in said
    assert "firmware 5.7, seen" in desk.admin("metadata", "show")
    row = next(row for row in desk.rows() if row["detail"].get("act") == "metadata.accept")
    assert (row["login"], row["detail"]["reason"]) == ("ada", "firmware 5.7, seen")
    assert "unsafe" in counter.enrol(counter.maker, status=1), "one key was accepted, not its model"
    assert "1 suspended" in desk.admin("metadata", "withdraw", "1", "--reason", "not so")
    assert "no acceptance 1" in desk.admin("metadata", "withdraw", "1", "--reason", "not so", status=1)


def test_a_real_key_is_enrolled_by_its_attestation(counter: Counter) -> None:
    desk = counter.desk
    counter.policy('attestation = "required"')
    assert "metadata import" in desk.admin("metadata", "show", status=1)
    assert "metadata import" in counter.enrol(counter.maker, status=1)
    assert "a root that this version does not know" in counter.take_in("FIDO_CERTIFIED", root=False, status=1)
    assert "1 model," in counter.take_in("FIDO_CERTIFIED", no=5)
    assert "Test Key 5 NFC" in counter.enrol(counter.maker, "--name", "Blue")
    assert "does not prove who made it" in counter.enrol(None, status=1)
    assert "not from its maker" in counter.enrol(KeyManufacturer.new(AAGUID), status=1)
    shown = desk.admin("metadata", "show", "--models")
    assert "number\t5" in shown
    assert f"{AAGUID.hex()}\tTest Key 5 NFC" in shown
    assert "hardware" in desk.admin("factor", "list", "ada")
    assert "never goes back" in counter.take_in("FIDO_CERTIFIED", no=4, status=1)
    assert "1 suspended" in counter.take_in("USER_KEY_PHYSICAL_COMPROMISE", no=6)
    assert "suspended" in desk.admin("factor", "list", "ada")
    assert "unsafe" in desk.admin("factor", "resume", "ada", "Blue", status=1)
    assert "1 counts again" in counter.take_in("FIDO_CERTIFIED", no=7)
    assert "1 known to be hardware" in desk.admin("metadata", "judge")
    assert [act for act in desk.acts() if act.startswith(("metadata", "key"))] == [
        "metadata.import",
        "key.add",
        "metadata.import",
        "key.suspend",
        "metadata.import",
        "key.resume",
    ]


def test_a_person_is_shown_with_what_is_missing(counter: Counter) -> None:
    desk = counter.desk
    assert "missing\t2 more keys" in desk.admin("person", "show", "ada")
    counter.enrol(None, "--name", "One")
    assert "missing\t1 more key," in desk.admin("person", "show", "ada")
    counter.enrol(None, "--name", "Two")
    assert "missing" not in desk.admin("person", "show", "ada")


def test_a_factor_goes_through_its_life(counter: Counter) -> None:
    desk = counter.desk
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="minutes")
    desk.admin("badge", "add", "ada", "--uid", UID, "--until", tomorrow)
    mark = desk.admin("factor", "list", "ada").split("\t")[0]
    assert mark.startswith("badge:")
    assert "until" in desk.admin("factor", "list", "ada")
    desk.admin("factor", "suspend", "ada", mark, "--reason", "on leave")
    assert "on leave" in desk.admin("factor", "list", "ada")
    desk.admin("factor", "lost", "ada", mark)
    desk.admin("factor", "resume", "ada", mark)
    assert "not suspended" in desk.admin("factor", "resume", "ada", mark, status=1)
    desk.admin("badge", "add", "ada", "--uid", "04A1B2C3D4E5F7", "--replaces", mark)
    desk.admin("factor", "revoke", "ada", mark)
    assert "There is: badge:" in desk.admin("factor", "revoke", "ada", mark, status=1)
    desk.admin("role", "transfer", "ada", "prescriber", "clerk")
    assert "1 factor and" in desk.admin("person", "leave", "ada")
    assert desk.admin("person", "list").splitlines()[0].split("\t")[3] == "left"
    assert desk.admin("person", "show", "ada").splitlines()[0].endswith("left")
    assert desk.admin("factor", "list", "ada") == ""
    assert desk.acts()[2:] == [
        "badge.add",
        "factor.suspend",
        "factor.lost",
        "factor.resume",
        "badge.add",
        "factor.revoke",
        "role.transfer",
        "person.leave",
    ]


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        (("badge", "add", "ada", "--uid", UID), ""),
        (("pin", "set", "ada"), "734912"),
        (("totp", "add", "ada"), ""),
        (("role", "add", "ada", "prescriber"), ""),
        (("role", "transfer", "ada", "clerk", "prescriber"), ""),
        (("start-code", "ada", "--reason", "x"), ""),
    ],
)
def test_nothing_is_given_to_whoever_has_left(counter: Counter, words: tuple[str, ...], typed: str) -> None:
    desk = counter.desk
    desk.admin("person", "leave", "ada")
    acts = desk.acts()
    assert "has left" in desk.admin(*words, typed=typed, status=1)
    assert desk.acts() == acts
    desk.admin("person", "resume", "ada")
    desk.admin("badge", "add", "ada", "--uid", UID)


@pytest.mark.parametrize(
    ("words", "said", "status"),
    [
        (("badge", "add", "ada", "--uid", UID, "--until", "tomorrow"), "not a time", 2),
        (("badge", "add", "ada", "--uid", UID, "--until", "2020-01-01"), "future", 1),
        (("badge", "add", "ada", "--uid", UID, "--replaces", "key:none"), "nothing at all", 1),
        (("factor", "lost", "ada", "pin"), "nothing at all", 1),
        (("metadata", "import", "/nowhere"), "cannot be read", 2),
    ],
)
def test_what_cannot_be_is_said(counter: Counter, words: tuple[str, ...], said: str, status: int) -> None:
    assert said in counter.desk.admin(*words, status=status)


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ('attestation = "maybe"', "must be one of"),
        ('aaguid_deny = ["12"]', "AAGUID"),
        (f'aaguid_allow = ["{"a1" * 16}"]', "need attestation"),
        ('attestation = "required"\nleast_certification = "L9"', "must be one of"),
        ("metadata_overdue = -1", "whole number from 0 to 3650"),
        ("backup_eligible = 1", "true or false"),
        ('two_key_roles = "all"', "list of texts"),
    ],
)
def test_a_policy_about_keys_that_makes_no_sense_is_said(counter: Counter, policy: str, said: str) -> None:
    counter.policy(policy)
    assert said in counter.desk.admin("metadata", "judge", status=2)


def test_aaguids_may_be_written_with_hyphens(counter: Counter) -> None:
    counter.policy('attestation = "optional"\naaguid_deny = ["' + str(uuid.UUID(bytes=AAGUID)) + '"]')
    assert "not allowed here" in counter.enrol(None, status=1)
