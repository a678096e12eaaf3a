"""Browsers' settings in a workspace: pages of these origins reach its loopback, where its doorbell is, unasked.

A browser asks its person before a page may talk to the machine it runs on, until an administrator has answered. The
station's own files are carried on; of its lists nothing is taken away. Where the station says nothing else:

- Chromium, Chrome and Edge: ``LoopbackNetworkAllowedForUrls`` (from 146 on) and ``LocalNetworkAccessAllowedForUrls``
  (before; from 139 on), lists of origins. Of several files the last by its name counts, a list as a whole.
- Firefox: ``LocalNetworkAccess`` with ``SkipDomains``, a list of hosts. There is one file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence

CHROMIUM = ("/etc/chromium", "/etc/opt/chrome", "/etc/opt/edge")
FIREFOX = "/etc/firefox/policies"
_MANAGED = "policies/managed"
_FIREFOX_FILES = (
    f"{FIREFOX}/policies.json",
    "/usr/lib/firefox-esr/distribution/policies.json",
    "/usr/lib/firefox/distribution/policies.json",
)
"""The first that is there counts; with ours there is a first."""
NAMES = ("LoopbackNetworkAllowedForUrls", "LocalNetworkAccessAllowedForUrls")
OURS = "zz-kiosk-workspace.json"
MAX_FILE = 1 << 20
_MAX_FILES = 100
Settings = dict[str, object]


def write(folder: str, origins: Iterable[str]) -> dict[str, str]:
    """Into ``folder``, which is made: where a workspace is to see what, and where that lies. Raises ``OSError``."""
    pages = list(origins)
    _folder(folder)
    seen = {}
    for index, root in enumerate(CHROMIUM):
        path = f"{folder}/{index}"
        _managed(path, _read_all(f"{root}/{_MANAGED}"), pages)
        seen[f"{root}/{_MANAGED}"] = path
    _folder(f"{folder}/firefox")
    _put(f"{folder}/firefox/policies.json", _firefox(pages))
    return seen | {f"{FIREFOX}/policies.json": f"{folder}/firefox/policies.json"}


def _managed(folder: str, station: Sequence[tuple[str, bytes]], pages: Sequence[str]) -> None:
    _folder(folder)
    ours: Settings = {}
    for name in NAMES:
        said: list[object] = []
        for _, text in station:
            found = _object(text).get(name)
            said = found if isinstance(found, list) else said
        ours[name] = said + [page for page in pages if page not in said]
    for file, text in station:
        _put(f"{folder}/{file}", text)
    _put(f"{folder}/{OURS}", json.dumps(ours).encode())


def _firefox(pages: Sequence[str]) -> bytes:
    whole = _object(next((text for path in _FIREFOX_FILES if (text := _read(path)) is not None), b"{}"))
    policies = whole.get("policies")
    policies = policies if isinstance(policies, dict) else {}
    access = policies.get("LocalNetworkAccess")
    access = access if isinstance(access, dict) else {}
    said = access.get("SkipDomains")
    said = said if isinstance(said, list) else []
    hosts = [_host(page) for page in pages]
    access = access | {"SkipDomains": said + [host for host in dict.fromkeys(hosts) if host not in said]}
    return json.dumps(whole | {"policies": policies | {"LocalNetworkAccess": access}}).encode()


def _host(origin: str) -> str:
    """Of ``https://records.hospital.example:8443``, without the port."""
    rest = origin.partition("://")[2]
    return rest[: rest.index("]") + 1] if rest.startswith("[") and "]" in rest else rest.partition(":")[0]


def _read_all(folder: str) -> list[tuple[str, bytes]]:
    """The station's files there, by their names; not one of ours, nor what cannot be read."""
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".json") and name != OURS)
    except OSError:
        return []
    found = ((name, _read(f"{folder}/{name}")) for name in names[:_MAX_FILES])
    return [(name, text) for name, text in found if text is not None]


def _read(path: str) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        return os.read(descriptor, MAX_FILE)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _object(text: bytes) -> Settings:
    """Empty where it is none: the browser believes it no more than we do."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _folder(path: str) -> None:
    """Whoever runs inside may be another user, and a umask takes away; what lies around it is the stage's alone."""
    os.mkdir(path)
    os.chmod(path, 0o755)  # noqa: S103


def _put(path: str, text: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    try:
        os.fchmod(descriptor, 0o644)
        os.write(descriptor, text)
    finally:
        os.close(descriptor)
