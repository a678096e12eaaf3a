"""``kiosk doctor --data``: whether the hospital's own OpenID Provider can be asked, and our secret for it be read."""

from __future__ import annotations

import asyncio
import time

from kiosk.cli.doctor_check import Check
from kiosk.service.folder import ServiceFolder
from kiosk.service.platform.upstream_settings import UpstreamSettings, upstream_from
from kiosk.service.upstream.client_keys import shown
from kiosk.service.upstream.errors import ProviderAnswerError, ProviderAwayError
from kiosk.service.upstream.provider_line import ProviderLine


def checks(folder: ServiceFolder) -> list[Check]:
    """Nothing where none is set."""
    settings = upstream_from(folder.settings.upstream)
    if settings is None:
        return []
    try:
        asyncio.run(_ask(settings))
    except (ProviderAwayError, ProviderAnswerError) as error:
        do = "Mend [upstream] in service.toml; see docs/integrate/upstream.md"
        return [Check("upstream", False, f"“{settings.name}” cannot be used: {error}", do)]
    return [Check("upstream", True, f"“{settings.name}” answers, and names itself as it should.")]


async def _ask(settings: UpstreamSettings) -> None:
    line = ProviderLine(settings)
    facts = await line.facts()
    await line.keys()
    shown(settings, facts.token, int(time.time()))
