"""``kiosk doctor --data`` asks the hospital's own provider."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.cli import doctor_upstream
from kiosk.cli.doctor_check import Check
from kiosk.service.folder import open_folder
from tests.fakes.admin import AdminDesk, desk
from tests.fakes.bent_provider import BentProvider

__all__ = ["desk"]


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[BentProvider]:
    (tmp_path / "provider").mkdir()
    made = BentProvider(tmp_path / "provider")
    yield made
    made.close()


def checks(desk: AdminDesk, provider: BentProvider, issuer: str = "") -> list[Check]:
    said = {"name": "St. Elsewhere", "issuer": issuer or provider.issuer, "client_id": "kiosk", "login": "sub"}
    said |= {"secret_file": str(provider.secret), "ca_file": str(provider.ca)}
    before = (desk.data / "service.toml").read_text()
    lines = [f"{name} = {json.dumps(value)}" for name, value in said.items()]
    (desk.data / "service.toml").write_text("\n".join([before, "[upstream]", *lines, "loopback = true", ""]))
    try:
        return doctor_upstream.checks(open_folder(desk.data))
    finally:
        (desk.data / "service.toml").write_text(before)


def test_nothing_is_said_where_there_is_none(desk: AdminDesk) -> None:
    assert doctor_upstream.checks(open_folder(desk.data)) == []


def test_one_that_answers_and_what_may_be_wrong(desk: AdminDesk, provider: BentProvider) -> None:
    [check] = checks(desk, provider)
    assert (check.ok, check.detail) == (True, "“St. Elsewhere” answers, and names itself as it should.")
    [check] = checks(desk, provider, provider.issuer + "/")
    assert not check.ok
    assert "another issuer" in check.detail
    provider.secret.chmod(0o644)
    [check] = checks(desk, provider)
    assert not check.ok
    assert f"chmod 600 {provider.secret}" in check.detail
    provider.secret.chmod(0o600)
    provider.down = True
    [check] = checks(desk, provider)
    assert (check.ok, check.detail) == (False, "“St. Elsewhere” cannot be used: it answered 503")
