"""A software key as python-fido2 sees it on a reader, and what is asked of it."""

from __future__ import annotations

import pytest
from fido2.ctap import CtapError
from fido2.ctap2.base import AssertionResponse, AttestationResponse, Ctap2
from fido2.ctap2.pin import ClientPin, PinProtocol, PinProtocolV1, PinProtocolV2
from fido2.pcsc import CtapPcscDevice

from kiosk.simulator.simulated_card import SimulatedCard
from tests.fakes.simulated_cards import InMemoryCard, in_memory_card

RP = "auth.hospital.example"
PIN = "2468"
HASH = b"\x11" * 32
ERR = CtapError.ERR
PROTOCOLS: list[type[PinProtocol]] = [PinProtocolV1, PinProtocolV2]


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Line:
    """What python-fido2 wants of a pyscard connection."""

    def __init__(self, card: InMemoryCard) -> None:
        self.card = card

    def connect(self) -> None:
        """Already open."""

    def disconnect(self) -> None:
        self.card.close()

    def getATR(self) -> list[int]:  # noqa: N802 - pyscard's name
        return list(self.card.atr)

    def transmit(self, apdu: list[int], protocol: int | None = None) -> tuple[list[int], int, int]:
        data, sw = self.card.transmit(bytes(apdu))
        return list(data), sw >> 8, sw & 0xFF


def held(plastic: SimulatedCard, extended: bool = False) -> Ctap2:
    """The key was just put on the reader."""
    device = CtapPcscDevice(Line(in_memory_card(plastic)), "In Memory")
    device.use_ext_apdu = extended
    return Ctap2(device)


def with_pin(
    ctap: Ctap2, pin: str, permission: ClientPin.PERMISSION, protocol: PinProtocol, data: bytes = HASH, rp: str = RP
) -> dict[str, object]:
    client = ClientPin(ctap, protocol)
    token = client.get_pin_token(pin, permission, rp)
    return {"pin_uv_param": protocol.authenticate(token, data), "pin_uv_protocol": protocol.VERSION}


def make(
    ctap: Ctap2,
    user: str = "anna",
    rk: bool = False,
    pin: str | None = PIN,
    protect: int | None = None,
    exclude: list[bytes] | None = None,
    protocol: PinProtocol | None = None,
) -> AttestationResponse:
    proof = with_pin(ctap, pin, ClientPin.PERMISSION.MAKE_CREDENTIAL, protocol or PinProtocolV2()) if pin else {}
    return ctap.make_credential(
        HASH,
        {"id": RP, "name": "Hospital"},
        {"id": user.encode(), "name": user, "displayName": user.title()},
        [{"type": "public-key", "alg": -257}, {"type": "public-key", "alg": -7}],
        exclude_list=None if exclude is None else [{"type": "public-key", "id": i} for i in exclude],
        extensions=None if protect is None else {"credProtect": protect},
        options={"rk": True} if rk else None,
        **proof,  # type: ignore[arg-type]  # two keyword arguments of different types
    )


def get(
    ctap: Ctap2,
    allow: list[bytes] | None = None,
    pin: str | None = PIN,
    up: bool = True,
    protocol: PinProtocol | None = None,
) -> AssertionResponse:
    proof = with_pin(ctap, pin, ClientPin.PERMISSION.GET_ASSERTION, protocol or PinProtocolV2()) if pin else {}
    return ctap.get_assertion(
        RP,
        HASH,
        None if allow is None else [{"type": "public-key", "id": i} for i in allow],
        options=None if up else {"up": False},
        **proof,  # type: ignore[arg-type]  # two keyword arguments of different types
    )


def credential_id(made: AttestationResponse) -> bytes:
    data = made.auth_data.credential_data
    assert data is not None
    return data.credential_id


def code_of(error: pytest.ExceptionInfo[CtapError]) -> ERR:
    return error.value.code
