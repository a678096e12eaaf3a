"""What a workspace's own network may be set to."""

# Without "from __future__ import annotations", as beside it.

from collections.abc import Sequence
from urllib.parse import urlsplit

from kiosk.settings.checks import SettingsError, must

MAX_REACH = 200
_IP = "0123456789.:abcdefABCDEF"


def check_reach(network: str, reach: Sequence[str], proxy: str) -> None:
    """Raises ``SettingsError``."""
    if (reach or proxy) and network != "own":
        name = "workspace_reach" if reach else "workspace_proxy"
        raise SettingsError(f'“{name}” needs workspace_network = "own": with "host" programs reach everything.')
    if len(reach) > MAX_REACH:
        raise SettingsError(must("workspace_reach", f"{MAX_REACH} entries at most; name ranges", len(reach)))
    if not reach and not proxy:
        return
    from kiosk.model.reach import ReachFormError, read_reach  # 5 ms, which a station without it does not wait for

    read = []
    for entry in reach:
        try:
            read.append(read_reach(entry))
        except ReachFormError as error:
            raise SettingsError(must("workspace_reach", str(error), entry)) from None
    if not proxy:
        return
    host, port = _proxy(proxy)
    by_number = not host.strip(_IP) and ("." in host or ":" in host)
    if by_number and not any(_holds(place.network, host) and place.holds(host, port) for place in read):
        raise SettingsError(f"“workspace_reach” must name the proxy of “workspace_proxy”, too: {host}, port {port}.")


def _holds(network: str, host: str) -> bool:
    return (":" in network) == (":" in host)


def _proxy(proxy: str) -> tuple[str, int]:
    """Raises ``SettingsError``. No name and password: every program would read them."""
    form = "http://, an address or name, and a port"
    try:
        parts = urlsplit(proxy)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise SettingsError(must("workspace_proxy", form, proxy)) from None
    bare = parts.scheme == "http" and not parts.username and parts.path in ("", "/") and not parts.query
    if not bare or not host or not port or not proxy.isprintable() or " " in proxy:
        raise SettingsError(must("workspace_proxy", form, proxy))
    return host, port
