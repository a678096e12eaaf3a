"""CTAP 2 with a key on a reader, and what its errors mean here.

``NfcKey`` carries CTAP messages over the lent card (CTAP 2.1 section 11.3, NFC); ``KnownCtap`` spares a second getInfo.
``fido2.pcsc.CtapPcscDevice`` would do the same with pyscard inside, one getInfo (120 ms on a phone's
chip) more, and a foreign exception for every status byte it does not expect. Nothing here reconnects, ever: closing
a connection resets the key's presence and PIN limits. Loaded by the card thread alone, as ``fido2`` costs 100 ms.
"""

from __future__ import annotations

import logging
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event

from cryptography.exceptions import InvalidKey, UnsupportedAlgorithm
from fido2.ctap import STATUS, CtapDevice, CtapError
from fido2.ctap2.base import Ctap2, Info
from fido2.hid import CAPABILITY, CTAPHID, ConnectionFailure

from kiosk.credential import apdu, key_info
from kiosk.credential.errors import (
    AlreadyEnrolledError,
    CardTimeoutError,
    CredentialError,
    FingerUnknownError,
    GarbledCardError,
    InvalidPinError,
    KeyAlgorithmError,
    KeyCapabilityError,
    KeyDeniedError,
    KeyFullError,
    KeyHidesError,
    LiftedEarlyError,
    NoCredentialError,
    PinAuthBlockedError,
    PinBlockedError,
    PinChangeRequiredError,
    PinNotSetError,
    RequestDroppedError,
    SensorBlockedError,
    U2fOnlyError,
)
from kiosk.reader.card import OpenCard

AID = bytes.fromhex("A0000006472F0001")
GET_INFO = bytes((Ctap2.CMD.GET_INFO,))
PROCESSING = 0x9100
NOT_KNOWN = (0x6A81, 0x6D00, 0x6E00)
NOT_KNOWN_AT_FIRST = (0x6700, 0x6985, 0x6A80, 0x6A86)
"""What U2F keys say of getInfo, too: of an instruction that they do not know they look at its parameters first."""
ASK_AGAIN = 0.1
"""Seconds between two NFCCTAP_GETRESPONSE, or until a cancel."""
PATIENCE = 60.0
"""Seconds after which a key that only ever says "processing" is told to stop: a challenge lives no longer."""

log = logging.getLogger(__name__)
ERR = CtapError.ERR

MEANING: dict[int, type[CredentialError]] = {
    ERR.NO_CREDENTIALS: NoCredentialError,
    ERR.INVALID_CREDENTIAL: NoCredentialError,
    ERR.CREDENTIAL_EXCLUDED: AlreadyEnrolledError,
    ERR.PIN_INVALID: InvalidPinError,
    ERR.UV_INVALID: FingerUnknownError,
    ERR.PIN_BLOCKED: PinBlockedError,
    ERR.PIN_AUTH_BLOCKED: PinAuthBlockedError,
    ERR.UV_BLOCKED: SensorBlockedError,
    ERR.PIN_NOT_SET: PinNotSetError,
    ERR.PIN_POLICY_VIOLATION: PinChangeRequiredError,
    ERR.PUAT_REQUIRED: KeyHidesError,
    ERR.OPERATION_DENIED: KeyDeniedError,
    ERR.NOT_ALLOWED: KeyCapabilityError,
    ERR.KEY_STORE_FULL: KeyFullError,
    ERR.UNSUPPORTED_ALGORITHM: KeyAlgorithmError,
    ERR.UNSUPPORTED_OPTION: KeyCapabilityError,
    ERR.INVALID_OPTION: KeyCapabilityError,
    ERR.REQUEST_TOO_LARGE: KeyCapabilityError,
    ERR.LIMIT_EXCEEDED: KeyCapabilityError,
    ERR.TIMEOUT: CardTimeoutError,
    ERR.USER_ACTION_TIMEOUT: CardTimeoutError,
    ERR.ACTION_TIMEOUT: CardTimeoutError,
    ERR.CHANNEL_BUSY: CardTimeoutError,
}
"""CTAP 2.1 section 8.2. A PIN that breaks the key's rules is one to be changed, but where a new one is set
(``new_pin``). What is not here makes no sense."""

UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
    struct.error,
    InvalidKey,
    UnsupportedAlgorithm,
)
"""What python-fido2 and cryptography raise over CBOR that is not what the standard says."""


class NfcKey(CtapDevice):
    """The FIDO2 application of a lent card, already selected.

    ``cancel`` also ends those calls for which the library has no event. ``patience`` in seconds, for each call.
    """

    def __init__(self, card: OpenCard, cancel: Event | None = None, patience: float = PATIENCE) -> None:
        self._card = card
        self._cancel = cancel or Event()
        self._patience = patience

    @property
    def capabilities(self) -> int:
        return CAPABILITY.CBOR

    def call(
        self,
        cmd: int,
        data: bytes = b"",
        event: Event | None = None,
        on_keepalive: Callable[[STATUS], None] | None = None,
    ) -> bytes:
        """One CTAP message and its answer (status byte first); ``event`` cancels a key that waits for its user.

        Raises ``U2fOnlyError`` where the application knows U2F only, ``GarbledCardError`` for any other status word
        that is no success, and what ``card.transmit`` raises.
        """
        if cmd != CTAPHID.CBOR:
            raise GarbledCardError("only CTAP 2 messages go over the air")
        event = event or self._cancel
        if event.is_set():
            raise RequestDroppedError
        until = time.monotonic() + self._patience
        answer, sw = apdu.exchange(self._card, 0x80, 0x10, 0x80, 0x00, data)
        stopped = False
        while sw == PROCESSING and not stopped:
            stopped = event.wait(ASK_AGAIN) or time.monotonic() >= until
            answer, sw = apdu.exchange(self._card, 0x80, 0x11, 0x11 if stopped else 0x00, 0x00)
        if sw == PROCESSING:
            raise RequestDroppedError if event.is_set() else CardTimeoutError
        if sw in NOT_KNOWN or (sw in NOT_KNOWN_AT_FIRST and data == GET_INFO):
            raise U2fOnlyError(f"status word {sw:04X}")
        if sw != apdu.OK or not answer:
            raise GarbledCardError("a CTAP message was not answered")
        return answer

    @classmethod
    def list_devices(cls) -> Iterator[CtapDevice]:
        """None: a key comes from a tap."""
        return iter(())


class KnownCtap(Ctap2):
    """``Ctap2`` that asks for getInfo only if nobody has."""

    def __init__(self, device: CtapDevice, info: Info | None = None) -> None:
        self._known = info
        super().__init__(device)

    def get_info(self) -> Info:
        if self._known is None:
            self._known = key_info.ask(self.device)
        return self._known


def select(card: OpenCard) -> bool:
    """Select the FIDO application (CTAP 2.1 section 11.3.3). False if the card has none."""
    return apdu.select(card, AID) == apdu.OK


@contextmanager
def keys_errors_named(cancel: Event) -> Iterator[None]:
    """Turns a key's errors, and whatever its bytes do to the libraries, into this room's facts."""
    try:
        yield
    except CtapError as error:
        if error.code == ERR.KEEPALIVE_CANCEL:
            raise (RequestDroppedError if cancel.is_set() else CardTimeoutError) from error
        raise MEANING.get(error.code, GarbledCardError)(f"CTAP {int(error.code):02X}") from error
    except ConnectionFailure as error:
        raise GarbledCardError("the USB key broke its protocol") from error
    except OSError as error:
        raise LiftedEarlyError("the USB key is gone") from error
    except UNREADABLE as error:
        log.debug("a key's answer could not be read", exc_info=True)
        raise GarbledCardError("a CTAP answer that cannot be read") from error
