"""The plastic on a real pcscd, asked by programs of other people: OpenSC and python-fido2."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from fido2.ctap2.base import Ctap2
from fido2.ctap2.pin import ClientPin
from fido2.pcsc import CtapPcscDevice
from smartcard import scard

from kiosk.demo.cardservice import VirtualCardService
from kiosk.simulator.link import Placed
from kiosk.simulator.piv_store import Slot
from kiosk.simulator.simulated_card import Faults
from tests.fakes.cardservice import READERS
from tests.fakes.process_table import until
from tests.fakes.simulated_cards import a_badge, a_key, a_piv_card, key_memory, piv_memory

pytestmark = pytest.mark.pcsc
HASH = b"\x22" * 32


def said(*words: str) -> str:
    ran = subprocess.run(words, env=os.environ, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture
def piv_card(card_service: VirtualCardService) -> Iterator[Placed]:
    with Placed(a_piv_card(), card_service.connect(0)) as placed:
        assert placed.wait_seen()
        yield placed


def test_opensc_names_the_card(piv_card: Placed) -> None:
    assert "Personal Identity Verification Card" in said("piv-tool", "--reader", READERS[0], "--name")
    guid = piv_memory(piv_card.card).guid.bytes
    assert guid.hex(" ").upper() in said("piv-tool", "--reader", READERS[0], "--serial")


def test_opensc_lists_both_keys_and_certificates(piv_card: Placed) -> None:
    assert "Anna Alvarez" in said("pkcs11-tool", "-L")
    objects = said("pkcs11-tool", "--slot-index", "0", "-O")
    assert "Certificate for PIV Authentication" in objects
    assert "Certificate for Card Authentication" in objects
    assert "CARD AUTH key" in objects


def test_opensc_signs_with_the_pin(piv_card: Placed, tmp_path: Path) -> None:
    (tmp_path / "digest").write_bytes(HASH)
    sign = ["pkcs11-tool", "--slot-index", "0", "--login", "--pin", "123456", "--sign", "--id", "01", "-m", "ECDSA"]
    said(*sign, "-i", str(tmp_path / "digest"), "-o", str(tmp_path / "signature"))
    raw = (tmp_path / "signature").read_bytes()
    signature = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public = piv_memory(piv_card.card).slots[Slot.AUTHENTICATION].certificate.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(signature, HASH, ec.ECDSA(Prehashed(hashes.SHA256())))


def test_opensc_sees_a_wrong_pin_refused(piv_card: Placed) -> None:
    words = ["pkcs15-tool", "--reader", READERS[0], "--verify-pin", "--auth-id", "01", "--pin", "999999"]
    ran = subprocess.run(words, env=os.environ, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode != 0
    assert "PIN code or key incorrect" in ran.stderr
    assert piv_memory(piv_card.card).retries == 4


def test_opensc_reads_the_certificate_as_it_was_issued(piv_card: Placed) -> None:
    pem = said("pkcs15-tool", "--reader", READERS[0], "--read-certificate", "04")
    issued = piv_memory(piv_card.card).slots[Slot.CARD_AUTHENTICATION].certificate
    assert x509.load_pem_x509_certificate(pem.encode()) == issued


def test_three_cards_lie_on_three_readers_at_once(card_service: VirtualCardService) -> None:
    cards = [a_badge("04A1B2C3D4E5F6"), a_key(), a_piv_card(uid="04000001")]
    placed = [Placed(card, card_service.connect(slot)) for slot, card in enumerate(cards)]
    try:
        assert all(p.wait_seen() for p in placed)
        assert "04 A1 B2 C3 D4 E5 F6" in said("opensc-tool", "-r", READERS[0], "-s", "FFCA000000")
        assert "FIDO_2_0" in said("opensc-tool", "-r", READERS[1], "-s", "00A4040008A0000006472F000100")
        assert "04 00 00 01" in said("opensc-tool", "-r", READERS[2], "-s", "FFCA000000")
    finally:
        for p in placed:
            p.lift()


def a_device() -> CtapPcscDevice:
    """The key on the second reader. pcscd tells its clients of a card a moment after it has powered it up."""
    return until("a key on the second reader", lambda: next(iter(CtapPcscDevice.list_devices(READERS[1])), None))


@pytest.mark.parametrize("extended", [False, True])
def test_python_fido2_registers_and_signs_over_nfc(card_service: VirtualCardService, extended: bool) -> None:
    plastic = a_key()
    for _ in range(2):
        with Placed(plastic, card_service.connect(1)) as placed:
            assert placed.wait_seen()
            with a_device() as device:
                device.use_ext_apdu = extended
                ctap = Ctap2(device)
                client = ClientPin(ctap)
                known = bool(key_memory(plastic).credentials)
                permission = ClientPin.PERMISSION.GET_ASSERTION if known else ClientPin.PERMISSION.MAKE_CREDENTIAL
                token = client.get_pin_token("2468", permission, "rp.example")
                proof = (client.protocol.authenticate(token, HASH), client.protocol.VERSION)
                if known:
                    got = ctap.get_assertion("rp.example", HASH, None, None, None, *proof)
                    assert got.auth_data.is_user_verified()
                    assert got.user == {"id": b"anna"}
                else:
                    user = {"id": b"anna", "name": "anna"}
                    algorithms: list[Mapping[str, Any]] = [{"type": "public-key", "alg": -7}]
                    made = ctap.make_credential(
                        HASH, {"id": "rp.example"}, user, algorithms, None, None, {"rk": True}, *proof
                    )
                    assert made.fmt == "packed"


def test_a_mute_card_is_there_but_does_not_answer(card_service: VirtualCardService) -> None:
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    state = scard.SCARD_STATE_UNAWARE
    with Placed(a_badge(faults=Faults(mute=True)), card_service.connect(3)):
        while not state & scard.SCARD_STATE_MUTE:
            result, states = scard.SCardGetStatusChange(context, 10_000, [(READERS[3], state)])
            assert result == scard.SCARD_S_SUCCESS
            state = states[0][1]
    scard.SCardReleaseContext(context)
    assert state & scard.SCARD_STATE_PRESENT
