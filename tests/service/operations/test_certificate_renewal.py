"""The certificate is renewed while the service serves; connections from then on get the new one."""

from __future__ import annotations

import json
import logging
import ssl
import time

import pytest
from cryptography import x509

from kiosk.service.operations.certificate_renewal import Renewal
from kiosk.service.platform.tls import DAY, LEAF_DAYS, RENEW_DAYS
from kiosk.service.store.errors import StoreDownError
from tests.fakes.service import Hospital


def served(context: ssl.SSLContext, trust: str) -> x509.Certificate:
    """The certificate that a client gets now that trusts the CA ``trust``, in memory."""
    client = ssl.create_default_context(cadata=trust)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname="localhost")
    theirs = context.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(5):
        for side in (ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    der = ours.getpeercert(binary_form=True)
    assert der is not None
    return x509.load_der_x509_certificate(der)


def running(hospital: Hospital, days_left: int) -> tuple[Renewal, ssl.SSLContext]:
    """The service's clock says now; its certificate was made when it had a whole year."""
    hospital.clock.pass_by(time.time() - hospital.clock())
    made = int(time.time()) - (LEAF_DAYS - days_left) * DAY
    hospital.folder.tls.server_pem.unlink(missing_ok=True)
    assert hospital.folder.tls.ensure_server(hospital.folder.hosts, made)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(hospital.folder.tls.server_pem)
    return Renewal(hospital.folder, hospital.service, context), context


async def test_a_certificate_that_ends_soon_is_renewed_and_served_without_a_restart(service: Hospital) -> None:
    renewal, context = running(service, RENEW_DAYS - 1)
    trust = service.folder.tls.current().pem()
    before = served(context, trust)
    assert renewal.days() in (RENEW_DAYS - 2, RENEW_DAYS - 1)
    await renewal.once()
    after = served(context, trust)
    assert after.serial_number != before.serial_number
    assert renewal.ends == int(after.not_valid_after_utc.timestamp())
    assert renewal.days() in (LEAF_DAYS - 1, LEAF_DAYS)
    (row,) = await service.trail("certificate_renewed")
    assert json.loads(json.dumps(row["detail"])) == {"ends": renewal.ends}
    await renewal.once()
    assert len(await service.trail("certificate_renewed")) == 1


async def test_one_that_lasts_is_left_alone(service: Hospital) -> None:
    renewal, context = running(service, RENEW_DAYS + 1)
    before = served(context, service.folder.tls.current().pem())
    await renewal.once()
    assert served(context, service.folder.tls.current().pem()) == before
    assert await service.trail("certificate_renewed") == []


async def test_the_announced_ca_is_served_from_its_switch_on(service: Hospital) -> None:
    renewal, context = running(service, 200)
    tls = service.folder.tls
    tls.next_ca("auth.hospital.example", int(time.time()))
    tls.switch()
    await renewal.once()
    assert served(context, tls.current().pem()).issuer == tls.current().certificate.subject


async def test_a_renewal_that_fails_is_said_with_the_days_that_are_left(
    service: Hospital, caplog: pytest.LogCaptureFixture
) -> None:
    renewal, context = running(service, 20)
    before = served(context, trust := service.folder.tls.current().pem())
    (service.folder.path / "tls" / "current").unlink()
    with caplog.at_level(logging.ERROR):
        await renewal.once()
    assert "could not be renewed, and ends in" in caplog.text
    assert "current is missing or damaged" in caplog.text
    assert served(context, trust) == before, "what there is goes on"


async def test_a_renewal_is_told_once_the_database_answers_again(
    service: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewal, _ = running(service, RENEW_DAYS - 1)
    with monkeypatch.context() as away:

        async def write(*_what: object) -> None:
            raise StoreDownError("away")

        away.setattr(service.service.db, "write", write)
        with pytest.raises(StoreDownError):
            await renewal.once()
    assert await service.trail("certificate_renewed") == []
    await renewal.once()
    await renewal.once()
    assert len(await service.trail("certificate_renewed")) == 1
