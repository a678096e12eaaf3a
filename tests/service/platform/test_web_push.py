"""Web Push: the RFC's own example, a browser that reads what was encrypted, and who the sender says to be."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from kiosk.model.binding import b64u, unb64u
from kiosk.service.platform.phone_settings import PhoneSettings, origin_of, phone_from
from kiosk.service.platform.web_push import MAX_TEXT, NoSubscriptionError, PushSubscription, VapidKey, encrypted
from kiosk.settings import SettingsError
from tests.fakes.push_service import Pushed, WokenBrowser

WATERMELON = b"When I grow up, I want to be a watermelon"
EXAMPLE = PushSubscription(
    "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "BTBZMqHH6r4Tts7J_aSIgg",
)
PRIVATE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_example_of_the_rfc() -> None:
    """RFC 8291 section 5, byte by byte."""
    own = ec.derive_private_key(int.from_bytes(unb64u(PRIVATE), "big"), ec.SECP256R1())
    assert b64u(encrypted(EXAMPLE, WATERMELON, own, unb64u(SALT))) == BODY


@given(message=st.binary(max_size=MAX_TEXT))
def test_the_browser_and_nobody_else_reads_what_was_encrypted_for_it(message: bytes) -> None:
    mine, other = WokenBrowser("https://push.example/a"), WokenBrowser("https://push.example/b")
    body = encrypted(PushSubscription(**mine.subscription()), message)
    assert len(body) <= 4096
    # A message that ends in NULs looks like padding to a reader that is not ours; ours has none.
    assert mine.read(body).rstrip(b"\0") == message.rstrip(b"\0")
    with pytest.raises(InvalidTag):
        other.read(body)


def test_no_two_messages_are_alike() -> None:
    to = PushSubscription(**WokenBrowser("https://push.example/a").subscription())
    assert len({encrypted(to, b"the same") for _ in range(20)}) == 20
    with pytest.raises(ValueError, match="at most"):
        encrypted(to, b"x" * (MAX_TEXT + 1))


@pytest.mark.parametrize(
    "bent",
    [
        {"p256dh": ""},
        {"p256dh": b64u(b"\x04" + b"\x01" * 64)},
        {"p256dh": b64u(b"\x02" + b"\x01" * 32)},
        {"p256dh": b64u(bytes(65))},
        {"p256dh": "not base64 at all"},
        {"auth": ""},
        {"auth": b64u(b"x" * 15)},
        {"auth": b64u(b"x" * 17)},
        {"auth": "*"},
    ],
)
def test_keys_that_are_none_are_refused(bent: dict[str, str]) -> None:
    good = WokenBrowser("https://push.example/a").subscription()
    PushSubscription(**good).check()
    with pytest.raises(NoSubscriptionError):
        PushSubscription(**{**good, **bent}).check()


def test_who_sends_is_said_by_a_key_that_every_replica_has() -> None:
    key = VapidKey(b"k" * 32)
    assert key.public == VapidKey(b"k" * 32).public != VapidKey(b"l" * 32).public
    header = key.authorization("https://push.example", "mailto:it@hospital.example", 1_795_000_000)
    said = Pushed("/", {"authorization": header}, b"").sender("https://push.example")
    assert (said["sub"], said["k"]) == ("mailto:it@hospital.example", key.public)
    assert said["exp"] == 1_795_000_000 + 3600


@given(secret=st.binary(min_size=32, max_size=32))
def test_a_key_is_a_point_whatever_it_is_made_of(secret: bytes) -> None:
    assert len(unb64u(VapidKey(secret).public)) == 65


@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        ("https://Push.Example/a?b", "https://push.example"),
        ("https://push.example:443/a", "https://push.example"),
        ("https://push.example:8443/a", "https://push.example:8443"),
        ("https://[2001:db8::1]/a", "https://[2001:db8::1]"),
        ("http://push.example/a", None),
        ("https://user@push.example/a", None),
        ("https://push.example\\@evil.example/a", None),
        ("https://push.example /a", None),
        ("https://push.example:0/a", None),
        ("ftp://push.example", None),
        ("https:///a", None),
        ("", None),
    ],
)
def test_where_a_message_goes_is_read_in_one_way(uri: str, origin: str | None) -> None:
    assert origin_of(uri) == origin


def test_the_settings() -> None:
    assert phone_from({}) == PhoneSettings()
    found = phone_from({"servers": True, "push_services": ["https://fcm.googleapis.com/", "https://p.example:8443"]})
    assert found.push_services == ("https://fcm.googleapis.com", "https://p.example:8443")


@pytest.mark.parametrize(
    "table",
    [
        {"servers": "yes"},
        {"push": True},
        {"push_services": "https://push.example"},
        {"push_services": ["http://push.example"]},
        {"push_services": ["https://push.example/path"]},
        {"push_services": ["https://*.push.example"]},
        {"push_services": [1]},
        {"push_services": ["https://push.example"] * 21},
        {"push_contact": "it@hospital.example"},
        {"push_contact": "mailto: <it@hospital.example>"},
        {"loopback": 1},
        {"ca_file": 1},
    ],
)
def test_settings_that_make_no_sense_are_said(table: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=r"\[phone\]"):
        phone_from(table)
