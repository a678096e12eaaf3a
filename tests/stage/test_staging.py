"""The tests' own stage: one that does not start leaves nothing for a later test to be blamed for."""

from __future__ import annotations

import socket

import pytest

from tests.fakes.staging import Staging
from tests.fakes.visible_display import Glass, xvfb

pytestmark = pytest.mark.display


def test_one_that_does_not_start_leaves_neither_process_nor_socket_nor_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    with xvfb() as name:
        glass = Glass(name)
        staging = Staging(glass)

        def nobody_comes() -> None:
            raise AssertionError("no agent")

        monkeypatch.setattr(staging, "accept", nobody_comes)
        with pytest.raises(AssertionError, match="no agent"), staging:
            pass
        glass.close()
    assert staging.process is not None
    assert staging.process.poll() is not None
    assert not staging.folder.exists()
    with pytest.raises(OSError), socket.socket(socket.AF_UNIX) as late:
        late.connect(staging.door)
