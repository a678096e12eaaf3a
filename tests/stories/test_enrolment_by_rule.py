"""What an administrator opened or asks for, as it is met at the window: a replaced key, a window by place and time."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from kiosk.simulator.ctap_maker import KeyManufacturer
from kiosk.simulator.fido2_store import AAGUID
from tests.fakes.attested import KeyMaker, MetadataService, entry, new_key
from tests.fakes.colleague import KEY_PIN, Colleague
from tests.fakes.hospital import Ward
from tests.fakes.simulated_cards import a_badge, a_key
from tests.fakes.wizard import Wizard
from tests.fakes.workplace import Workplace


@pytest.fixture
def wizard(here: Workplace) -> Iterator[Wizard]:
    made = Wizard(here)
    yield made
    made.away()


def test_a_key_is_replaced_and_the_old_one_goes_once_the_new_one_has_worked(
    ward: Ward, here: Workplace, wizard: Wizard
) -> None:
    anna, new = ward.hire("Anna Replaces", key=True), a_key(None, KEY_PIN)
    here.sign_in(anna)
    wizard.press("active", "My keys")
    here.wait("my_keys")
    wizard.press("my_keys.3", "Row 2")
    wizard.press("chosen", "Replace")
    wizard.proved(anna, "new.hold")
    assert len(ward.admin("factor", "list", anna.login).splitlines()) == 3
    with here.lay(new):
        wizard.at("new.pin.present")
        here.enter(KEY_PIN)
        wizard.at("try.hold")
    assert not ward.trail(action="factor_replaced", login=anna.login)
    wizard.hold(new, "done.done")
    [gone] = ward.trail(action="factor_replaced", login=anna.login)
    assert gone["result"] == "success"
    assert len(ward.admin("factor", "list", anna.login).splitlines()) == 3
    wizard.press("done", "Finish")
    here.wait("active", login=anna.login)
    here.lock()
    here.tap(anna.own_key, "refused")
    here.lock()
    assert here.tap(new, "active", "second_factor")["state"] in ("active", "second_factor")


def test_a_window_lets_a_pin_add_a_badge_at_its_place_alone(
    ward: Ward, here: Workplace, there: Workplace, wizard: Wizard
) -> None:
    anna, number = ward.hire("Anna Window"), "04AD00000000A1"
    until = time.strftime("%Y-%m-%dT%H:%M", time.localtime(time.time() + 3600))
    window = ward.admin("window", "open", "--until", until, "--place", "Ward 3 North", "--kind", "badge").strip()
    try:
        elsewhere = Wizard(there)
        there.sign_in(anna)
        adding(elsewhere, "Badge")
        elsewhere.at("proof.second")
        elsewhere.away()
        here.sign_in(anna)
        adding(wizard, "Badge")
        wizard.at("proof.prove.type")
        here.enter(anna.pin)
        wizard.at("new.hold")
        wizard.hold(a_badge(number), "try.hold")
        wizard.hold(a_badge(number), "done.done")
    finally:
        ward.admin("window", "close", window)
    [added] = ward.trail(action="factor_added", login=anna.login)
    assert (added["detail"]["proved"], "vouched_by" in added["detail"]) == ("urn:kiosk:pin", False)


def test_an_enrolment_begun_in_a_window_wants_a_second_person_once_it_is_closed(
    ward: Ward, here: Workplace, wizard: Wizard
) -> None:
    anna, number = ward.hire("Anna Late"), "04AD00000000A2"
    until = time.strftime("%Y-%m-%dT%H:%M", time.localtime(time.time() + 3600))
    window = ward.admin("window", "open", "--until", until, "--place", "Ward 3 North", "--kind", "badge").strip()
    here.sign_in(anna)
    adding(wizard, "Badge")
    wizard.at("proof.prove.type")
    here.enter(anna.pin)
    wizard.at("new.hold")
    ward.admin("window", "close", window)
    wizard.hold(a_badge(number), "try.hold")
    wizard.hold(a_badge(number), "proof.second")
    assert not ward.trail(action="factor_added", login=anna.login)


STRICT = """attestation = "required"
[[policy.wave]]
name = "pharmacy"
kinds = ["key"]
from = 2020-01-01
roles = ["pharmacist"]
required = true
[[policy.wave]]
name = "theatre"
kinds = ["key"]
from = 2020-01-01
roles = ["surgeon"]
required = true
enforce_after = 14
"""


@pytest.fixture(scope="module")
def boss(ward: Ward) -> Colleague:
    """A supervisor with a key from before there was a rule."""
    return ward.hire("Dora Rules", "supervisor", key=True)


@pytest.fixture
def strict(ward: Ward, here: Workplace, boss: Colleague) -> Iterator[KeyManufacturer]:
    """Keys for two roles alone, and only of a maker in the metadata; afterwards as before."""
    toml, maker, now = ward.data / "service.toml", KeyManufacturer.new(AAGUID), int(time.time())
    before = toml.read_text()
    mds = MetadataService.new(now)
    made = KeyMaker(AAGUID, maker.root, [maker.batch], new_key())
    blob, root = ward.folder / "metadata.jwt", ward.folder / "metadata.pem"
    blob.write_bytes(mds.blob(entry(made, "FIDO_CERTIFIED_L1", description="Ward Key"), no=now))
    root.write_bytes(mds.root_pem)
    ward.admin("metadata", "import", str(blob), "--root", str(root))
    toml.write_text(before + STRICT)
    anew(ward, here)
    try:
        yield maker
    finally:
        toml.write_text(before)
        here.lock()
        anew(ward, here)


def test_a_wave_names_its_people_and_only_an_attested_key_is_taken(
    ward: Ward, here: Workplace, wizard: Wizard, boss: Colleague, strict: KeyManufacturer
) -> None:
    anna, late = ward.hire("Anna Pharma", "pharmacist"), ward.hire("Lea Late", "surgeon")
    key, fake = a_key(None, KEY_PIN, maker=strict), a_key(None, KEY_PIN)
    assert missing(ward) == {"pharmacy": {anna.login}, "theatre": {late.login}}
    here.tap(late.badge, "refused")
    [kept_out] = ward.trail(action="sign_in", login=late.login)
    assert (kept_out["result"], kept_out["reason"]) == ("refused", "no_method")
    here.lock()
    here.sign_in(anna)
    adding(wizard, "Security key")
    wizard.at("proof.second")
    wizard.vouched(boss, "new.hold")
    with here.lay(fake):
        wizard.at("new.pin.present")
        here.enter(KEY_PIN)
        wizard.at("new.hold")
    [refused] = ward.trail(action="enrol_made", login=anna.login)
    assert (refused["reason"], refused["detail"]["why"]) == ("key_refused", "not_attested")
    with here.lay(key):
        wizard.at("new.pin.present")
        here.enter(KEY_PIN)
        wizard.at("try.hold")
    wizard.hold(key, "done.done")
    assert missing(ward) == {"pharmacy": {""}, "theatre": {late.login}}
    [row] = [row for row in read(ward, "factors") if row["login"] == anna.login and row["factor"] == "key"]
    assert (row["hardware"], row["model"], row["attestation"]) == (True, "Ward Key", "packed")


def anew(ward: Ward, place: Workplace) -> None:
    """The service begins anew, by what its settings say now."""
    assert ward.service is not None
    ward.service.stop()
    place.wait("downtime", "locked", "refused", service="unreachable")
    ward.start_service()
    place.wait("locked", "refused", service="online")


def read(ward: Ward, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(ward.admin("report", name, "--format", "json"))
    return rows


def missing(ward: Ward) -> dict[str, set[str]]:
    """Wave → whom the report names."""
    rows = read(ward, "waves")
    return {wave: {row["missing"] for row in rows if row["wave"] == wave} for wave in {row["wave"] for row in rows}}


def adding(wizard: Wizard, kind: str) -> None:
    wizard.press("active", "My keys")
    wizard.place.wait("my_keys")
    wizard.press("my_keys.2", "Add")
    wizard.at("who.choose")
    wizard.press("choose", kind)
