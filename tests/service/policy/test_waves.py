"""Roll-out waves: who is offered what from when on, and who is to have it."""

from __future__ import annotations

import time
import tomllib

import pytest

from kiosk.model.enrolment import FactorKind
from kiosk.service.policy import rules_from
from kiosk.service.policy.waves import enforced, offered, required
from kiosk.settings import SettingsError

BEGINS = 1_796_083_200
"""2026-12-01, UTC."""
WAVES = rules_from(
    tomllib.loads(
        """
        [[wave]]
        name = "pilot"
        kinds = ["key", "recovery"]
        from = 2026-12-01
        places = ["Ward 3"]
        required = true

        [[wave]]
        name = "physicians"
        kinds = ["key"]
        from = 2026-12-01T06:00:00Z
        roles = ["physician"]
        """
    )
).waves


@pytest.mark.parametrize(
    ("kind", "roles", "place", "after", "expected"),
    [
        ("key", ("nurse",), "Ward 3", 0, True),
        ("key", ("nurse",), "Ward 3", -1, False),
        ("key", ("nurse",), "Ward 4", 0, False),
        ("key", ("nurse",), None, 0, False),
        ("key", ("nurse", "physician"), "Ward 4", 6 * 3600, True),
        ("key", ("physician",), "Ward 4", 6 * 3600 - 1, False),
        ("recovery", ("physician",), "Ward 4", 10**6, False),
        ("badge", ("nurse",), "Ward 4", -(10**6), True),
    ],
)
def test_a_kind_that_a_wave_names_is_for_its_people_from_its_day_on(
    kind: str, roles: tuple[str, ...], place: str | None, after: int, expected: bool
) -> None:
    assert offered(WAVES, FactorKind(kind), roles, place, BEGINS + after) is expected


def test_what_is_required_is_what_their_waves_say_by_now() -> None:
    assert required(WAVES, ("nurse",), "Ward 3", BEGINS) == (FactorKind.KEY, FactorKind.RECOVERY_CODES)
    assert required(WAVES, ("nurse",), "Ward 3", BEGINS - 1) == ()
    assert required(WAVES, ("physician",), "Ward 4", BEGINS + 10**6) == ()


@pytest.mark.parametrize(
    ("kinds", "acr"),
    [('"pin"', "urn:kiosk:pin"), ('"pin", "totp"', "urn:kiosk:mfa"), ('"key"', "phr"), ('"piv", "pin"', "phr")],
)
def test_what_is_enforced_begins_so_many_days_later(kinds: str, acr: str) -> None:
    wave = f'[[wave]]\nname="a"\nkinds=[{kinds}]\nfrom=2026-12-01\nroles=["nurse"]\nrequired=true\nenforce_after=14'
    waves, then = rules_from(tomllib.loads(wave)).waves, BEGINS + 14 * 86_400
    assert enforced(waves, ("nurse",), None, then - 1) == "urn:kiosk:identified"
    assert enforced(waves, ("nurse",), None, then) == acr
    assert enforced(waves, ("clerk",), "Ward 3", then) == "urn:kiosk:identified"
    assert enforced(WAVES, ("nurse",), "Ward 3", then) == "urn:kiosk:identified"


def test_a_wave_of_nobody_in_particular_is_everybodys() -> None:
    waves = rules_from(tomllib.loads('[[wave]]\nname="all"\nkinds=["pin"]\nfrom=2026-12-01')).waves
    assert offered(waves, FactorKind.PIN, (), None, BEGINS)
    assert not offered(waves, FactorKind.PIN, (), None, BEGINS - 1)


