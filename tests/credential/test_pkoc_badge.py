"""A PKOC badge: recognised at a tap, asked for one signature, and refused in true words where it makes no sense."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from kiosk.credential import CredentialError, probe, read_pkoc, sign
from kiosk.model.binding import STEP_UP_LABEL, unb64u
from kiosk.model.card import CardTrouble
from kiosk.model.proof import Method, PivPresented, PkocPresented, PkocProof, UidPresented
from kiosk.simulator import apdu
from kiosk.simulator.apdu import Command, Reply
from kiosk.simulator.fido2 import Fido2Applet
from kiosk.simulator.piv import PivApplet
from kiosk.simulator.pkoc import PkocApplet, fresh_key, open_pkoc_store, public_point
from kiosk.simulator.tlv import parse, tlv
from tests.credential.cards import UID, ScriptedCard, chip, key_memory, piv_memory
from tests.credential.wire import RP_ID, a_challenge, never
from tests.fakes.simulated_cards import InMemoryCard

KEY = fresh_key()
NUMBER = UID.hex().upper()
OFF_THE_CURVE = b"\x04" + bytes(31) + b"\x05" + bytes(31) + b"\x01"


def badge(applet: PkocApplet | None = None) -> InMemoryCard:
    return chip(applet or PkocApplet(KEY))


def signed(card: InMemoryCard) -> tuple[PkocProof, bytes]:
    """Its proof, and the challenge."""
    challenge = a_challenge(Method.PKOC_TAP)
    proof = sign(card, challenge, None, never())
    assert isinstance(proof, PkocProof)
    return proof, unb64u(challenge.challenge)


def verify(proof: PkocProof, identifier: bytes, key: ec.EllipticCurvePrivateKey = KEY) -> None:
    signature = unb64u(proof.signature)
    assert unb64u(proof.public_key) == public_point(key)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    key.public_key().verify(encode_dss_signature(r, s), identifier, ec.ECDSA(hashes.SHA256()))


def test_a_tap_shows_it_and_it_signs_our_challenge_alone() -> None:
    card = badge()
    assert probe(card, RP_ID) == PkocPresented(NUMBER)
    proof, challenge = signed(card)
    assert proof.identifier_bytes == 32
    verify(proof, challenge)
    authenticate = next(apdu for apdu in card.sent if apdu[:2] == b"\x80\x80")
    assert authenticate[:4].hex() == "80800001"
    objects = parse(authenticate[5 : 5 + authenticate[4]])
    assert objects[0x5C] == b"\x01\x00"
    assert objects[0x4C] == challenge
    assert len(objects[0x4D]) == 32


def test_a_badge_that_takes_16_bytes_alone_gets_the_first_16() -> None:
    proof, challenge = signed(badge(PkocApplet(KEY, sizes=range(16, 17))))
    assert proof.identifier_bytes == 16
    verify(proof, challenge[:16])


def test_a_badge_that_wants_no_le_is_asked_without() -> None:
    class NoLe(PkocApplet):
        def command(self, command: Command) -> Reply:
            return Reply(sw=apdu.WRONG_LENGTH) if command.le is not None else PkocApplet.command(self, command)

    proof, challenge = signed(badge(NoLe(KEY)))
    verify(proof, challenge)


@pytest.mark.parametrize(
    ("versions", "spoken"), [("0100", "0100"), ("0101", "0101"), ("01000101", "0101"), ("02000100", "0100")]
)
def test_the_newest_version_that_both_know_is_spoken(versions: str, spoken: str) -> None:
    card = badge(PkocApplet(KEY, versions=bytes.fromhex(versions)))
    verify(*signed(card))
    authenticate = next(apdu for apdu in card.sent if apdu[:2] == b"\x80\x80")
    assert parse(authenticate[5 : 5 + authenticate[4]])[0x5C].hex() == spoken


def test_the_order_of_the_search_is_no_verdict() -> None:
    card = chip(PivApplet(piv_memory()), Fido2Applet(key_memory()), PkocApplet(KEY))
    assert isinstance(probe(card, RP_ID), PivPresented)
    assert probe(card, RP_ID, "pkoc") == PkocPresented(NUMBER)
    assert probe(card, RP_ID, "number") == UidPresented(NUMBER)
    verify(*signed(card))
    memory = piv_memory()
    assert probe(chip(PivApplet(memory), PkocApplet(KEY)), RP_ID, "key") == PkocPresented(NUMBER)


def test_a_new_badge_says_its_key() -> None:
    made = read_pkoc(badge())
    assert unb64u(made.public_key) == public_point(KEY)
    assert made.presented == PkocPresented(NUMBER)


def test_a_version_that_is_not_known_leaves_the_number_and_is_told_to_whoever_wants_the_badge() -> None:
    card = badge(PkocApplet(KEY, versions=b"\x02\x00"))
    assert probe(card, RP_ID) == UidPresented(NUMBER)
    for act in (lambda: probe(card, RP_ID, "pkoc"), lambda: signed(card)):
        assert trouble(act) == CardTrouble.PKOC_VERSION


def trouble(act: Callable[[], object]) -> CardTrouble:
    with pytest.raises(CredentialError) as caught:
        act()
    return caught.value.trouble


@dataclass(slots=True)
class Says(PkocApplet):
    """Answers every AUTHENTICATE so."""

    reply: Reply = field(default_factory=Reply)

    def command(self, command: Command) -> Reply:
        return self.reply


POINT, SIGNATURE = tlv(0x5A, public_point(KEY)), tlv(0x9E, bytes(64))


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(POINT + SIGNATURE[:-1]), CardTrouble.GARBAGE),
        (Reply(POINT), CardTrouble.GARBAGE),
        (Reply(SIGNATURE), CardTrouble.GARBAGE),
        (Reply(POINT + tlv(0x9E, bytes(72))), CardTrouble.GARBAGE),
        (Reply(b"\x5a\x41\x04"), CardTrouble.GARBAGE),
        (Reply(tlv(0x5A, OFF_THE_CURVE) + SIGNATURE), CardTrouble.PKOC_KEY),
        (Reply(tlv(0x5A, public_point(KEY)[1:]) + SIGNATURE), CardTrouble.PKOC_KEY),
        (Reply(tlv(0x5A, b"\x02" + public_point(KEY)[1:33]) + SIGNATURE), CardTrouble.PKOC_KEY),
        (Reply(tlv(0x5A, bytes(65)) + SIGNATURE), CardTrouble.PKOC_KEY),
        (Reply(), CardTrouble.PKOC_REFUSED),
        (Reply(sw=0x6985), CardTrouble.PKOC_REFUSED),
        (Reply(sw=0x6F00), CardTrouble.PKOC_REFUSED),
        (Reply(POINT + SIGNATURE, sw=0x6A80), CardTrouble.PKOC_REFUSED),
        (Reply(POINT + SIGNATURE, sw=0x6282), CardTrouble.PKOC_REFUSED),
    ],
)
def test_each_answer_that_is_none_has_its_own_sentence(reply: Reply, told: CardTrouble) -> None:
    assert trouble(lambda: signed(badge(Says(KEY, reply=reply)))) == told
    assert trouble(lambda: read_pkoc(badge(Says(KEY, reply=reply)))) == told


def test_objects_that_are_not_known_are_passed_over() -> None:
    class More(PkocApplet):
        def command(self, command: Command) -> Reply:
            return Reply(tlv(0xF8, b"a certificate") + PkocApplet.command(self, command).data)

        def select(self) -> bytes:
            return tlv(0x80, b"\x01") + PkocApplet.select(self)

    card = badge(More(KEY))
    assert isinstance(probe(card, RP_ID), PkocPresented)
    verify(*signed(card))


@pytest.mark.parametrize("said", ["", "5C00", "5C0101", "5C020", "80020100", "5C04010"])
def test_a_card_that_says_yes_to_any_select_is_its_number(said: str) -> None:
    """Also a PKOC card of another profile, which names no version."""

    def answer(sent: bytes) -> tuple[bytes, int]:
        if sent[1] == 0xA4:
            return bytes.fromhex(said + "0" * (len(said) % 2)), 0x9000
        return (UID, 0x9000) if sent[0] == 0xFF else (b"", 0x6D00)

    assert probe(ScriptedCard(answer), RP_ID) == UidPresented(NUMBER)


def test_a_card_without_the_application_is_no_such_badge() -> None:
    assert trouble(lambda: signed(chip())) == CardTrouble.NOT_A_PKOC_BADGE


def test_it_never_signs_for_a_step_up() -> None:
    card = badge()
    with pytest.raises(CredentialError):
        sign(card, a_challenge(Method.PKOC_TAP, label=STEP_UP_LABEL), None, Event())
    assert card.sent == []


def test_its_memory_is_a_file(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("card") / "badge.json"
    first, again = open_pkoc_store(path), open_pkoc_store(path)
    assert public_point(first) == public_point(again)
    assert path.stat().st_mode & 0o777 == 0o600
