"""Where programs may connect, as it is written: one meaning, or none."""

from __future__ import annotations

import pytest

from kiosk.model.reach import ReachFormError, read_reach


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("192.0.2.7:443", ("4", "192.0.2.7/32", "tcp", "443", "443")),
        ("10.20.0.0/16:8000-8010", ("4", "10.20.0.0/16", "tcp", "8000", "8010")),
        ("0.0.0.0/0:1-65535/udp", ("4", "0.0.0.0/0", "udp", "1", "65535")),
        ("[2001:DB8::/32]:443", ("6", "2001:db8::/32", "tcp", "443", "443")),
    ],
)
def test_what_is_understood(text: str, words: tuple[str, ...]) -> None:
    assert read_reach(text).words() == words


@pytest.mark.parametrize(
    "text",
    [
        "",
        "192.0.2.7",
        "192.0.2.7:0",
        "192.0.2.7:70000",
        "192.0.2.7:10-9",
        "192.0.2.7:443/tcp",
        "192.0.2.7:443; flush ruleset",
        "192.0.2.7:443\n",
        "10.20.0.1/16:443",  # not a network's own address: which was meant?
        "records.hospital.example:443",
        "2001:db8::1:443",
        "[192.0.2.7]:443",
        "[fe80::1%eth0]:443",
        "127.0.0.1:443",
        "[::1]:443",
        "224.0.0.1:443",
    ],
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(ReachFormError):
        read_reach(text)
