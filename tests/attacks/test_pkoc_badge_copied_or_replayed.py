"""A PKOC badge tells everybody its public key, and signs for any reader. What can a thief do with what was heard?"""

from __future__ import annotations

from tests.fakes.enrolling import KEY_PRESENTED, Wizard
from tests.fakes.keys import SoftPkoc, give_key, give_pkoc
from tests.fakes.service import Hospital
from tests.service.proofs.test_pkoc import present, proved, tapped

NUMBER = "04A1B2C3D4E5F6"


async def test_a_copied_public_key_without_its_private_key_opens_nothing(either: Hospital) -> None:
    """The thief's card says the victim's key and number, and signs with its own."""
    victim = await give_pkoc(either, await either.person("ada"), NUMBER)
    station, thief = await either.station(), SoftPkoc(uid=NUMBER)
    answer = await proved(station, thief, public_key=victim.sign({"challenge": "AA"})["public_key"])
    assert (answer.body["proved"], answer.code) == ([], "bad_signature")
    assert answer.body["person"] is None, "nor is it told whose key it is"


async def test_an_answer_that_was_heard_opens_nothing_later(either: Hospital) -> None:
    badge = await give_pkoc(either, await either.person("ada"), NUMBER)
    station = await either.station()
    ceremony, challenge = await tapped(station, badge)
    heard = badge.sign(challenge)
    assert (await station.prove(ceremony, heard)).body["proved"] == ["pkoc_tap"]
    for _ in range(2):
        again, _ = await tapped(station, badge)
        assert (await station.prove(again, heard)).code == "bad_signature"
    assert (await station.prove(ceremony, heard)).body["proved"] != ["pkoc_tap", "pkoc_tap"]


async def test_an_answer_heard_at_one_station_opens_nothing_at_another(service: Hospital) -> None:
    badge = await give_pkoc(service, await service.person("ada"), NUMBER)
    here, there = await service.station("ward-3"), await service.station("ward-4")
    _, challenge = await tapped(here, badge)
    heard = badge.sign(challenge)
    ceremony, _ = await tapped(there, badge)
    assert (await there.prove(ceremony, heard)).code == "bad_signature"


async def test_a_challenge_that_the_station_made_counts_for_nothing(service: Hospital) -> None:
    """A door's reader, or a station gone bad, lets the badge sign what it likes: the service made no such challenge."""
    badge = await give_pkoc(service, await service.person("ada"), NUMBER)
    station = await service.station()
    for size in (16, 32):
        view = await present(station, badge)
        unasked = await station.prove(view.body["id"], badge.sign({"challenge": ""}, size, message=bytes(size)))
        assert unasked.code == "expired", "no challenge was issued"
        ceremony, _ = await tapped(station, badge)
        assert (
            await station.prove(ceremony, badge.sign({"challenge": ""}, size, message=bytes(size)))
        ).code == "bad_signature"


async def test_a_copied_key_is_not_enrolled_by_who_cannot_sign_with_it(service: Hospital) -> None:
    """Nor does knowing the key of a badge that nobody has yet take it away from whoever holds it."""
    await give_key(service, await service.person("ada"))
    own = await give_key(service, await service.person("eve"))
    target = SoftPkoc(uid=NUMBER)
    here = Wizard(await service.station())
    await here.begin(KEY_PRESENTED, "pkoc")
    await here.key(own)
    await here.made(target.made)
    assert here.step == "try"
    forged = SoftPkoc().sign(await here.challenge(), public_key=target.sign({"challenge": "AA"})["public_key"])
    await here.tried({"proof": forged, "kind": "pkoc"})
    assert (here.step, here.refused) == ("try", "bad_answer")


async def test_a_badge_without_its_person_opens_nothing_where_grace_is_over(service: Hospital) -> None:
    """Whoever holds it, or relays to it, has one factor; the other one is asked for, and no step-up takes it."""
    badge = await give_pkoc(service, await service.person("ada"), NUMBER)
    answer = await proved(await service.station(), badge)
    assert (answer.body["state"], answer.body["session"]) == ("prove", None)
    assert [offer["method"] for offer in answer.body["offers"]] == ["pin"]
