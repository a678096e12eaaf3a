"""Rows of a workstation, each signed for by the key that was bound to it: whatever of that does not fit is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from kiosk.model import signing
from kiosk.service.audit import clocks, requests
from kiosk.service.audit.event import SERVICE
from kiosk.service.audit.lines import TrailLine
from kiosk.service.audit.requests import BadRequestError
from kiosk.service.audit.signatures import EvidenceBrokenError
from kiosk.service.audit.stations import ENROLLED, KEY, OldStation, OldStations, Requests, rules_of
from kiosk.service.jose.dpop import IAT_WINDOW
from tests.service.audit.trail import CHAIN, NOW

PRIVATE = ECKey.generate_key("P-256")
JWK = PRIVATE.as_dict(private=False)
TOLD = signing.told(b'{"tap": 1}', bytes(16)).decode()
LOCK = {"action": "lock", "result": "seen"}


def link(seq: int) -> bytes:
    return seq.to_bytes(32, "big")


def proof(
    n: int = 2,
    run: str = "r1",
    head: list[Any] | None = None,
    key: ECKey = PRIVATE,
    typ: str = "dpop+jwt",
    payload: object = None,
    **changed: Any,
) -> str:
    """What the workstation signed with a request."""
    claim = {"for": signing.LABEL, "n": n, "run": run, "head": head, "body": signing.digest(TOLD.encode())}
    claims = {"htm": "POST", "htu": "https://a.example/v1/ceremonies", "iat": NOW, signing.CLAIM: claim, **changed}
    text = json.dumps(claims if payload is None else payload)
    return jws.serialize_compact({"alg": "ES256", "typ": typ}, text, key, algorithms=["ES256"])


def line(seq: int, request: tuple[str, str] | None = None, at: int = NOW, chain: str = CHAIN) -> TrailLine:
    return TrailLine(chain, seq, at, "", link(seq - 1), link(seq), request=request)


def enrolled() -> Requests:
    """Its first row bound its key."""
    rule = Requests(CHAIN, None)
    rule(line(1), {"action": ENROLLED, "detail": {"jwk": JWK}})
    return rule


def signs(rule: Requests, seq: int, told: str = TOLD, at: int = NOW, body: dict[str, Any] = LOCK, **how: Any) -> None:
    """A row that a request of its own led to."""
    signed = proof(**how)
    rule(line(seq, (signed, told), at), {**body, "request": requests.digest_of(signed)})


def why(rule: Requests, seq: int = 2, **how: Any) -> str:
    with pytest.raises(EvidenceBrokenError) as told:
        signs(rule, seq, **how)
    return str(told.value)


def test_rows_that_it_signed_for_are_counted() -> None:
    rule = enrolled()
    signs(rule, 2)
    signs(rule, 3, n=3, head=[2, link(2).hex()])
    assert (rule.signed, rule.unsigned) == (2, 0)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"key": ECKey.generate_key("P-256")}, "not by the key that was bound"),
        ({"typ": "jwt"}, "of another kind"),
        ({"payload": ["a", "list"]}, "of another kind"),
        ({"kiosk": {"for": "something else"}}, "cannot be read"),
        ({"told": "[1]"}, "cannot be read"),
        ({"told": "not json"}, "cannot be read"),
        ({"told": TOLD.replace("1", "2")}, "what its workstation asked for was changed"),
        ({"iat": NOW - IAT_WINDOW - clocks.TOLERANCE - 1}, "at another time"),
        ({"iat": NOW + IAT_WINDOW + clocks.TOLERANCE + 1}, "at another time"),
        ({"iat": "noon"}, "at another time"),
        ({"head": [2, link(2).hex()]}, "saw another row 2"),
        ({"head": [1, link(9).hex()]}, "saw another row 1"),
        ({"htm": "GET"}, "for another request"),
    ],
)
def test_a_signature_that_does_not_fit_is_told_by_what(how: dict[str, Any], said: str) -> None:
    assert said in why(enrolled(), **how)


def test_the_edges_of_the_time_are_taken() -> None:
    for iat in (NOW - IAT_WINDOW - clocks.TOLERANCE, NOW + IAT_WINDOW + clocks.TOLERANCE):
        signs(enrolled(), 2, iat=iat)


def test_its_counter_rises() -> None:
    for n in (2, 3):
        rule = enrolled()
        signs(rule, 2, n=3)
        assert why(rule, 3, n=n) == "its workstation's counter did not rise"


def test_within_a_run_it_never_forgets_what_it_saw() -> None:
    rule = enrolled()
    signs(rule, 2)
    signs(rule, 3, n=3, head=[2, link(2).hex()])
    assert why(rule, 4, n=4, head=[1, link(1).hex()]) == "its workstation had seen more of this chain before"
    signs(rule, 4, n=4, run="r2", head=[1, link(1).hex()])


def test_nothing_is_added_to_a_request_once_it_was_answered() -> None:
    rule = enrolled()
    signed = proof()
    named = {**LOCK, "request": requests.digest_of(signed)}
    rule(line(2, (signed, TOLD)), named)
    rule(line(3), named)
    assert "added to a request after" in why(rule, 4, n=3, head=[2, link(2).hex()])


def refused(rule: Requests, row: TrailLine, body: dict[str, Any]) -> str:
    with pytest.raises(EvidenceBrokenError) as told:
        rule(row, body)
    return str(told.value)


def test_a_signature_is_kept_where_it_is_named_and_nowhere_else() -> None:
    signed = proof()
    named = {**LOCK, "request": requests.digest_of(signed)}
    assert "does not name" in refused(enrolled(), line(2, (signed, TOLD)), LOCK)
    assert "is missing" in refused(enrolled(), line(2), named)
    assert "was exchanged" in refused(enrolled(), line(2, (proof(n=9), TOLD)), named)
    assert "was exchanged" in refused(enrolled(), line(2, (signed + "é", TOLD)), named)
    twice = enrolled()
    twice(line(2, (signed, TOLD)), named)
    assert "kept for it twice" in refused(twice, line(3, (signed, TOLD)), named)


def test_a_chain_without_a_key_cannot_be_signed_for() -> None:
    assert why(Requests(CHAIN, None)) == "no row bound a key to its workstation"


def test_a_second_key_is_bound_to_no_workstation() -> None:
    assert "a second key" in refused(enrolled(), line(2), {"action": ENROLLED, "detail": {"jwk": JWK}})
    old = Requests(CHAIN, OldStation(json.dumps(JWK), 0, NOW))
    assert "a second key" in refused(old, line(1), {"action": ENROLLED, "detail": {"jwk": JWK}})


def test_what_it_does_not_cause_needs_no_signature_and_all_else_does() -> None:
    rule = enrolled()
    rule(line(2), {"action": clocks.SET_BACK})
    rule(line(3), {"action": "enrol", "reason": "expired", "result": "refused"})
    assert "did not sign" in refused(rule, line(4), {"action": "enrol", "reason": "expired", "result": "success"})
    assert "did not sign" in refused(rule, line(4), LOCK)


def test_one_older_than_signing_is_counted_until_it_signs_for_the_first_time() -> None:
    rule = Requests(CHAIN, OldStation(json.dumps(JWK), 2, NOW))
    for seq in (1, 2, 3):
        rule(line(seq), LOCK)
    assert rule.unsigned == 1, "of those after its key was bound"
    signs(rule, 4)
    assert "did not sign" in refused(rule, line(5), LOCK)


def test_one_older_than_signing_signs_for_nothing_before_its_key_was_bound() -> None:
    rule = Requests(CHAIN, OldStation(json.dumps(JWK), 0, NOW))
    assert "before its key was bound" in why(rule, 1, at=NOW - clocks.TOLERANCE - 1)
    signs(rule, 1, at=NOW - clocks.TOLERANCE)


# What a row may follow from


@pytest.mark.parametrize(
    ("body", "path", "good"),
    [
        ({"action": "stepup", "result": "success", "ceremony": "c1"}, "v1/ceremonies/c1/proof", True),
        ({"action": "stepup", "result": "success", "ceremony": "c1"}, "v1/ceremonies/c2/proof", False),
        ({"action": "stepup", "result": "success", "ceremony": "c1"}, "v1/ceremonies", False),
        ({"action": "sign_in", "result": "success", "ceremony": "c1"}, "v1/ceremonies", True),
        ({"action": "sign_in", "result": "success", "ceremony": "c1"}, "v1/ceremonies/c1/proof", True),
        ({"action": "sign_in", "result": "success", "ceremony": "c1"}, "v1/reports", False),
        ({"action": "stepup_asked", "detail": {}}, "v1/stepups", False),
        ({"action": "stepup_asked", "detail": {"action": "record.export"}}, "v1/stepups", False),
        ({"action": "tap"}, "v1/ceremonies", True),
        ({"action": "tap"}, "oauth/token", False),
        ({"action": "lock", "detail": {"report": "x"}}, "v1/reports", False),
    ],
)
def test_a_row_follows_from_a_request_that_can_lead_to_it(body: dict[str, Any], path: str, good: bool) -> None:
    rule = enrolled()
    if good:
        signs(rule, 2, body=body, htu=f"https://a.example/{path}")
    else:
        assert why(rule, body=body, htu=f"https://a.example/{path}") == "its workstation signed for another request"


# The service's chain, and where a part begins


@pytest.mark.parametrize(
    "body",
    [
        {"action": KEY, "workstation": None, "detail": {"jwk": None, "seq": 1}},
        {"action": KEY, "workstation": CHAIN, "detail": {"jwk": None, "seq": "1"}},
        {"action": KEY, "workstation": CHAIN, "detail": {"jwk": None}},
    ],
)
def test_a_row_that_binds_the_key_of_none_is_told(body: dict[str, Any]) -> None:
    with pytest.raises(EvidenceBrokenError):
        OldStations()(line(1, chain=SERVICE), body)


def test_an_old_workstation_is_bound_once() -> None:
    old = OldStations()
    body = {"action": KEY, "workstation": CHAIN, "detail": {"jwk": JWK, "seq": 4}}
    old(line(1, chain=SERVICE), body)
    old(line(2, chain=SERVICE), {"action": "admin"})
    assert old.known[CHAIN].seq == 4
    with pytest.raises(EvidenceBrokenError, match="second time"):
        old(line(3, chain=SERVICE), body)
    assert rules_of(SERVICE, old) is old
    rule = rules_of(CHAIN, old)
    assert isinstance(rule, Requests)
    assert rule.old == old.known[CHAIN]


def test_what_is_kept_of_a_request_is_what_its_row_names_without_the_key_too() -> None:
    signed = proof()
    named = requests.digest_of(signed)
    requests.check_kept(None, None)
    requests.check_kept((signed, TOLD), named)
    body, _, mark = signed.rpartition(".")
    for kept, name in (
        ((signed, TOLD), None),
        ((signed, TOLD), "0" * 64),
        ((signed, TOLD + " "), named),
        (("a.b.c", TOLD), requests.digest_of("a.b.c")),
        ((mark, TOLD), requests.digest_of(mark)),
        ((body + "é", TOLD), named),
    ):
        with pytest.raises(BadRequestError):
            requests.check_kept(kept, name)


def test_a_part_goes_on_from_the_last_request_before_it() -> None:
    rule = Requests(CHAIN, None)
    rule.go_on(4, json.dumps(JWK), proof(n=7, head=[3, link(3).hex()]), {4: line(4)}.get)
    assert rule.signed == 1
    assert why(rule, 5, n=7) == "its workstation's counter did not rise"
    assert "had seen more" in why(rule, 5, n=8, head=None)
    signs(rule, 5, n=8, head=[4, link(4).hex()])
    assert "saw another row 3" in why(rule, 6, n=9, head=[3, link(3).hex()])


def test_a_part_may_begin_where_nothing_was_signed_yet() -> None:
    for last, jwk in ((None, json.dumps(JWK)), (proof(), None)):
        rule = Requests(CHAIN, None)
        rule.go_on(4, jwk, last, lambda _: None)
        assert rule.signed == 0
    begun = Requests(CHAIN, None)
    begun.go_on(4, json.dumps(JWK), proof(n=7), lambda _: None)
    signs(begun, 5, n=8)


# The claim itself


def test_what_was_signed_is_compared_with_what_came() -> None:
    body = b'{"tap": 1}'
    claim = {"for": signing.LABEL, "n": 2, "run": "r", "head": None, "body": signing.digest(TOLD.encode())}
    salt = "AAAAAAAAAAAAAAAAAAAAAA"
    assert requests.read("proof", claim, body, salt).counter == 2
    for came, with_salt, said in (
        (b"not json", salt, "cannot be compared"),
        (body, "no base64url!", "cannot be compared"),
        (body, "AAAA", "16 bytes"),
        (b'{"tap": 2}', salt, "for another body"),
    ):
        with pytest.raises(BadRequestError, match=said):
            requests.read("proof", claim, came, with_salt)


@pytest.mark.parametrize(
    "changed",
    [
        {"for": "else"},
        {"n": 1},
        {"n": True},
        {"n": signing.MAX_COUNTER + 1},
        {"run": ""},
        {"run": "r" * 65},
        {"run": "é"},
        {"body": 7},
        {"body": "é"},
        {"head": [1]},
        {"head": "1"},
        {"head": ["1", link(1).hex()]},
        {"head": [1, "00"]},
    ],
)
def test_a_claim_of_another_form_is_none(changed: dict[str, Any]) -> None:
    claim = {"for": signing.LABEL, "n": 2, "run": "r", "head": None, "body": "b", **changed}
    with pytest.raises(BadRequestError):
        requests.form(claim)
