"""Initials on a badge's tile, and the two joiners that a name may have."""

from __future__ import annotations

import pytest

from kiosk.model import joiners
from kiosk.model.people import Person


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Anna Okonkwo", "AO"),
        ("Anna", "A"),
        ("Dr. Anna Okonkwo", "AO"),
        ("Dr.", "D"),
        ("Ana María López García", "AMG"),
        ("Jean-Luc Picard", "JLP"),
        ("Ben 3rd Chen", "BC"),
        ("李 小龙", "李小"),
        ("élodie petit", "ÉP"),
        ("", ""),
    ],
)
def test_initials_are_of_the_first_the_middle_and_the_last_name(name: str, initials: str) -> None:
    assert Person("p-1", "login", name, ()).initials == initials


PARTED, JOINED = joiners.BOTH
VIRAMA = "\u094d"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Anna Okonkwo", "Anna Okonkwo"),
        # Between two letters that would else join, as in Persian, and after a virama, as in Indic names.
        (f"علی{PARTED}رضا", f"علی{PARTED}رضا"),
        (f"عَ{PARTED}ل", f"عَ{PARTED}ل"),
        (f"क{VIRAMA}{JOINED}ष", f"क{VIRAMA}{JOINED}ष"),
        # Anywhere else they would only make two names look alike.
        (f"An{PARTED}na", "Anna"),
        (f"{PARTED}Anna", "Anna"),
        (f"Anna{JOINED}", "Anna"),
        (f"علی{PARTED} رضا", "علی رضا"),
        (f"a{PARTED}ل", "aل"),
        (f"\u0301{PARTED}ل", "\u0301ل"),
    ],
)
def test_a_joiner_stays_where_a_script_writes_one(text: str, kept: str) -> None:
    assert joiners.kept(text) == kept
