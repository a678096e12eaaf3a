"""The CA and the server's certificate, used by a real TLS handshake."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import threading
from pathlib import Path

import pytest
from cryptography import x509

from kiosk.service.platform.keys import KeyFileError
from kiosk.service.platform.tls import DAY, CaExchangeError, Tls, spki_pin

NOW = int(datetime.datetime.now(datetime.UTC).timestamp())
HOSTS = ("auth.hospital.example", "127.0.0.1", "localhost")


@pytest.fixture
def tls(tmp_path: Path) -> Tls:
    made = Tls.make(tmp_path / "tls", HOSTS[0], NOW)
    assert made.ensure_server(HOSTS, NOW)
    return made


def leaf(tls: Tls) -> x509.Certificate:
    return x509.load_pem_x509_certificates(tls.server_pem.read_bytes())[0]


def shake_hands(tls: Tls, trust: tuple[str, ...], host: str) -> str | None:
    """What ``ssl`` says of the server's certificate; None if it accepts it."""
    ours, theirs = socket.socketpair()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tls.server_pem)

    def serve() -> None:
        with theirs, contextlib.suppress(OSError):
            server.wrap_socket(theirs, server_side=True).close()

    thread = threading.Thread(target=serve)
    thread.start()
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.verify_flags |= ssl.VerifyFlags.VERIFY_X509_STRICT
    client.load_verify_locations(cadata="".join(trust))
    try:
        client.wrap_socket(ours, server_hostname=host).close()
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    finally:
        ours.close()
        thread.join()
    return None


@pytest.mark.parametrize("host", HOSTS)
def test_the_server_is_trusted_under_each_of_its_names(tls: Tls, host: str) -> None:
    assert shake_hands(tls, tls.trust(), host) is None


def test_the_server_is_not_trusted_under_another_name_or_ca(tls: Tls, tmp_path: Path) -> None:
    assert "evil.example" in str(shake_hands(tls, tls.trust(), "evil.example"))
    other = Tls.make(tmp_path / "other", HOSTS[0], NOW)
    assert shake_hands(tls, other.trust(), HOSTS[0]) is not None


def test_a_certificate_is_renewed_before_it_ends_and_not_earlier(tls: Tls) -> None:
    before = leaf(tls)
    assert not tls.ensure_server(HOSTS, NOW + 300 * DAY)
    assert tls.ensure_server(HOSTS, NOW + 340 * DAY)
    assert leaf(tls).serial_number != before.serial_number


def test_a_new_host_renews_the_certificate(tls: Tls) -> None:
    assert tls.ensure_server((*HOSTS, "second.example"), NOW)
    assert shake_hands(tls, tls.trust(), "second.example") is None


def test_a_damaged_certificate_is_issued_anew(tls: Tls) -> None:
    tls.server_pem.write_bytes(b"nothing")
    assert tls.ensure_server(HOSTS, NOW)


def test_the_ca_is_exchanged_with_overlap(tls: Tls) -> None:
    old = tls.trust()
    tls.next_ca(HOSTS[0], NOW)
    overlap = tls.trust()
    assert overlap[0] == old[0]
    assert len(overlap) == 2
    assert not tls.ensure_server(HOSTS, NOW), "the old CA still signs"
    tls.switch()
    assert set(tls.trust()) == set(overlap)
    assert shake_hands(tls, tls.trust(), HOSTS[0]) is None, "a service that was not restarted yet"
    assert tls.ensure_server(HOSTS, NOW)
    assert shake_hands(tls, overlap, HOSTS[0]) is None
    assert shake_hands(tls, old, HOSTS[0]) is not None
    tls.retire()
    assert tls.trust() == (overlap[1],)


def test_the_steps_of_an_exchange_come_in_order(tls: Tls) -> None:
    with pytest.raises(CaExchangeError, match="ca next"):
        tls.switch()
    with pytest.raises(CaExchangeError, match="no CA from before"):
        tls.retire()
    tls.next_ca(HOSTS[0], NOW)
    with pytest.raises(CaExchangeError, match="ca switch"):
        tls.next_ca(HOSTS[0], NOW)
    tls.switch()
    with pytest.raises(CaExchangeError, match="ca retire"):
        tls.next_ca(HOSTS[0], NOW)


def test_a_pin_is_of_the_key_not_of_the_certificate(tls: Tls) -> None:
    assert spki_pin(tls.current().certificate) != spki_pin(leaf(tls))
    assert len(spki_pin(leaf(tls))) == 32


def test_a_ca_key_that_others_may_read_is_refused(tls: Tls) -> None:
    (tls.server_pem.parent / "ca-1.key").chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        tls.current()
