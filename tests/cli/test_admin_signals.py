"""``kiosk admin signals``: who may tell us, and who is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from tests.fakes.admin import AdminDesk, desk

__all__ = ["desk"]

NAMES = ("--issuer", "https://idp.example/", "--audience", "https://auth.example")
COUNTS = ("--subject", "email", "--event", "session-revoked")
JWKS = ("--jwks-uri", "https://idp.example/keys")


def test_a_transmitter_is_added_listed_and_removed(desk: AdminDesk, tmp_path: Path) -> None:
    said = desk.admin("signals", "add", "idp", *NAMES, *COUNTS, *JWKS)
    assert said.strip().endswith("/v1/signals/events")
    line = "idp\ttaken\thttps://idp.example/\thttps://auth.example\thttps://idp.example/keys\temail"
    assert desk.admin("signals", "list").splitlines() == [f"{line}\tsession-revoked\t10 a minute"]
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [ECKey.generate_key("P-256").as_dict(private=False)]}))
    desk.admin("signals", "add", "idp", *NAMES, *COUNTS, "--keys", str(keys), "--most", "3")
    assert "keys given" in desk.admin("signals", "list")
    assert "is not held" in desk.admin("signals", "let", "idp", status=1)
    assert "is “idp” already" in desk.admin("signals", "add", "other", *NAMES, *COUNTS, *JWKS, status=1)
    desk.admin("signals", "remove", "idp")
    assert desk.admin("signals", "list") == ""
    assert desk.acts()[-2:] == ["signals.transmitter.set", "signals.transmitter.remove"]
    assert "There is no transmitter" in desk.admin("signals", "remove", "idp", status=1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*COUNTS, "--keys", "/nowhere"), "cannot be read"),
        ((*COUNTS, "--jwks-uri", "http://idp.example/"), "https://"),
        (("--subject", "login", "--event", "session-revoked", *JWKS), "--subject is one or more of"),
        (("--event", "session-revoked", *JWKS), "--subject is one or more of"),
        (("--subject", "email", "--event", "verification", *JWKS), "--event is one or more of"),
        ((*COUNTS, *JWKS, "--most", "0"), "1 to 1000"),
        ((*COUNTS, *JWKS, "--email-domain", "Not a domain"), "no domain"),
    ],
)
def test_rules_that_make_no_sense_are_refused(desk: AdminDesk, words: tuple[str, ...], said: str) -> None:
    assert said in desk.admin("signals", "add", "idp", *NAMES, *words, status=1 if "/nowhere" not in words else 2)


def test_a_receiver_is_set_paused_resumed_and_removed(desk: AdminDesk, tmp_path: Path) -> None:
    rules = ("--uri", "https://portal.example/in", "--event", "session-revoked")
    assert "There is no application" in desk.admin("signals", "receiver", "set", "portal", *rules, status=1)
    desk.admin("app", "add", "portal", "--audience", "urn:portal", "--new-key", str(tmp_path / "k"))
    assert "is sent no signals" in desk.admin("signals", "receiver", "verify", "portal", status=1)
    desk.admin("signals", "receiver", "set", "portal", *rules)
    line = "portal\tenabled\thttps://portal.example/in\tsession-revoked\tiss_sub\t0 wait\t-"
    assert desk.admin("signals", "receiver", "list").splitlines() == [line]
    desk.admin("signals", "receiver", "pause", "portal")
    desk.admin("signals", "receiver", "verify", "portal")
    assert "\tpaused\t" in desk.admin("signals", "receiver", "list")
    assert "2 wait" in desk.admin("signals", "receiver", "list")
    assert "paused already" in desk.admin("signals", "receiver", "pause", "portal", status=1)
    desk.admin("signals", "receiver", "resume", "portal")
    desk.admin("signals", "receiver", "remove", "portal")
    assert desk.admin("signals", "receiver", "list") == ""
    assert desk.acts()[-2:] == ["signals.receiver.status", "signals.receiver.remove"]


def test_a_receiver_without_an_address_fetches_its_signals(desk: AdminDesk, tmp_path: Path) -> None:
    desk.admin("app", "add", "portal", "--audience", "urn:portal", "--new-key", str(tmp_path / "k"))
    desk.admin("signals", "receiver", "set", "portal", "--event", "session-revoked")
    line = "portal\tenabled\tfetched\tsession-revoked\tiss_sub\t0 wait\t-"
    assert desk.admin("signals", "receiver", "list").splitlines() == [line]


def test_a_workstation_that_nobody_reported_is_not_cleared(desk: AdminDesk) -> None:
    assert "There is no workstation" in desk.admin("signals", "clear", "ward-3-a", status=1)
    desk.admin("workstation", "add", "ward-3-a", "--place", "Ward 3")
    assert "Nobody reported" in desk.admin("signals", "clear", "ward-3-a", status=1)
