"""A metadata file is taken only if it is genuine, in time and whole; every other one is refused with a sentence."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from kiosk.service.metadata.blob import ROOTS, MetadataBlobError, read
from kiosk.service.metadata.models import KeyModel, Status
from tests.fakes.attested import MODEL, Issuer, MetadataService, der, entry, maker, new_key
from tests.fakes.client import NOW

DAY = 86_400


@pytest.fixture(scope="module")
def mds() -> MetadataService:
    return MetadataService.new(NOW)


def test_a_genuine_file_is_read(mds: MetadataService) -> None:
    made = maker(NOW)
    blob = read(
        mds.blob(entry(made, "FIDO_CERTIFIED_L2"), {"aaid": "1234#5678", "statusReports": []}), NOW, mds.root_pem
    )
    assert (blob.no, blob.signer, len(blob.models)) == (7, "mds.fidoalliance.org", 1)
    assert 20 * DAY <= blob.next_update - NOW <= 21 * DAY
    model = blob.models[0]
    assert (model.ids, model.name, model.level(NOW)) == ((MODEL.hex(),), "Test Key 5 NFC", "L2")
    assert model.roots == (der(made.root),)
    assert model.icon.startswith("data:image/png")
    assert KeyModel.from_text(MODEL.hex(), model.name, model.text()).statuses == model.statuses


def test_the_published_roots_are_those_of_the_fido_alliance() -> None:
    # https://fidoalliance.org/metadata/: https://valid.r46.roots.globalsign.com/, before: https://valid.r3.…
    marks = [x509.load_pem_x509_certificate(root.read_bytes()).fingerprint(hashes.SHA256()).hex() for root in ROOTS]
    assert marks == [
        "4fa3126d8d3a11d1c4855a4f807cbad6cf919d3a5a88b03bea2c6372d93c40c9",
        "cbb522d7b7f127ad6a0113865bdf1cd4102e7d0759af635a7cf4720dc963c53b",
    ]


def test_every_certificate_of_a_file_of_roots_counts(mds: MetadataService) -> None:
    other = MetadataService.new(NOW)
    for pem in (mds.root_pem + other.root_pem, other.root_pem + b"# between\n" + mds.root_pem):
        assert read(mds.blob(), NOW, pem).root == mds.root.fingerprint(hashes.SHA256()).hex()


def test_a_root_that_is_not_known_is_no_forgery(mds: MetadataService) -> None:
    with pytest.raises(
        MetadataBlobError, match="under a root that this version does not know: CN=Test Metadata Root"
    ) as no:
        read(mds.blob(), NOW)
    assert "--root FILE.pem" in str(no.value)
    with_root = replace(mds, chain=(*mds.chain, mds.root))
    with pytest.raises(MetadataBlobError, match=mds.root.fingerprint(hashes.SHA256()).hex()):
        read(with_root.blob(), NOW)
    assert read(with_root.blob(), NOW, mds.root_pem).root == mds.root.fingerprint(hashes.SHA256()).hex()


def test_what_does_not_hold_by_itself_is_not_excused_by_an_unknown_root(mds: MetadataService) -> None:
    for bent in (other_name, expired_issuer, issuer_that_is_no_ca):
        with pytest.raises(MetadataBlobError, match="may be forged"):
            read(bent(mds)[0], NOW)
    alone = replace(mds, chain=mds.chain[:1])
    with pytest.raises(MetadataBlobError, match="may be forged"):
        read(alone.blob(), NOW)


def test_a_file_that_an_editor_has_saved_is_read(mds: MetadataService) -> None:
    data = mds.blob()
    whole = read(data, NOW, mds.root_pem)
    wrapped = b"\r\n".join(data[at : at + 76] for at in range(0, len(data), 76))
    for saved in (b"\xef\xbb\xbf" + data + b"\r\n", data.decode().encode("utf-16"), b"\n" + data + b"\n\n", wrapped):
        assert read(saved, NOW, mds.root_pem) == whole


def test_a_large_file_is_read(mds: MetadataService) -> None:
    picture = "data:image/png;base64," + "A" * 200_000
    one = entry(maker(NOW))
    one["metadataStatement"]["icon"] = picture
    assert read(mds.blob(one), NOW, mds.root_pem).models[0].icon == picture


def other_root(mds: MetadataService) -> tuple[bytes, bytes]:
    return mds.blob(), MetadataService.new(NOW).root_pem


def other_name(_: MetadataService) -> tuple[bytes, bytes]:
    stranger = MetadataService.new(NOW, "evil.example")
    return stranger.blob(), stranger.root_pem


def expired_issuer(_: MetadataService) -> tuple[bytes, bytes]:
    late = MetadataService.new(NOW, middle={"ends": -1})
    return late.blob(), late.root_pem


def issuer_that_is_no_ca(_: MetadataService) -> tuple[bytes, bytes]:
    odd = MetadataService.new(NOW, middle={"ca": False})
    return odd.blob(), odd.root_pem


def another_key(mds: MetadataService) -> tuple[bytes, bytes]:
    return mds.with_key(new_key()).blob(), mds.root_pem


def changed(mds: MetadataService) -> tuple[bytes, bytes]:
    header, payload, signature = mds.blob().split(b".")
    text = base64.urlsafe_b64decode(payload + b"==").replace(b'"no": 7', b'"no": 8')
    return b".".join((header, base64.urlsafe_b64encode(text).rstrip(b"="), signature)), mds.root_pem


def unsigned(mds: MetadataService) -> tuple[bytes, bytes]:
    _, payload, _ = mds.blob().split(b".")
    return base64.urlsafe_b64encode(b'{"alg":"none","x5c":[]}').rstrip(b"=") + b"." + payload + b".", mds.root_pem


@pytest.mark.parametrize(
    ("forge", "said"),
    [
        (other_root, "may be forged"),
        (other_name, "may be forged"),
        (expired_issuer, "may be forged"),
        (issuer_that_is_no_ca, "may be forged"),
        (another_key, "signature .* is wrong"),
        (changed, "signature .* is wrong"),
        (unsigned, "does not carry"),
    ],
)
def test_a_forged_file_is_refused(mds: MetadataService, forge: Any, said: str) -> None:
    data, root = forge(mds)
    with pytest.raises(MetadataBlobError, match=said):
        read(data, NOW, root)


@pytest.mark.parametrize(
    ("bent", "said"),
    [
        ({"days": -1}, "due to be replaced"),
        ({"nextUpdate": "soon"}, "no serial number or date"),
        ({"nextUpdate": None}, "no serial number or date"),
        ({"nextUpdate": "9999-12-31"}, "no serial number or date"),
        ({"no": "7"}, "no serial number or date"),
        ({"no": True}, "no serial number or date"),
        ({"no": -1}, "no serial number or date"),
        ({"entries": {}}, "no entries"),
        ({"entries": [3]}, "Entry 1"),
        ({"entries": [{"aaguid": "zz", "statusReports": []}]}, "AAGUID"),
        ({"entries": [{"aaguid": "00000000-0000-0000-0000-000000000000", "statusReports": []}]}, "AAGUID"),
        ({"entries": [{"aaguid": "a1" * 16}]}, "status reports"),
        ({"entries": [{"aaguid": "a1" * 16, "statusReports": [{}]}]}, "no status"),
        ({"entries": [{"aaguid": "a1" * 16, "statusReports": [{"status": "X", "effectiveDate": "?"}]}]}, "date"),
        ({"entries": [{"attestationCertificateKeyIdentifiers": ["xx"], "statusReports": []}]}, "key identifier"),
    ],
    ids=str,
)
def test_a_signed_file_that_makes_no_sense_is_refused(mds: MetadataService, bent: dict[str, Any], said: str) -> None:
    with pytest.raises(MetadataBlobError, match=said):
        read(mds.blob(**bent), NOW, mds.root_pem)


@pytest.mark.parametrize("rubbish", [b"", b"...", b"a.b.c", b"\xff.\xff.\xff", b"{}", b"e30.e30.e30"])
def test_rubbish_is_refused(mds: MetadataService, rubbish: bytes) -> None:
    with pytest.raises(MetadataBlobError):
        read(rubbish, NOW, mds.root_pem)
    with pytest.raises(MetadataBlobError, match="PEM"):
        read(mds.blob(), NOW, b"no certificate")


def test_the_last_day_counts_whole(mds: MetadataService) -> None:
    today = mds.blob(days=0)
    assert read(today, NOW, mds.root_pem).next_update > NOW


def said(report: Status | None) -> str | None:
    return report.status if report else None


def model(*statuses: tuple[str, str] | tuple[str, str, bytes]) -> KeyModel:
    return KeyModel(("a1" * 16,), "Key", tuple(Status(*report) for report in statuses), ())


@pytest.mark.parametrize(
    ("statuses", "level"),
    [
        ((), ""),
        ((("FIDO_CERTIFIED", "2020-01-01"),), "L1"),
        ((("FIDO_CERTIFIED_L1", "2020-01-01"), ("FIDO_CERTIFIED_L2", "2021-01-01")), "L2"),
        ((("FIDO_CERTIFIED_L2", "2021-01-01"), ("FIDO_CERTIFIED", "2021-01-01")), "L2"),
        ((("FIDO_CERTIFIED_L2", "2021-01-01"), ("NOT_FIDO_CERTIFIED", "2022-01-01")), ""),
        ((("FIDO_CERTIFIED_L1", "2021-01-01"), ("FIDO_CERTIFIED_L3", "2099-01-01")), "L1"),
        ((("FIDO_CERTIFIED_L1plus", ""), ("UPDATE_AVAILABLE", "2022-01-01")), "L1plus"),
    ],
)
def test_the_latest_certification_in_force_counts(statuses: tuple[tuple[str, str], ...], level: str) -> None:
    assert model(*statuses).level(NOW) == level


@pytest.mark.parametrize(
    "status",
    [
        "USER_VERIFICATION_BYPASS",
        "ATTESTATION_KEY_COMPROMISE",
        "USER_KEY_REMOTE_COMPROMISE",
        "USER_KEY_PHYSICAL_COMPROMISE",
        "REVOKED",
    ],
)
def test_every_compromise_counts_at_once(status: str) -> None:
    bad = model(("FIDO_CERTIFIED_L1", "2020-01-01"), (status, "2099-01-01"), ("UPDATE_AVAILABLE", "2022-01-01"))
    assert said(bad.compromise()) == status


def test_what_is_no_compromise_is_none() -> None:
    assert model(("RETIRED", ""), ("UPDATE_AVAILABLE", ""), ("FIPS140_CERTIFIED_L2", "")).compromise() is None


def test_a_compromised_batch_concerns_that_batch_alone() -> None:
    batch, other = (der(Issuer.root("x", NOW).certificate) for _ in range(2))
    bad = model(("ATTESTATION_KEY_COMPROMISE", "", batch))
    assert said(bad.compromise((batch,))) == "ATTESTATION_KEY_COMPROMISE"
    assert bad.compromise((other,)) is None


def test_two_entries_of_one_model_are_both_heeded(mds: MetadataService) -> None:
    made = maker(NOW)
    blob = read(mds.blob(entry(made, "FIDO_CERTIFIED"), entry(made, "REVOKED")), NOW, mds.root_pem)
    assert [said(model.compromise()) for model in blob.models] == ["REVOKED"]