@pytest.mark.parametrize(
    "toml",
    [
        '[[wave]]\nkinds=["key"]\nfrom=2026-12-01',
        '[[wave]]\nname="a"\nkinds=["keys"]\nfrom=2026-12-01',
        '[[wave]]\nname="a"\nkinds=[]\nfrom=2026-12-01',
        '[[wave]]\nname="a"\nkinds=["key"]\nfrom="2026-12-01"',
        '[[wave]]\nname="a"\nkinds=["key"]',
        '[[wave]]\nname="a"\nkinds=["key"]\nfrom=2026-12-01\nplace="Ward 3"',
        '[[wave]]\nname="a"\nkinds=["key"]\nfrom=2026-12-01\nrequired="yes"',
        '[[wave]]\nname="a"\nkinds=["key"]\nfrom=2026-12-01\n[[wave]]\nname="a"\nkinds=["pin"]\nfrom=2026-12-01',
        '[[wave]]\nname="a"\nkinds=["key"]\nfrom=0026-12-01',
        '[[wave]]\nname="a"\nkinds=["key"]\nfrom=2026-12-01\nroles=["Nurse"]',
        '[[wave]]\nname="a"\nkinds=["key"]\nfrom=2026-12-01\nplaces=[" "]',
        '[[wave]]\nname="a"\nkinds=["key"]\nfrom=2026-12-01\nenforce_after=14',
        '[[wave]]\nname="a"\nkinds=["key"]\nfrom=2026-12-01\nrequired=true\nenforce_after=-1',
        '[[wave]]\nname="a"\nkinds=["key"]\nfrom=2026-12-01\nrequired=true\nenforce_after="soon"',
        '[[wave]]\nname="a"\nkinds=["key","recovery"]\nfrom=2026-12-01\nrequired=true\nenforce_after=14',
        'wave = "pilot"',
    ],
)
def test_a_wave_that_makes_no_sense_is_refused_with_a_sentence(toml: str) -> None:
    with pytest.raises(SettingsError, match=r"^\[policy\]: .*\.$"):
        rules_from(tomllib.loads(toml))


def refusal(rest: str) -> str:
    """What is said of a wave “a” with these lines, or nothing where it is taken."""
    try:
        rules_from(tomllib.loads(f'[[wave]]\nname="a"\n{rest}'))
    except SettingsError as bad:
        return str(bad)
    return ""


KEY, DAY = 'kinds=["key"]\n', "from=2026-12-01\n"


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        (
            KEY + 'from="2026-12-01"',
            "“wave a: from” must be a day, such as 2026-12-01 without quotes, not “2026-12-01”",
        ),
        (
            'kinds=["keys","pin"]\n' + DAY,
            "“wave a: kinds” must be out of badge, temporary_badge, key, piv, pkoc, totp, pin, recovery, phone, "
            "not “keys, pin”",
        ),
        ("kinds=7\n" + DAY, "“wave a: kinds” must be a list of texts, not 7"),
        (
            KEY + DAY + "required=true\nenforce_after=366",
            "“wave a: enforce_after” must be a whole number from 0 to 365, not 366",
        ),
        (KEY + DAY + "enforce_after=1", "“wave a: enforce_after” needs required = true"),
        ('kinds=["badge"]\n' + DAY + "required=true\nenforce_after=1", "needs kinds that sign in: pin, totp, piv, key"),
    ],
)
def test_what_is_wrong_with_a_wave_is_named_with_its_wave(rest: str, said: str) -> None:
    assert said in refusal(rest)


@pytest.mark.parametrize(
    "rest",
    [
        KEY + "from=2000-01-01",
        KEY + "from=2199-12-31",
        KEY + DAY + "required=true\nenforce_after=0",
        KEY + DAY + "required=true\nenforce_after=365",
        'kinds=["pin","totp","piv","key"]\n' + DAY + "required=true\nenforce_after=1",
    ],
)
def test_the_limits_themselves_are_taken(rest: str) -> None:
    assert refusal(rest) == ""


@pytest.mark.parametrize(
    ("day", "after"),
    [("2026-12-01", 0), ("2026-12-01T06:00:00", 6), ("2026-12-01T06:00:00Z", 6), ("2026-12-01T06:00:00+02:00", 4)],
)
def test_a_day_begins_in_utc_wherever_the_service_stands(day: str, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        (wave,) = rules_from(tomllib.loads(f'[[wave]]\nname="a"\n{KEY}from={day}')).waves
    finally:
        monkeypatch.undo()
        time.tzset()
    assert wave.begins == BEGINS + after * 3600


def test_what_is_enforced_is_enforced_at_its_places() -> None:
    rest = f'[[wave]]\nname="a"\n{KEY}{DAY}places=["Ward 3"]\nrequired=true\nenforce_after=0'
    waves = rules_from(tomllib.loads(rest)).waves
    assert enforced(waves, ("nurse",), "Ward 3", BEGINS) == "phr"
    assert enforced(waves, ("nurse",), "Ward 4", BEGINS) == "urn:kiosk:identified"
