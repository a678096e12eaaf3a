"""What a FIDO2 key knows only while it has power: presence, token, wrong PINs in a row, a listing under way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntFlag

from kiosk.simulator.ctap_message import CtapStatusError, Parameters, Status
from kiosk.simulator.ctap_pin_protocol import ProtocolOne, ProtocolTwo
from kiosk.simulator.fido2_store import KeyCredential

PRESENCE_SECONDS = 120.0
"""CTAP 2.1: NFC user presence maximum time limit."""
TOKEN_FIRST_USE_SECONDS = 19.8
TOKEN_SECONDS = 600.0
"""CTAP 2.1 section 6.5.2.1: initial usage limit over NFC, maximum usage period."""
LISTING_SECONDS = 30.0
RESET_SECONDS = 10.0
WRONG_PER_POWER_UP = 3


class Permission(IntFlag):
    """What a token may be used for (CTAP 2.1 section 6.5.5.7). The rest is not offered by this key."""

    MAKE_CREDENTIAL = 1
    GET_ASSERTION = 2


@dataclass(slots=True)
class Token:
    """The one token in use. ``rp_id``: bound to it, None until first used by a legacy client."""

    protocol: int
    permissions: Permission
    rp_id: str | None
    since: float
    used: bool = False


@dataclass(slots=True)
class Listing:
    """Credentials still to be handed out by getNextAssertion."""

    left: list[KeyCredential]
    client_data_hash: bytes
    present: bool
    verified: bool
    since: float


@dataclass(slots=True)
class KeySession:
    """One power-up. ``clock``: monotonic seconds. ``present``: False if nobody ever holds the key (for tests)."""

    clock: Callable[[], float]
    present: bool = True
    protocols: dict[int, ProtocolOne] = field(default_factory=lambda: {1: ProtocolOne(), 2: ProtocolTwo()})
    wrong_pins: int = 0
    token: Token | None = None
    listing: Listing | None = None
    powered: float = 0.0

    def __post_init__(self) -> None:
        self.powered = self.clock()

    def reset_allowed(self) -> bool:
        """Only soon after power-up (CTAP 2.1 section 6.6)."""
        return self.clock() - self.powered <= RESET_SECONDS

    def require_presence(self) -> None:
        """Whether the key was put here by someone lately. Raises ``CtapStatusError(OPERATION_DENIED)``."""
        if not self.present or self.clock() - self.powered > PRESENCE_SECONDS:
            raise CtapStatusError(Status.OPERATION_DENIED)

    def consume_presence(self) -> None:
        """The same, and it cannot be used again: over NFC a gesture counts once a placement."""
        self.require_presence()
        self.present = False

    def protocol(self, number: int) -> ProtocolOne:
        """PIN/UV auth protocol one or two. Raises ``CtapStatusError(INVALID_PARAMETER)`` for another."""
        if number not in self.protocols:
            raise CtapStatusError(Status.INVALID_PARAMETER)
        return self.protocols[number]

    def new_tokens(self) -> None:
        """resetPinUvAuthToken for both protocols."""
        self.token = None
        for protocol in self.protocols.values():
            protocol.new_token()

    def verify_token(
        self, params: Parameters, keys: tuple[int, int], message: bytes, rp_id: str, permission: Permission
    ) -> None:
        """Check pinUvAuthParam over ``message``. ``keys``: where it and its protocol lie in ``params``.

        Raises ``CtapStatusError``: MISSING_PARAMETER, INVALID_PARAMETER, PIN_AUTH_INVALID (CTAP 2.1 section 6.1.2 step
        11).
        """
        signature = params.required(keys[0], bytes)
        number = params.required(keys[1], int)
        protocol = self.protocol(number)
        token = self._live_token()
        if token is None or token.protocol != number or not protocol.verify(protocol.token, message, signature):
            raise CtapStatusError(Status.PIN_AUTH_INVALID)
        if permission not in token.permissions or token.rp_id not in (None, rp_id):
            raise CtapStatusError(Status.PIN_AUTH_INVALID)
        token.rp_id, token.used = rp_id, True

    def _live_token(self) -> Token | None:
        token = self.token
        if token is not None:
            limit = TOKEN_SECONDS if token.used else TOKEN_FIRST_USE_SECONDS
            if self.clock() - token.since > limit:
                self.new_tokens()
        return self.token

    def spend_token(self) -> None:
        """After a gesture was used the token allows nothing more (CTAP 2.1 section 6.5.2.2)."""
        if self.token is not None:
            self.token.permissions = Permission(0)
