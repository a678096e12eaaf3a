"""Somebody of the hospital in the stories, and what they carry."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.simulator.simulated_card import SimulatedCard
from tests.fakes.simulated_cards import a_badge

KEY_PIN = "plum tree 73"


@dataclass
class Colleague:
    """``uid``: of the badge; ``key``: a FIDO2 key whose PIN is ``KEY_PIN``, if there is one."""

    login: str
    name: str
    uid: str
    pin: str
    key: SimulatedCard | None = None
    _badge: SimulatedCard | None = field(default=None, repr=False)

    @property
    def badge(self) -> SimulatedCard:
        self._badge = self._badge or a_badge(self.uid)
        return self._badge

    @property
    def own_key(self) -> SimulatedCard:
        assert self.key is not None, f"{self.login} has no key"
        return self.key
