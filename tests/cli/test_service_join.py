"""``kiosk service invite`` and ``join``, as they are typed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kiosk.service.folder import open_folder
from tests.fakes.commands import kiosk
from tests.fakes.postgres import Cluster
from tests.fakes.replicas import first


@pytest.mark.postgres
def test_a_second_machine_joins_by_a_file_and_a_passphrase(hospital_cluster: Cluster, tmp_path: Path) -> None:
    one = first(tmp_path / "one", hospital_cluster.fresh())
    bundle = tmp_path / "invitation"
    said = kiosk("service", "invite", "--data", str(one.folder.path), "--to", str(bundle))
    found = re.search(r"by another way: ([a-z0-9-]{29})\n", said)
    assert found is not None
    where = ("--data", str(tmp_path / "two"), "--listen", "127.0.0.1:9443", "--host", "two.hospital.example")
    told = kiosk("service", "join", str(bundle), *where, typed=found[1] + "\n")
    assert "the same keys and CA" in told
    two = open_folder(tmp_path / "two")
    assert two.settings.listen == "127.0.0.1:9443"
    assert two.tls.trust() == one.folder.tls.trust()
    assert two.settings.database == one.folder.settings.database
