"""Another system says that somebody is to be stopped: their workstation hears it, and so do those whom we tell."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.fakes.central import ServiceProcess
from tests.fakes.signalled import signalled, trusts
from tests.fakes.signals import SignalPeer


async def test_a_signal_locks_the_workstation_and_is_passed_on(tmp_path: Path) -> None:
    process, peer = ServiceProcess(tmp_path), SignalPeer(tmp_path)
    try:
        trusts(process.data, peer.ca)
        process.start()
        process.admin("app", "add", "portal", "--audience", "urn:portal", "--new-key", str(tmp_path / "portal.jwk"))
        process.admin("signals", "receiver", "set", "portal", "--uri", f"{peer.uri}/in", "--event", "session-revoked")
        async with signalled(process, tmp_path) as ward:
            await ward.sign_in()
            async with ward.listening() as events:
                assert (await anext(events))["kind"] == "hello"
                assert await ward.revoke() == 202
                heard = await anext(events)
                assert (heard["kind"], heard["reason"]) == ("lock", "signal")
        assert await asyncio.to_thread(peer.came.wait, 30)
        assert len(peer.got) == 1
        assert "idp\ttaken" in process.admin("signals", "list")
        process.stop()
        process.verified()
        said = process.found("signal").replace(" ", "")
        assert '"login":"ada"' in said
    finally:
        process.close()
        peer.close()
