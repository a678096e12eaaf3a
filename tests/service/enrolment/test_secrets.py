"""Start codes, recovery codes, code app secrets and PINs are planted; then whatever the service wrote is searched."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pyotp
import pytest

from kiosk.model import enrolment as words
from kiosk.model.proof import RecoveryProof
from kiosk.service.enrolment.handler import PinDone
from tests.fakes.client import NOW
from tests.fakes.enrolling import KEY_PRESENTED, Wizard, give_start_code, login, start_code, supervisor, uid
from tests.fakes.keys import give_key
from tests.fakes.service import Hospital

BADGE, BOSS, PIN = "04A1B2C3D4E5F6", "04DDDDDDDDDDDD", "9271840"


def written(folder: Path) -> bytes:
    """Every file of the service but its keys."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.parent.name != "keys")


async def test_no_secret_of_an_enrolment_is_written_anywhere(
    service: Hospital, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    ada = await service.person("ada")
    key, boss = await give_key(service, ada), await supervisor(service, BOSS)
    code = await give_start_code(service, ada)
    here = Wizard(await service.station())
    await here.begin(start_code(f"{code[:6]} {code[6:]}"), "pin")
    await here.vouch(BOSS, boss)
    await here.made({"pin": PIN + "1", "kind": "pin"})
    await here.type(PIN)
    await here.new_pin(PIN)
    assert here.step == "done"
    await here.begin(KEY_PRESENTED, "totp")
    await here.key(key)
    secret = here.view["make"]["code_app"]["secret"].replace(" ", "")
    await here.made({"kind": "seen"})
    one_time = pyotp.TOTP(secret).at(NOW)
    await here.type(one_time)
    await here.begin(KEY_PRESENTED, "recovery")
    await here.key(key)
    codes = [code.replace(" ", "") for code in here.view["make"]["recovery"]["codes"]]
    await here.made({"kind": "seen"})
    await here.type(codes[here.view["make"]["number"] - 1])
    await here.begin(login("ada"), new=uid(BADGE))
    left = [code for at, code in enumerate(codes, 1) if at == offered_number(here)]
    await here.recovery(left[0])
    await here.pin(PIN)
    await here.try_badge(BADGE)
    assert here.step == "done"

    whole = await asyncio.to_thread(written, service.folder.path)
    whole += (caplog.text + "".join(capfd.readouterr()) + str(await service.trail())).encode()
    secrets = [code, secret, PIN, PIN + "1", BADGE, BADGE.lower(), *codes]
    assert [secret for secret in secrets if secret.encode() in whole] == []
    assert f'"{one_time}"'.encode() not in whole


def offered_number(here: Wizard) -> int:
    [offer] = [offer for offer in here.view["ceremony"]["offers"] if offer["method"] == "recovery"]
    return int(offer["number"])


def test_no_secret_shows_itself() -> None:
    shown = [
        words.StartCodePresented("314159265358"),
        words.PinMade("314159265358"),
        words.TypedTried("314159265358"),
        words.CodeAppOffer("otpauth://314159265358", "314159265358"),
        words.RecoveryOffer(("314159265358",), 1),
        RecoveryProof(1, "314159265358"),
        PinDone("314159265358"),
    ]
    assert not any("314159" in repr(order) for order in shown)
    assert "314159" not in repr(words.Make(code_app=words.CodeAppOffer("314159", "314159")))
