"""Openings, erasures and tokens that nobody of ours would write, and what is counted of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kiosk.model.binding import b64u, commitment
from kiosk.model.challenge import CommitmentOpening
from kiosk.service.audit import finding, openings
from kiosk.service.audit.event import SERVICE
from kiosk.service.audit.finding import Openings
from kiosk.service.audit.signatures import EvidenceBrokenError
from kiosk.service.audit.spent_tokens import SpentTokens
from tests.service.audit.trail import CHAIN, NOW, PATIENT, SALT, bound


def opened(*kept: CommitmentOpening, statement: str | None = None, action: str = "proof", **detail: Any) -> Openings:
    """What is counted of a row with these openings."""
    count = Openings()
    row: Any = SimpleNamespace(chain=CHAIN, seq=4, openings=kept)
    said = bound()["statement"] if statement is None else statement
    openings.check(row, {"action": action, "detail": detail}, {"statement": said}, count)
    return count


def test_an_opening_opens_what_was_signed_and_nothing_else() -> None:
    right = CommitmentOpening(PATIENT, b64u(SALT), "Patient/123")
    assert (opened(right).opened, opened(right).erased) == (1, 0)
    assert opened().erased == 1
    for wrong in (
        CommitmentOpening(PATIENT, b64u(SALT), "Patient/124"),
        CommitmentOpening(PATIENT, "no base64!", "Patient/123"),
        CommitmentOpening(commitment(SALT, "Patient/9"), b64u(SALT), "Patient/9"),
    ):
        with pytest.raises(EvidenceBrokenError):
            opened(wrong)


def test_what_is_no_step_up_commits_to_nobody_and_what_is_no_statement_is_told() -> None:
    assert opened(statement='{"kind": "sign_in"}').erased == 0
    for statement in ("[]", "no json", '{"kind": "step_up"}', '{"kind": "step_up", "resource": "r", "patients": 7}'):
        with pytest.raises(EvidenceBrokenError, match="no statement"):
            opened(statement=statement)


def test_an_act_of_erasing_names_rows_and_what_is_none_of_them_counts_for_nothing() -> None:
    count = Openings()
    row: Any = SimpleNamespace(chain=SERVICE, seq=9, openings=())
    named = {"act": openings.ERASED, "more": False, "rows": [[CHAIN, 4], ["x"], 7, [1, 2], [CHAIN, "4"]]}
    openings.check(row, {"action": "admin", "detail": named}, None, count)
    assert count.named == {(CHAIN, 4)}
    openings.check(row, {"action": "admin", "detail": {**named, "rows": "all"}}, None, count)
    assert not count.more
    openings.check(row, {"action": "admin", "detail": {"act": openings.ERASED}}, None, count)
    assert count.more, "it does not say that it names them all"


def test_what_is_erased_without_an_act_is_counted_however_much_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "MAX_ALONE", 2)
    count = Openings()
    for seq in range(4):
        count.miss((CHAIN, seq), 2)
    count.miss((CHAIN, 9), 0)
    assert (count.erased, count.unnamed) == (8, 8)
    count.name((CHAIN, 0))
    count.miss((CHAIN, 0), 1)
    assert (count.erased, count.unnamed) == (9, 6), "of a row that an act names nothing is missed"


# Tokens, where the chain is not read from its first row


def used(granted: object, earlier: dict[str, Any] | None, jti: object = "t1") -> None:
    line: Any = SimpleNamespace(at=NOW)
    body = {"action": "token_redeemed", "result": "success", "detail": {"jti": jti, "grant": granted}}
    SpentTokens(whole=False).check(line, body, lambda _: earlier)


GRANT: dict[str, Any] = {"action": "stepup", "result": "success", "at": NOW, "detail": {"jti": "t1"}}


def test_a_token_is_looked_up_where_its_grant_is_named() -> None:
    used(4, GRANT)
    used(None, None)  # of an earlier version, which named none


@pytest.mark.parametrize(
    "earlier",
    [
        None,
        {**GRANT, "result": "refused"},
        {**GRANT, "action": "tap"},
        {**GRANT, "detail": {"jti": "t2"}},
        {**GRANT, "detail": None},
    ],
)
def test_a_grant_that_is_none_or_of_another_token_lets_nothing_be_redeemed(earlier: dict[str, Any] | None) -> None:
    with pytest.raises(EvidenceBrokenError, match="not granted"):
        used(4, earlier)
    with pytest.raises(EvidenceBrokenError, match="not granted"):
        used(4, GRANT, jti=7)


def test_a_token_is_redeemed_once_and_in_time() -> None:
    spent = SpentTokens()
    late: Any = SimpleNamespace(at=NOW + 10_000)
    line: Any = SimpleNamespace(at=NOW)
    spent.check(line, GRANT, lambda _: None)
    redeemed = {"action": "token_redeemed", "result": "success", "detail": {"jti": "t1"}}
    with pytest.raises(EvidenceBrokenError, match="expired"):
        spent.check(late, redeemed, lambda _: None)
    spent.check(line, redeemed, lambda _: None)
    with pytest.raises(EvidenceBrokenError, match="second time"):
        spent.check(line, redeemed, lambda _: None)
