"""The other end of the doorbell's local socket, for our own commands."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

from kiosk.agent.doorbell import address

ANSWER_SECONDS = 5.0


class AgentNotRunningError(Exception):
    """No agent answers at this doorbell; the message is a sentence."""


def ask(path: Path, request: dict[str, Any], seconds: float = ANSWER_SECONDS) -> dict[str, Any]:
    """Send ``request``, return the JSON object that comes back within ``seconds``. Raises ``AgentNotRunningError``."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(seconds)
        try:
            address.connect(connection, path)
            connection.sendall(json.dumps(request).encode() + b"\n")
            answer = json.loads(b"".join(iter(lambda: connection.recv(65536), b"")))
        except (FileNotFoundError, ConnectionError):
            raise AgentNotRunningError("No agent runs here. Start it with “kiosk agent run”.") from None
        except TimeoutError:
            raise AgentNotRunningError("The agent does not answer. Restart it.") from None
        except PermissionError:
            raise AgentNotRunningError("This doorbell belongs to another user.") from None
        except (OSError, ValueError):
            raise AgentNotRunningError("The agent went away before it answered.") from None
    if not isinstance(answer, dict):
        raise AgentNotRunningError("The agent's answer cannot be read.")
    return answer
