"""While the service is away emergency access asks what it asks with it: a role, and somebody who is known."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kiosk.downtime import emergency_who
from kiosk.model.ceremony import LoginPresented
from kiosk.model.emergency import EmergencyOffer, WhoItIs
from kiosk.model.proof import Fido2Presented, PivPresented, UidPresented
from kiosk.model.sealed_code import SealedCodePresented
from kiosk.model.ticket import Confirmation, Ticket, TicketCard, TicketPerson
from kiosk.service.shared.context import EMERGENCY_SECONDS
from tests.fakes.apart import Apart, apart
from tests.fakes.service import hospital

REASON = "patient in danger"
KNOWN, STRANGE = "04A1B2C3", "04FFFFFF"
TICKET = Ticket(
    "iss", "ward-3-a", "jti", "ada-id", Confirmation("jkt"), 0, 0, 1, "p", "s", "reopen", True,
    TicketPerson("ada-id", "ada", "Ada", ("nurse",), ""), cards=(TicketCard("a-card"),), pin="unsealed",
)  # fmt: skip
NAMED: list[WhoItIs] = [
    UidPresented(KNOWN),
    LoginPresented("ada"),
    LoginPresented(" ada "),
    PivPresented("a-card", KNOWN),
]
UNNAMED: list[WhoItIs | None] = [
    UidPresented(STRANGE),
    LoginPresented("zzz.nobody"),
    PivPresented("anota-card", STRANGE),
    Fido2Presented("00" * 16, has_pin=True, built_in_uv=False),
    None,
]


def of_badge(uid: str, tickets: Any) -> Ticket | None:
    return TICKET if uid == KNOWN else None


def why(presented: WhoItIs | None, *, unknown: bool, roles: tuple[str, ...]) -> str | None:
    offer = EmergencyOffer(1800, 3600, 120, (REASON,), unknown, roles=roles)
    return emergency_who.refusal(offer, presented, REASON, [TICKET], of_badge)


@pytest.mark.parametrize("presented", NAMED, ids=lambda who: type(who).__name__)
@pytest.mark.parametrize("unknown", [True, False])
@pytest.mark.parametrize(("roles", "said"), [((), None), (("nurse",), None), (("physician",), "policy")])
def test_who_is_known_is_asked_for_a_role(
    presented: WhoItIs, unknown: bool, roles: tuple[str, ...], said: str | None
) -> None:
    assert why(presented, unknown=unknown, roles=roles) == said


@pytest.mark.parametrize("presented", UNNAMED, ids=lambda who: type(who).__name__)
@pytest.mark.parametrize("roles", [(), ("nurse",)])
def test_whom_nobody_knows_is_let_in_only_where_that_is_allowed(
    presented: WhoItIs | None, roles: tuple[str, ...]
) -> None:
    assert why(presented, unknown=True, roles=roles) is None
    assert why(presented, unknown=False, roles=roles) == "nobody_known"


def test_a_sealed_code_needs_no_name_and_a_reason_is_of_the_list() -> None:
    assert why(SealedCodePresented("whatever"), unknown=False, roles=("physician",)) is None
    offer = EmergencyOffer(1800, 3600, 120, (REASON,), unknown=True)
    assert emergency_who.refusal(offer, SealedCodePresented("x"), "curious", [], of_badge) == "not_a_reason"


async def ward(tmp_path: Path, **rules: Any) -> Any:
    return hospital(tmp_path / "data", emergency={"stations": ["ward-3-a"], **rules})


def opens(there: Apart, presented: WhoItIs | None) -> bool:
    return there.own.open_emergency(str(uuid.uuid4()), presented, REASON) is not None


@pytest.mark.parametrize("unknown", [True, False])
async def test_roles_and_unknown_people_by_the_policy_that_the_service_signed(tmp_path: Path, unknown: bool) -> None:
    """Ada is a nurse, and only physicians may."""
    async with await ward(tmp_path, roles=["physician"], unknown=unknown) as made:
        there = await apart(made, tmp_path / "station")
        assert not opens(there, LoginPresented("ada"))
        assert there.own.why_no_emergency(LoginPresented("ada"), REASON) == "policy"
        assert opens(there, LoginPresented("zzz.nobody")) is unknown
        assert opens(there, None) is unknown


async def test_who_signed_in_here_is_known_after_their_ticket_s_end_and_after_a_restart(tmp_path: Path) -> None:
    async with await ward(tmp_path, roles=["nurse"]) as made:
        there = await apart(made, tmp_path / "station")
        there.pass_by(EMERGENCY_SECONDS - 3600)
        there.started()
        assert list(there.own.tickets()) == []
        assert opens(there, LoginPresented("ada"))
        assert not opens(there, LoginPresented("zzz.nobody"))


async def test_whose_tickets_the_service_ended_is_known_no_more(tmp_path: Path) -> None:
    async with await ward(tmp_path) as made:
        there = await apart(made, tmp_path / "station")
        there.own.forget(None, None)
        assert not opens(there, LoginPresented("ada"))


def test_a_policy_of_an_older_service_names_no_roles_and_is_read() -> None:
    said = {"seconds": 1800, "most": 3600, "idle": 120, "reasons": [REASON], "unknown": True, "codes": [], "new": 1}
    assert msgspec.convert(said, EmergencyOffer).roles == ()
