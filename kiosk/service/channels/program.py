"""The hospital's own program: one message as a JSON object on its standard input.

It gets no secret, none of our descriptors and a bare environment, and is ended with all it started when its time is
over.
"""

from __future__ import annotations

import asyncio
import contextlib

from kiosk import reaper
from kiosk.service.channels.message import Outgoing
from kiosk.service.channels.rules import MessageRules

CLEAN = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}


async def send(rules: MessageRules, message: Outgoing) -> str | None:
    """Run the program with ``message`` on its standard input; None once it has taken it, else what went wrong."""
    return await hand_over(rules, message.as_json())


async def hand_over(rules: MessageRules, body: bytes) -> str | None:
    """Run the program with ``body`` on its standard input; what went wrong, in a few words, or None.

    However it ends, nothing that it started is left (``reaper``), and nobody reads what it prints.
    """
    keeper = await asyncio.create_subprocess_exec(
        *reaper.words(rules.command, rules.seconds),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=CLEAN,
        cwd="/",
        start_new_session=True,
    )
    said = b""
    try:
        async with asyncio.timeout(rules.seconds + reaper.SLOWEST):
            said, _ = await keeper.communicate(body)
    except TimeoutError:
        return f"the program took longer than {rules.seconds} s and could not be ended"
    finally:
        if keeper.returncode is None:  # we are told to end
            with contextlib.suppress(ProcessLookupError):
                keeper.terminate()
            await keeper.wait()
    how, what = reaper.ended(said)
    match how:
        case "status" if what == "0":
            return None
        case "status" | "signal":
            return f"the program ended with {what if how == 'status' else f'signal {what}'}"
        case "late":
            return f"the program took longer than {rules.seconds} s"
        case "not started":
            return f"the program cannot be started: {what}"
        case _:
            return "the program's keeper ended"
