"""A PIV card was revoked; then its CA renews its certificate with the same key. Does the card come back to life?"""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from kiosk.simulator.piv_ca import CardAuthority
from kiosk.simulator.piv_store import PivMemory, Slot
from kiosk.simulator.simulated_card import SimulatedCard
from tests.fakes.central import ServiceProcess
from tests.fakes.commands import kiosk
from tests.fakes.keys import SoftPiv
from tests.fakes.over_tls import connected, station
from tests.fakes.simulated_cards import a_piv_card, in_memory_card, piv_memory


def renewed(ca: CardAuthority) -> x509.Certificate:
    """Another certificate of the same name and key, with another number and other dates."""
    old = ca.certificate
    day = datetime.timedelta(days=1)
    builder = x509.CertificateBuilder().subject_name(old.subject).issuer_name(old.issuer).public_key(old.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(old.not_valid_before_utc - day)
    builder = builder.not_valid_after(old.not_valid_after_utc + 900 * day)
    for extension in old.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return builder.sign(ca.key, SHA256())


def soft(card: SimulatedCard) -> SoftPiv:
    memory: PivMemory = piv_memory(card)
    tap, pin = memory.slots[Slot.CARD_AUTHENTICATION], memory.slots[Slot.AUTHENTICATION]
    return SoftPiv(tap.key, pin.key, tap.certificate, pin.certificate)


class Counter:
    """Where an administrator takes in files and cards."""

    def __init__(self, process: ServiceProcess, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.process, self.folder, self.monkeypatch = process, folder, monkeypatch

    def admin(self, *words: str) -> str:
        return kiosk("admin", "--data", str(self.process.data), *words)

    def trust(self, certificate: x509.Certificate, *more: str) -> str:
        path = self.folder / "ca.pem"
        path.write_bytes(certificate.public_bytes(Encoding.PEM))
        return self.admin("piv-ca", "add", str(path), *more)

    def publish(self, crl: x509.CertificateRevocationList) -> str:
        path = self.folder / "list.crl"
        path.write_bytes(crl.public_bytes(Encoding.DER))
        return self.admin("crl", "add", str(path))

    def enrol(self, login: str, card: SimulatedCard) -> None:
        self.monkeypatch.setattr("kiosk.reader.one_card", lambda _reader, _seconds: in_memory_card(card))
        self.admin("piv", "add", login)

    def card(self, login: str, ca: CardAuthority) -> SoftPiv:
        """A new card of ``ca``, enrolled."""
        self.enrol(login, card := a_piv_card(authority=ca))
        return soft(card)


@pytest.fixture
def counter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counter:
    process = ServiceProcess(tmp_path)
    process.person("ada", "Ada Lovelace")
    process.person("ben", "Ben Bitdiddle", "04B1B2C3D4E5F6")
    return Counter(process, tmp_path, monkeypatch)


async def test_a_revoked_card_stays_revoked_when_its_ca_is_renewed_with_the_same_key(counter: Counter) -> None:
    ca = CardAuthority.new()
    counter.trust(ca.certificate, "--hardware")
    stolen, good = counter.card("ada", ca), counter.card("ben", ca)
    counter.publish(ca.crl([stolen.cert_9e, stolen.cert_9a]))
    told = counter.trust(renewed(ca))
    assert "trusted already, by name and key" in told
    assert "in hardware" in told
    counter.process.start()
    try:
        async with connected(counter.process) as http:
            there = await station(counter.process, http, "ward-3")
            refused = await there.post("/v1/ceremonies", {"presented": stolen.presented, "tap": 1})
            assert refused.code == "revoked_certificate"
            view = await there.post("/v1/ceremonies", {"presented": good.presented, "tap": 2})
            challenge = (await there.challenge(view.body["id"], "piv_tap")).body
            view = await there.prove(view.body["id"], good.sign(challenge, "9E"))
            challenge = (await there.challenge(view.body["id"], "piv_pin")).body
            done = await there.prove(view.body["id"], good.sign(challenge, "9A"))
            # What is said of a CA holds for each of its certificates.
            assert done.body["session"]["assurance"]["acr"] == "phrh", done.body
    finally:
        counter.process.close()
    assert "holds" in kiosk("audit", "verify", "--data", str(counter.process.data))


async def test_a_ca_that_has_published_is_asked_for_a_list_under_its_new_certificate_too(counter: Counter) -> None:
    ca, other = CardAuthority.new(), CardAuthority.new()
    counter.trust(ca.certificate)
    card = counter.card("ada", ca)
    counter.publish(ca.crl([card.cert_9e]))
    counter.trust(renewed(ca))
    # Another CA of the same name has another key: its list says nothing of these cards, and its marks neither.
    assert "trusted already" not in counter.trust(other.certificate, "--hardware")
    counter.publish(other.crl())
    counter.process.start()
    try:
        async with connected(counter.process) as http:
            there = await station(counter.process, http, "ward-3")
            refused = await there.post("/v1/ceremonies", {"presented": card.presented, "tap": 1})
            assert refused.code == "revoked_certificate"
    finally:
        counter.process.close()
