"""A badge, key or card that SQL gave to somebody, exchanged or put back signs nobody in."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import Encoding

from kiosk.service.store import badges, cards, factors
from kiosk.simulator.piv_ca import CardAuthority
from tests.fakes.asking import ADA, make
from tests.fakes.client import NOW
from tests.fakes.keys import SoftPkoc, give_card, give_key, give_pkoc, piv_card, trust
from tests.fakes.service import Hospital
from tests.fakes.sqlwriter import SqlWriter
from tests.service.proofs.test_pkoc import tapped

EVE = "04112233445566"


async def test_a_badge_that_was_moved_to_a_colleague(either: Hospital) -> None:
    ada = await either.person("ada")
    await either.badge(ada, ADA)
    eve = await either.person("eve", "Eve")
    await either.badge(eve, EVE)
    station = await either.station()
    await SqlWriter(either).sql("UPDATE badge SET person = :a WHERE person = :e", a=ada, e=eve)
    answer = await station.tap(EVE)
    assert (answer.status, answer.code) == (403, "integrity")
    assert (await station.tap(ADA)).status == 200


async def test_a_pkoc_badge_that_was_moved_to_a_colleague_or_given_another_key(either: Hospital) -> None:
    ada, eve = await either.person("ada"), await either.person("eve", "Eve")
    badge, thief = await give_pkoc(either, eve), SoftPkoc()
    station, writer = await either.station(), SqlWriter(either)
    await writer.sql("UPDATE pkoc_badge SET person = :a", a=ada)
    ceremony, challenge = await tapped(station, badge)
    assert (await station.prove(ceremony, badge.sign(challenge))).code == "integrity"
    await writer.sql("UPDATE pkoc_badge SET person = :e, public_key = :k", e=eve, k=thief.point)
    ceremony, challenge = await tapped(station, thief)
    assert (await station.prove(ceremony, thief.sign(challenge))).code == "integrity"


async def test_a_number_that_was_moved_to_a_colleagues_badge(either: Hospital) -> None:
    ada = await either.person("ada")
    await either.badge(ada, ADA)
    eve = await either.person("eve", "Eve")
    await either.badge(eve, EVE)
    writer = SqlWriter(either)
    (theirs,) = await writer.rows("badge", "person = :p", p=ada)
    await writer.sql("DELETE FROM badge_form WHERE badge = :b", b=theirs["id"])
    await writer.sql("UPDATE badge_form SET badge = :b", b=theirs["id"])
    answer = await (await either.station()).tap(EVE)
    assert (answer.status, answer.code) == (403, "integrity")


async def test_a_badge_that_was_revoked_is_not_put_back(either: Hospital) -> None:
    ada = await either.person("ada")
    await either.badge(ada, ADA)
    writer = SqlWriter(either)
    (badge,) = await writer.rows("badge")
    forms = await writer.rows("badge_form")
    await either.db.write(badges.revoke, badge["id"], NOW)
    await writer.put_back("badge", badge)
    for form in forms:
        await writer.insert("badge_form", form)
    assert (await (await either.station()).tap(ADA)).code == "integrity"


async def test_a_public_key_that_was_exchanged_proves_nothing(either: Hospital) -> None:
    ward = await make(either)
    thief = await give_key(either, await either.person("eve", "Eve"))
    writer = SqlWriter(either)
    (theirs,) = await writer.rows("fido2_credential", "credential_id = :c", c=thief.credential_id)
    await writer.sql("DELETE FROM fido2_credential WHERE credential_id = :c", c=thief.credential_id)
    mine = {"k": theirs["public_key"], "c": ward.key.credential_id}
    await writer.sql("UPDATE fido2_credential SET public_key = :k WHERE credential_id = :c", **mine)
    view = await ward.station.step_up(ward.session, records=51)
    assert view.body["state"] == "refused" or view.code == "integrity", (
        "their key, their only strong method, counts no more"
    )
    assert "fido2" not in [offer["method"] for offer in view.body.get("offers", ())]


async def test_a_key_that_was_given_to_a_colleague_proves_nothing(either: Hospital) -> None:
    ward = await make(either)
    thief = await give_key(either, await either.person("eve", "Eve"))
    writer = SqlWriter(either)
    change = "UPDATE fido2_credential SET person = :p WHERE credential_id = :c"
    await writer.sql(change, p=ward.person, c=thief.credential_id)
    view = await ward.station.step_up(ward.session, records=51)
    challenge = await ward.station.challenge(view.body["id"], "fido2")
    assert thief.credential_id not in challenge.body["allow"]
    answer = await ward.station.prove(view.body["id"], thief.sign(challenge.body))
    assert answer.code == "integrity"


async def test_a_key_that_was_revoked_is_not_put_back(either: Hospital) -> None:
    ward = await make(either)
    writer = SqlWriter(either)
    (before,) = await writer.rows("fido2_credential")
    await either.db.write(cards.revoke_credentials, ward.person, None, NOW)
    await writer.put_back("fido2_credential", before, "credential_id")
    view = await ward.station.step_up(ward.session, records=51)
    assert "fido2" not in [offer["method"] for offer in view.body.get("offers", ())]


async def test_a_counter_that_was_set_back_is_noticed(either: Hospital) -> None:
    ward = await make(either)
    await SqlWriter(either).sql("UPDATE fido2_credential SET sign_count = 0, attestation_trusted = true")
    view = await ward.station.step_up(ward.session, records=51)
    assert "fido2" not in [offer["method"] for offer in view.body.get("offers", ())]


async def test_a_card_that_was_suspended_is_not_put_back(either: Hospital) -> None:
    authority = CardAuthority.new()
    await trust(either, authority)
    ada = await either.person("ada")
    card = piv_card(authority)
    await give_card(either, ada, card)
    writer = SqlWriter(either)
    (before,) = await writer.rows("piv_card")
    await either.db.write(factors.suspend, "piv", before["id"], "lost", NOW)
    await writer.put_back("piv_card", before)
    answer = await (await either.station()).post("/v1/ceremonies", {"presented": card.presented, "tap": 1})
    assert (answer.status, answer.code) == (403, "integrity")


async def test_a_ca_that_sql_trusts_is_not_trusted(either: Hospital) -> None:
    real, mine = CardAuthority.new(), CardAuthority.new()
    either.clock.now = float(mine.certificate.not_valid_before_utc.timestamp() + 86_400)
    await trust(either, real)
    ada = await either.person("ada")
    card = piv_card(mine)
    writer = SqlWriter(either)
    (row,) = await writer.rows("piv_ca")
    await give_card(either, ada, card)
    await trust(either, mine)
    await writer.sql("DELETE FROM piv_ca")
    stolen = {**row, "pem": mine.certificate.public_bytes(Encoding.PEM).decode()}
    await writer.insert("piv_ca", stolen)
    station = await either.station()
    answer = await station.post("/v1/ceremonies", {"presented": card.presented, "tap": 1})
    assert answer.code == "untrusted_certificate", answer.body
