"""Sign-in by a typed login: PIN and one-time code, and nothing told about who exists."""

from __future__ import annotations

from tests.fakes.client import NOW
from tests.fakes.service import Hospital


async def test_a_login_a_pin_and_a_code_open_as_mfa(either: Hospital) -> None:
    app = await either.totp(await either.person("ada"))
    station = await either.station()
    view = await station.login("ada")
    assert (view.body["why"], [o["method"] for o in view.body["offers"]]) == ("typed_name", ["pin"])
    view = await station.pin(view.body["id"], "123456")
    assert (view.body["state"], [o["method"] for o in view.body["offers"]]) == ("prove", ["otp"])
    assert view.body["person"]["name"] == "Ada Lovelace"
    done = await station.otp(view.body["id"], app.at(NOW))
    assert done.body["session"]["assurance"] == {
        "acr": "urn:kiosk:mfa",
        "amr": ["pin", "otp", "mfa"],
        "auth_time": NOW,
    }


async def test_an_unknown_login_looks_like_a_known_one_with_a_wrong_pin(service: Hospital) -> None:
    await service.person("ada")
    station = await service.station()
    answers = []
    for login in ("ada", "nobody"):
        began = (await station.login(login)).body
        wrong = (await station.pin(began["id"], "000000")).body
        answers.append(
            [{**view, "id": "", "person": {**view["person"], "login": "", "name": ""}} for view in (began, wrong)]
        )
    assert answers[0] == answers[1]


async def test_no_number_of_wrong_pins_tells_whether_anybody_has_a_login(either: Hospital) -> None:
    await either.badge(await either.person("ada"), "04A1B2C3")
    station = await either.station()
    told = []
    for login in ("ada", "nobody"):
        said = []
        for pin in (*(["000000"] * 11), "123456"):
            either.clock.pass_by(101)
            view = (await station.pin((await station.login(login)).body["id"], pin)).body
            said.append((view["state"], view["refusal"], [offer["method"] for offer in view["offers"]]))
        told.append(said)
        either.clock.pass_by(601)
    assert told[0] == told[1]
    assert {refusal["code"] for _, refusal, _ in told[0]} == {"wrong_pin"}
    assert [row["reason"] for row in await either.trail("proof") if row.get("login") == "ada"][9] == "locked_out"
    await station.open("04A1B2C3")  # to whoever has their badge their PIN is not locked


async def test_a_right_pin_without_a_code_app_is_told_that_no_method_is_left(service: Hospital) -> None:
    await service.person("ada")
    station = await service.station()
    view = await station.pin((await station.login("ada")).body["id"], "123456")
    assert (view.body["state"], view.code) == ("refused", "no_method")


async def test_grace_does_not_let_a_typed_login_in(service: Hospital) -> None:
    await service.badge(await service.person("ada"), "04A1B2C3")
    station = await service.station()
    await station.open("04A1B2C3")
    assert (await station.login("ada")).body["state"] == "prove"


async def test_a_code_counts_one_step_early_or_late_and_no_more(service: Hospital) -> None:
    app = await service.totp(await service.person("ada"))
    station = await service.station()
    for step, right in ((-2, False), (-1, True), (1, True), (2, False)):
        view = await station.pin((await station.login("ada")).body["id"], "123456")
        answer = await station.otp(view.body["id"], app.at(int(service.clock()) + step * 30))
        assert (answer.body["state"] == "done") is right, step
        service.clock.pass_by(300)


async def test_an_accepted_code_is_never_accepted_again_nor_an_older_one(service: Hospital) -> None:
    app = await service.totp(await service.person("ada"))
    station = await service.station()

    async def give(at: int) -> str:
        view = await station.pin((await station.login("ada")).body["id"], "123456")
        answer = await station.otp(view.body["id"], app.at(at))
        return answer.code if answer.body["state"] != "done" else "done"

    assert await give(NOW) == "done"
    assert await give(NOW) == "code_used"
    assert await give(NOW - 30) == "code_used"
    service.clock.pass_by(-60)
    assert await give(NOW) in ("code_used", "wrong_code")


async def test_wrong_codes_lock_the_code_and_leave_the_pin(service: Hospital) -> None:
    person = await service.person("ada")
    await service.totp(person)
    await service.badge(person, "04A1B2C3")
    station = await service.station()
    for _ in range(10):
        view = await station.pin((await station.login("ada")).body["id"], "123456")
        service.clock.pass_by(61)
        answer = await station.otp(view.body["id"], "000000")
    assert (answer.body["state"], answer.code) == ("refused", "locked_out")
    assert (await station.pin((await station.tap("04A1B2C3")).body["id"], "123456")).body["state"] == "done"
