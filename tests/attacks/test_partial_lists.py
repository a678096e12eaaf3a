"""Revocation lists in parts, as real CAs publish them: each counts for the cards that it is about, and no others."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from kiosk.demo.processes import ChildFailedError
from kiosk.simulator.piv_ca import CardAuthority
from tests.attacks.test_revoked_card_after_renewal import Counter
from tests.fakes.central import ServiceProcess
from tests.fakes.keys import SoftPiv
from tests.fakes.over_tls import connected, station
from tests.fakes.simulated_cards import a_piv_card

LIST = "http://crl.example/cards.crl"


@pytest.fixture
def counter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    process = ServiceProcess(tmp_path)
    process.person("ada", "Ada Lovelace")
    yield Counter(process, tmp_path, monkeypatch)
    process.close()


def a_list(
    ca: CardAuthority, said: x509.IssuingDistributionPoint, *revoked: SoftPiv, critical: bool = True, number: int = 1
) -> x509.CertificateRevocationList:
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateRevocationListBuilder().issuer_name(ca.certificate.subject)
    builder = builder.last_update(now - datetime.timedelta(hours=1)).next_update(now + datetime.timedelta(days=1))
    builder = builder.add_extension(x509.CRLNumber(number), critical=False).add_extension(said, critical=critical)
    for card in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(card.cert_9e.serial_number)
        builder = builder.add_revoked_certificate(entry.revocation_date(now).build())
    return builder.sign(ca.key, SHA256())


def limited(url: str | None = None, *, users: bool = False, cas: bool = False) -> x509.IssuingDistributionPoint:
    names = [x509.UniformResourceIdentifier(url)] if url else None
    return x509.IssuingDistributionPoint(names, None, users, cas, None, False, False)


async def tap(counter: Counter, card: SoftPiv, name: str) -> str:
    """What the service says to a tap of the card: ``prove``, or the code of the refusal."""
    async with connected(counter.process) as http:
        there = await station(counter.process, http, name)
        answer = await there.post("/v1/ceremonies", {"presented": card.presented, "tap": 1})
        return "prove" if answer.body.get("state") == "prove" else answer.code


async def test_a_card_is_judged_by_the_list_that_its_certificate_names(counter: Counter) -> None:
    ca = CardAuthority.new(crl_url=LIST)
    counter.trust(ca.certificate)
    counter.publish(a_list(ca, limited(LIST, users=True)))
    card = counter.card("ada", ca)
    counter.process.start()
    assert await tap(counter, card, "ward-3") == "prove"
    # Another part of the CA's lists is a list of its own: it takes nothing from this one, and answers nothing.
    counter.publish(a_list(ca, limited("http://crl.example/others.crl"), number=2))
    assert await tap(counter, card, "ward-4") == "prove"
    counter.publish(a_list(ca, limited(LIST, users=True), card, number=3))
    assert await tap(counter, card, "ward-5") == "revoked_certificate"


async def test_a_list_of_another_part_leaves_the_card_unknown(counter: Counter) -> None:
    ca = CardAuthority.new(crl_url=LIST)
    counter.trust(ca.certificate)
    counter.publish(a_list(ca, limited(LIST)))
    card = counter.card("ada", ca)
    elsewhere = CardAuthority(ca.certificate, ca.key, (), "http://crl.example/others.crl")
    with pytest.raises(ChildFailedError, match="no fresh revocation list"):
        counter.enrol("ada", a_piv_card(authority=elsewhere))
    counter.process.start()
    assert await tap(counter, card, "ward-3") == "prove"


@pytest.mark.parametrize("critical", [True, False])
def test_a_list_of_ca_certificates_is_never_taken_as_one_of_cards(counter: Counter, critical: bool) -> None:
    ca = CardAuthority.new()
    counter.trust(ca.certificate)
    with pytest.raises(ChildFailedError, match="certificates of CAs alone"):
        counter.publish(a_list(ca, limited(cas=True), critical=critical))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (x509.IssuingDistributionPoint(None, None, False, False, None, True, False), "indirect list"),
        (x509.IssuingDistributionPoint(None, None, False, False, None, False, True), "attribute certificates alone"),
    ],
)
def test_other_lists_are_refused_with_their_reason(
    counter: Counter, said: x509.IssuingDistributionPoint, reason: str
) -> None:
    ca = CardAuthority.new()
    counter.trust(ca.certificate)
    with pytest.raises(ChildFailedError, match=reason):
        counter.publish(a_list(ca, said))
