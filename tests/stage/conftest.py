"""A whole station under the stage (real agent, service and card service), and single-program stages."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.demo.cardservice import VirtualCardService
from kiosk.stage import Audience, SingleStage
from tests.fakes.colleague import Colleague
from tests.fakes.hospital import Ward
from tests.fakes.singles import Stages
from tests.fakes.staged import Staged


@pytest.fixture(scope="module")
def ward(one_card_service: VirtualCardService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    hospital = Ward(tmp_path_factory.mktemp("staged"), cards=one_card_service)
    try:
        hospital.start()
        yield hospital
    finally:
        hospital.stop()


@pytest.fixture(scope="module")
def station(ward: Ward, tmp_path_factory: pytest.TempPathFactory) -> Staged:
    staged = Staged(ward, tmp_path_factory.mktemp("pipes"))
    staged.start()
    return staged


@pytest.fixture
def staged(station: Staged) -> Staged:
    """Locked."""
    station.place.lock()
    return station


@pytest.fixture(scope="module")
def ada(ward: Ward) -> Colleague:
    return ward.hire("Ada Lovelace", key=True)


@pytest.fixture(scope="module")
def ben(ward: Ward) -> Colleague:
    return ward.hire("Ben Nevis")


@pytest.fixture
def stages(tmp_path: Path) -> Iterator[Stages]:
    made: list[SingleStage] = []

    def make(*command: str, display: str | None = None) -> tuple[SingleStage, queue.Queue[tuple[str, str]]]:
        said: queue.Queue[tuple[str, str]] = queue.Queue()
        audience = Audience(
            lambda login: said.put(("shown", login)),
            lambda detail: said.put(("failed", detail)),
            lambda: said.put(("idle", "")),
            lambda reason: said.put(("locked", reason)),
            lambda login: said.put(("gone", login)),
            lambda login, limit: said.put(("ended", limit)),
        )
        stage = SingleStage(
            command, audience, lambda login: {"MINE": f"door-of-{login}"}, tmp_path / "workspace.log", display
        )
        made.append(stage)
        return stage, said

    yield make
    for stage in made:
        stage.close()
