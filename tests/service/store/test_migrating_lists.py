"""Revocation lists that were filed under a certificate are found under their CA's name and key afterwards."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Connection, text

from kiosk.service.proofs import certificate_authority, certificate_paths
from kiosk.service.store import lookups
from kiosk.simulator.piv_ca import CardAuthority, Validity
from tests.attacks.test_revoked_card_after_renewal import renewed
from tests.fakes.keys import der
from tests.fakes.old_stores import BOTH, left_at

CA = "INSERT INTO piv_ca (fingerprint, subject, pem, hardware, enrolled_chain, enrolled_seq, created)"
CRL = "INSERT INTO crl (issuer, der, crl_number, this_update, next_update, added)"


def _ca(conn: Connection, certificate: x509.Certificate, *, hardware: bool) -> str:
    mark = certificate_paths.fingerprint(der(certificate))
    row: dict[str, Any] = {"f": mark, "p": certificate.public_bytes(Encoding.PEM).decode(), "h": hardware}
    conn.execute(text(f"{CA} VALUES (:f, 'CN=x', :p, :h, 'service', 1, 1)"), row)
    return mark


def _list(conn: Connection, issuer: str, crl: x509.CertificateRevocationList, at: int) -> None:
    row: dict[str, Any] = {"i": issuer, "d": crl.public_bytes(Encoding.DER), "at": at, "until": at + 9, "added": at}
    conn.execute(text(f"{CRL} VALUES (:i, :d, '1', :at, :until, :added)"), row)


@pytest.mark.parametrize("kind", BOTH)
def test_the_newest_list_of_each_ca_is_kept(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    ca, other = CardAuthority.new(), CardAuthority.new()
    old, new = ca.crl(), ca.crl([ca.issue_card_auth(ca.key.public_key(), uuid.uuid4())])
    theirs = other.crl(validity=Validity.days(3))
    store = left_at("0007", request, tmp_path, kind)

    def before(conn: Connection) -> None:
        _list(conn, _ca(conn, ca.certificate, hardware=True), new, 200)
        _list(conn, _ca(conn, renewed(ca), hardware=False), old, 100)
        _list(conn, _ca(conn, other.certificate, hardware=True), theirs, 50)
        _list(conn, "gone", old, 300)

    store.write_now(before)
    store.migrate_now()
    mine, yours = certificate_authority.identity(ca.certificate), certificate_authority.identity(other.certificate)
    assert store.read_now(lookups.crls_of, mine) == [new.public_bytes(Encoding.DER)]
    assert store.read_now(lookups.crls_of, yours) == [theirs.public_bytes(Encoding.DER)]
    marks = {row.identity: row.hardware for row in certificate_paths.trusted(store.read_now(lookups.piv_cas))}
    assert marks == {mine: False, yours: True}, "what was said of one certificate alone is not said of its CA"
    store.close_now()
