"""Six digits are a million tries. With a copy of the database alone, not one of them can be tried."""

from __future__ import annotations

import base64
import os

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError

from kiosk.service.platform.pin_keys import PinKeys
from tests.fakes.service import Hospital
from tests.fakes.sqlwriter import SqlWriter


async def test_a_copy_of_the_database_does_not_say_whether_a_pin_is_right(either: Hospital) -> None:
    ada = await either.person("ada", pin="246810")
    (row,) = await SqlWriter(either).rows("pin")
    with pytest.raises(InvalidHashError):
        PasswordHasher().verify(row["hash"], "246810")
    assert "argon2" not in row["hash"]
    sealed = row["hash"].partition(":")[2]
    assert b"argon2" not in base64.urlsafe_b64decode(sealed + "==")
    thief = PinKeys("1", {"1": os.urandom(32)})
    assert thief.unseal(row["hash"], ada) is None
    real = either.folder.keys.pin.unseal(row["hash"], ada)
    assert real is not None
    assert PasswordHasher().verify(real, "246810")


async def test_one_pin_of_two_people_looks_different(either: Hospital) -> None:
    await either.person("ada", pin="246810")
    await either.person("bob", "Bob", pin="246810")
    hashes = {row["hash"] for row in await SqlWriter(either).rows("pin")}
    assert len(hashes) == 2


async def test_a_hash_opens_for_its_own_person_alone(either: Hospital) -> None:
    await either.person("ada", pin="246810")
    bob = await either.person("bob", "Bob", pin="135790")
    hashes = {row["person"]: row["hash"] for row in await SqlWriter(either).rows("pin")}
    (theirs,) = (sealed for person, sealed in hashes.items() if person != bob)
    assert either.folder.keys.pin.unseal(theirs, bob) is None
