"""PINs and one-time codes: typed wrong, typed too often, typed twice."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp

from kiosk.demo.hospital import answer_of
from kiosk.demo.processes import until
from kiosk.demo.token_check import check_token
from tests.fakes.colleague import KEY_PIN
from tests.fakes.hospital import Ward
from tests.fakes.workplace import Workplace

RECORDS = "urn:stories:records"
EXPORT = {"action": "record.export", "resource": "Ward/3", "records": 12, "purpose": "transfer of care"}


def rows(ward: Ward, count: int, **wanted: object) -> list[dict[str, Any]]:
    """That many rows of the trail, once they are there."""
    found: list[dict[str, Any]] = []

    def there() -> bool:
        found[:] = ward.trail(**wanted)
        return len(found) >= count

    until(f"{count} rows of {wanted}", there)
    return found


def test_a_wrong_pin_can_be_typed_again(ward: Ward, here: Workplace) -> None:
    anna = ward.hire("Anna Vogel")
    here.tap(anna.badge, "second_factor")
    here.enter("000000")
    until("the refusal to be written", lambda: ward.trail(login=anna.login, reason="wrong_pin"))
    assert here.status()["state"] == "second_factor"
    here.enter(anna.pin)
    here.wait("active", login=anna.login)


def test_guessing_at_their_pin_does_not_take_their_key_from_them(ward: Ward, here: Workplace) -> None:
    anna = ward.hire("Anna Weiss", key=True)
    here.tap(anna.badge, "second_factor")
    for wrong in range(1, 5):
        here.enter(f"00000{wrong}")
        refused = rows(ward, wrong, login=anna.login, result="refused")
    assert [row["reason"] for row in refused] == ["wrong_pin", "wrong_pin", "wrong_pin", "locked_out"]
    here.lock()
    here.tap(anna.badge, "second_factor")
    here.enter(KEY_PIN)
    assert here.tap(anna.own_key, "active", login=anna.login)["assurance"] == "phr"


def test_an_export_by_pin_and_code_and_the_same_code_again(ward: Ward, here: Workplace) -> None:
    anna = ward.hire("Anna Xu")
    uri = ward.admin("totp", "add", anna.login).strip()
    codes = pyotp.TOTP(parse_qs(urlsplit(uri).query)["secret"][0])
    here.sign_in(anna)

    program = here.ask({**EXPORT, "audience": RECORDS})
    here.asked()
    here.enter(anna.pin)
    until("the PIN to be taken", lambda: ward.trail(login=anna.login, action="proof", result="success"))
    code = codes.now()
    here.enter(code)
    status, answer = answer_of(program)
    assert (status, answer["decision"]) == (0, "granted")
    assert (answer["acr"], answer["amr"]) == ("urn:kiosk:mfa", ["pin", "otp", "mfa"])
    claims = check_token(answer["token"], ward.url, here.home / "trust.pem", RECORDS, "record.export")
    assert (claims["acr"], claims["sub"], claims["records"]) == ("urn:kiosk:mfa", anna.login, 12)
    here.wait("active")

    program = here.ask(EXPORT)
    here.asked()
    here.enter(anna.pin)
    rows(ward, 2, login=anna.login, action="proof", result="success")
    here.enter(code)
    until("the code to be refused", lambda: ward.trail(login=anna.login, reason="code_used"))
    here.press("Escape")
    assert answer_of(program)[1]["reason"] == "refused_by_person"


def test_a_code_of_half_an_hour_ago_is_wrong(ward: Ward, here: Workplace) -> None:
    anna = ward.hire("Anna Yilmaz")
    codes = pyotp.parse_uri(ward.admin("totp", "add", anna.login).strip())
    assert isinstance(codes, pyotp.TOTP)
    here.sign_in(anna)
    program = here.ask(EXPORT)
    here.asked()
    here.enter(anna.pin)
    until("the PIN to be taken", lambda: ward.trail(login=anna.login, action="proof", result="success"))
    here.enter(codes.at(int(time.time()) - 1800))
    until("the code to be refused", lambda: ward.trail(login=anna.login, reason="wrong_code"))
    here.press("Escape")
    assert answer_of(program)[0] == 1
