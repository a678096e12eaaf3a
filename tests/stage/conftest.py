"""A whole station under the stage, for the modules that want one: real agent, service and card service."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.demo.cardservice import CardService
from tests.fakes.staged import Staged
from tests.fakes.ward import Colleague, Ward


@pytest.fixture(scope="module")
def ward(one_card_service: CardService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
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
