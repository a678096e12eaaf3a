"""What is written for a workspace's network: rules, name servers, browsers' settings, and the kernel's own list."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from kiosk.stage.network import names, pages
from kiosk.stage.network.addresses import own_addresses
from kiosk.stage.network.rules import Allowed, ruleset
from tests.fakes.two_networks import STATION, STATION_TOO, STATION_V6, WHY_NOT, TwoNetworks, possible


def test_the_station_is_refused_before_anything_is_allowed() -> None:
    text = ruleset([Allowed("4", "10.0.0.0/8", "tcp", "1", "65535")], ["10.0.0.53"], ["10.0.0.2", "fd00::2"])
    assert text.index("ip daddr 10.0.0.2 reject") < text.index("established") < text.index("ip daddr 10.0.0.0/8")
    for nowhere in ("127.0.0.0/8, 224.0.0.0/4", "ip6 daddr { ::, ::1, ::ffff:0:0/96 } reject"):
        assert nowhere in text and text.index(nowhere) < text.index("established")
    assert text.index("nd-neighbor-solicit") < text.index("ip6 daddr ff00::/8 reject")
    assert "ip6 daddr fd00::2 reject" in text and "ip daddr 10.0.0.53 udp dport 53-53 accept" not in text
    assert text.count("policy drop") == 3


@pytest.mark.skipif(not possible(), reason=WHY_NOT)
def test_the_kernel_tells_every_address() -> None:
    with TwoNetworks() as networks:
        code = "from kiosk.stage.network.addresses import own_addresses; print(*own_addresses())"
        root = str(Path(__file__).parents[2])
        words = [*networks.around, "/usr/bin/env", f"PYTHONPATH={root}", "/usr/bin/python3", "-c", code]
        said = subprocess.run(words, capture_output=True, text=True, check=True, timeout=30).stdout.split()
    assert {STATION, STATION_TOO, STATION_V6} <= set(said)
    assert not [address for address in own_addresses() if address.startswith("127.")]


@pytest.mark.parametrize(
    ("text", "servers", "forwards"),
    [
        ("nameserver 10.0.0.53\nnameserver 10.0.1.53\n", ("10.0.0.53", "10.0.1.53"), False),
        ("nameserver 127.0.0.53\noptions edns0\n", (names.FORWARDED,), True),
        ("nameserver 10.0.0.2\n", (names.FORWARDED,), True),  # the station's own address
        ("nameserver 127.0.0.1\nnameserver fd00::53\n", ("fd00::53",), False),
        ("nameserver $(reboot)\n", (), False),
        ("", (), False),
    ],
)
def test_who_resolves_names(tmp_path: Path, text: str, servers: tuple[str, ...], forwards: bool) -> None:
    path = tmp_path / "resolv.conf"
    path.write_text(text)
    found = names.resolving(["10.0.0.2"], str(path))
    assert (found.servers, found.forwards) == (servers, forwards)
    assert "127.0.0" not in found.text
    assert ("options edns0" in found.text) == ("edns0" in text)


def test_the_station_s_own_lists_are_made_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    etc = tmp_path / "etc"
    managed, firefox = etc / "chromium/policies/managed", etc / "firefox.json"
    managed.mkdir(parents=True)
    own = {"LoopbackNetworkAllowedForUrls": ["https://a.example"], "HomepageLocation": "https://a.example"}
    (managed / "hospital.json").write_text(json.dumps(own))
    (managed / "broken.json").write_text("{")
    firefox.write_text(json.dumps({"policies": {"DisableTelemetry": True, "LocalNetworkAccess": {"Enabled": True}}}))
    monkeypatch.setattr(pages, "CHROMIUM", (str(etc / "chromium"),))
    monkeypatch.setattr(pages, "_FIREFOX_FILES", (str(firefox),))
    seen = pages.write(str(tmp_path / "pages"), ["https://b.example:8443", "https://[fd00::1]:1"])
    found = Path(seen[str(managed)])
    assert sorted(path.name for path in found.iterdir()) == ["broken.json", "hospital.json", pages.OURS]
    said = json.loads((found / pages.OURS).read_text())
    assert said["LoopbackNetworkAllowedForUrls"] == [
        "https://a.example",
        "https://b.example:8443",
        "https://[fd00::1]:1",
    ]
    assert "HomepageLocation" not in said
    policies = json.loads(Path(seen["/etc/firefox/policies/policies.json"]).read_text())["policies"]
    assert policies["DisableTelemetry"] and policies["LocalNetworkAccess"]["Enabled"]
    assert policies["LocalNetworkAccess"]["SkipDomains"] == ["b.example", "[fd00::1]"]
