"""The file with which a further machine joins: without its passphrase it is nothing, and it counts once."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from kiosk.service import joining
from kiosk.service.admin.act import ActRefusedError
from kiosk.service.folder import DataFolderError, open_folder, upgraded_folder
from kiosk.service.folder import migrate as begin
from kiosk.service.platform import keys, sealed_bundle
from kiosk.service.platform.key_marks import marks
from kiosk.service.platform.sealed_bundle import BundleError
from kiosk.service.store import replicas
from kiosk.service.store.errors import StoreReadOnlyError
from kiosk.service.store.replicas import OtherReplicaError
from kiosk.service.store.schema import audit_row, service_key
from tests.fakes import postgres, service_process
from tests.fakes.replicas import Replica, admin, another, first

pytestmark = pytest.mark.postgres


@dataclass(frozen=True)
class Offer:
    one: Replica
    bundle: Path
    passphrase: str

    def read(self) -> joining.Offered:
        return joining.read(self.bundle, self.passphrase, time.time())


@pytest.fixture(scope="module")
def one(hospital_cluster: postgres.Cluster, tmp_path_factory: pytest.TempPathFactory) -> Replica:
    return first(tmp_path_factory.mktemp("one") / "data", hospital_cluster.fresh())


@pytest.fixture
def offer(one: Replica, tmp_path: Path) -> Offer:
    made = joining.invite(one.folder, admin(), tmp_path / "invitation")
    return Offer(one, tmp_path / "invitation", made.passphrase)


def join(offered: joining.Offered, path: Path, off: float = 0.0) -> None:
    joining.join(offered, path, "127.0.0.1:9443", ("two.hospital.example",), admin(), lambda: time.time() + off)


def test_nobody_opens_it_without_the_passphrase_or_after_a_change(offer: Offer) -> None:
    whole = offer.bundle.read_bytes()
    assert offer.bundle.stat().st_mode & 0o077 == 0
    for key in (offer.one.folder.path / "keys").iterdir():
        assert key.read_bytes() not in whole
    assert offer.one.folder.settings.database.encode() not in whole
    with pytest.raises(BundleError, match="another one, or the file was changed"):
        joining.read(offer.bundle, sealed_bundle.fresh_passphrase(), time.time())
    for at in (20, len(whole) // 2, len(whole) - 9):
        offer.bundle.write_bytes(whole[:at] + (b"A" if whole[at : at + 1] != b"A" else b"B") + whole[at + 1 :])
        with pytest.raises(BundleError):
            offer.read()
    for data in (b"", b"{}\n", b"[" * 100_000, whole + b"A" * sealed_bundle.MAX_FILE, b"\xff" * 99):
        offer.bundle.write_bytes(data)
        with pytest.raises(BundleError, match="no invitation"):
            offer.read()
    offer.bundle.write_bytes(whole.replace(b'"format":1', b'"format":2'))
    with pytest.raises(BundleError, match="another version"):
        offer.read()
    offer.bundle.write_bytes(whole)
    assert joining.read(offer.bundle, offer.passphrase.upper().replace("-", " "), time.time()).files


def test_it_counts_once_and_for_an_hour_and_each_is_in_the_trail(offer: Offer, tmp_path: Path) -> None:
    offered = offer.read()
    join(offered, tmp_path / "two")
    assert "two.hospital.example" in open_folder(tmp_path / "two").hosts
    with pytest.raises(BundleError, match="used already"):
        join(offered, tmp_path / "three")
    assert not (tmp_path / "three").exists()
    with pytest.raises(BundleError, match="has ended"):
        joining.read(offer.bundle, offer.passphrase, time.time() + joining.SECONDS + 1)
    db = offer.one.folder.database()
    bodies = db.read_now(lambda conn: conn.execute(select(audit_row.c.body)).scalars().all())
    acts = [json.loads(body)["detail"].get("act") for body in bodies]
    assert acts.count("replica.join") == 1
    assert acts.count("replica.invite") >= 1


def test_a_machine_that_does_not_fit_is_told_why_and_leaves_nothing(offer: Offer, tmp_path: Path) -> None:
    offered = offer.read()
    for bent, off, said in (
        (offered, 300.0, "300 seconds ahead of the database's"),
        (offered, -300.0, "300 seconds behind the database's"),
        (replace(offered, schema="0001"), 0.0, "brought to another version"),
        (replace(offered, files={**offered.files, "keys/row-1.key": bytes(32)}), 0.0, "key row-1 .* another one"),
        (replace(offered, invitation="nothing"), 0.0, "used already, or is for another"),
    ):
        with pytest.raises((BundleError, OtherReplicaError), match=said):
            join(bent, tmp_path / "two", off)
        assert not (tmp_path / "two").exists()
    content = json.loads(sealed_bundle.opened(offer.bundle, offer.passphrase))
    for name, value, said in (
        ("program", "0.0.1", "runs kiosk 0.0.1, this one"),
        ("files", {"keys/../../evil": "AAAA"}, "files that no data folder has"),
        ("expires", "soon", "another version"),
    ):
        offer.bundle.write_bytes(sealed_bundle.seal(json.dumps({**content, name: value}).encode(), offer.passphrase))
        with pytest.raises(BundleError, match=said):
            offer.read()
    join(offered, tmp_path / "two")  # none of them used it up


def test_a_service_with_other_keys_or_another_clock_does_not_start(
    one: Replica, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = another(one, tmp_path / "two")
    begin(two.folder)
    key = two.folder.path / "keys" / "nonce-1.key"
    mine = key.read_bytes()
    key.write_bytes(bytes(32))
    with pytest.raises(OtherReplicaError, match="nonce-1 of this machine is another one"):
        begin(upgraded_folder(two.folder.path))
    with pytest.raises(AssertionError, match="nonce-1 of this machine is another one"):
        service_process.Running(open_folder(two.folder.path))
    key.write_bytes(mine)
    db = one.folder.database()
    now = int(time.time())
    db.write_now(replicas.agree, {**marks(one.folder.path), "badge-7": "x"}, now)
    with pytest.raises(OtherReplicaError, match="has the key badge-7, and this one has not"):
        begin(two.folder)
    db.write_now(lambda conn: conn.execute(delete(service_key).where(service_key.c.name == "badge-7")).rowcount)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 300)
    with pytest.raises(DataFolderError, match="clock is 300 seconds ahead of"):
        begin(two.folder)


def test_a_standby_is_no_primary(tmp_path: Path) -> None:
    with postgres.cluster() as primary:
        one = first(tmp_path / "one", primary.fresh())
        standby = primary.standby()
        try:
            made = joining.invite(one.folder, admin(), tmp_path / "invitation")
            offered = joining.read(tmp_path / "invitation", made.passphrase, time.time())
            name = one.folder.settings.database.rpartition("/")[2]
            settings = {**offered.settings, "database": standby.url(name)}
            with pytest.raises(StoreReadOnlyError, match="standby"):
                join(replace(offered, settings=settings), tmp_path / "two")
            assert not (tmp_path / "two").exists()
        finally:
            standby.stop()


def test_an_sqlite_file_has_nobody_to_invite(tmp_path: Path) -> None:
    folder = service_process.make(tmp_path / "data", int(time.time()))
    with pytest.raises(ActRefusedError, match="SQLite file, which serves one machine"):
        joining.invite(folder, admin(), tmp_path / "invitation")
    assert not (tmp_path / "invitation").exists()


def test_it_carries_the_key_of_rs256_and_another_one_is_not_taken(offer: Offer, tmp_path: Path) -> None:
    """Else what one machine signs, an application that asks the other for its keys does not believe."""
    offered = offer.read()
    name = "keys/rsa-1.pem"
    assert offered.files[name] == (offer.one.folder.path / name).read_bytes()
    keys.make(tmp_path / "other")
    bent = replace(offered, files={**offered.files, name: (tmp_path / "other" / "rsa-1.pem").read_bytes()})
    with pytest.raises(OtherReplicaError, match=r"The key rsa-1 of this machine .* copy that key"):
        join(bent, tmp_path / "three")
    join(offered, tmp_path / "two")
    assert (tmp_path / "two" / name).read_bytes() == offered.files[name]
