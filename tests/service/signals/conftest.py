"""Fixtures of shared signals."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.hospitals import either, in_memory, service
from tests.fakes.signals import SignalPeer

__all__ = ["either", "in_memory", "service"]


@pytest.fixture(scope="module")
def one_peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignalPeer]:
    made = SignalPeer(tmp_path_factory.mktemp("peer"))
    yield made
    made.close()


@pytest.fixture
def peer(one_peer: SignalPeer) -> SignalPeer:
    """Another system's server, with nothing on it."""
    one_peer.forget()
    return one_peer
