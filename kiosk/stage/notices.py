"""What shows the notices of a workspace's programs (``notify-send``): a small program of Debian's, such as ``dunst``.

It runs inside, on the workspace's own bus and its own display: so a notice is seen by the person whose program gave it,
below the session bar and the lock screen, and by nobody else. [Desktop Notifications Specification 1.2]
"""

from __future__ import annotations

from kiosk.stage.desktop import quoted


def script(words: tuple[str, ...]) -> str:
    """For the shell inside, before the programs; nothing without ``words``. Started again if it ends."""
    if not words:
        return ""
    return f"(while :; do {' '.join(map(quoted, words))}; sleep 1; done) 7>&- 8<&- 9<&- &\n"
