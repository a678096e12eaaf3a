"""An application outside workspaces, and the hospital's own provider that is bent: fixtures, and what is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.fakes.bent_provider import BentProvider
from tests.fakes.elsewhere import Office, OfficeBrowser, believing
from tests.fakes.openid import register
from tests.fakes.service import Hospital


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BentProvider]:
    made = BentProvider(tmp_path_factory.mktemp("provider"))
    yield made
    made.close()


@pytest_asyncio.fixture
async def office(service: Hospital, provider: BentProvider) -> AsyncIterator[Office]:
    """Ada is known here, and the provider is honest until it is bent."""
    fresh = BentProvider.__dataclass_fields__
    for name in ("login", "bend", "headed", "signed", "down", "gate", "packed"):
        setattr(provider, name, fresh[name].default)
    provider.about, provider.clock, provider.public = {}, service.clock, [provider.key, provider.other]
    provider.asked.clear()
    provider.read.clear()
    await service.person("ada")
    app = await register(service)
    with believing(service, provider.settings()):
        yield Office(service, app, provider, OfficeBrowser(service))


async def refused(office: Office, reason: str | None, **bent: str) -> None:
    """Nobody is signed in, and ``reason`` is in the trail; None for no row."""
    answer, _ = await office.came_back(bent)
    assert answer.status_code == 403, (answer.status_code, answer.headers.get("location"))
    assert "location" not in answer.headers
    assert await office.reasons() == ([] if reason is None else [reason])
