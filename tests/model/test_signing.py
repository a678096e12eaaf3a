"""What a station signs of its requests: names that stand in the row as they are, everything else committed to."""

from __future__ import annotations

import hashlib
import json

import pytest

from kiosk.model.binding import b64u, canonical
from kiosk.model.signing import CLEAR, digest, head_of, head_text, told

SALT = bytes(range(16))
LINK = hashlib.sha256(b"a row").digest()


def committed(name: str, value: object) -> dict[str, str]:
    """What is kept of a value that is not clear."""
    exact = canonical({name: value})  # type: ignore[dict-item]  # a text or a number
    return {"sha256": b64u(hashlib.sha256(SALT + exact).digest())}


def test_clear_names_stay_and_every_other_value_is_committed_to_by_its_name() -> None:
    body = {"action": "lock", "person": "ada", "detail": {"reason": "idle", "uid": "04A1"}, "records": 12, "none": None}
    said = json.loads(told(json.dumps(body).encode(), SALT))["body"]
    assert said == {
        "action": "lock",
        "records": 12,
        "none": None,
        "person": committed("person", "ada"),
        "detail": {"reason": "idle", "uid": committed("uid", "04A1")},
    }


def test_a_list_is_as_its_name_is_item_by_item() -> None:
    said = json.loads(told(b'{"kind": ["a", "b"], "uids": ["04", "05"]}', SALT))["body"]
    assert said == {"kind": ["a", "b"], "uids": [committed("uids", "04"), committed("uids", "05")]}


def test_what_lies_below_a_clear_name_is_clear_only_where_it_is_named_so_itself() -> None:
    assert "origin" in CLEAR
    assert json.loads(told(b'{"origin": {"secret": "x"}}', SALT))["body"] == {
        "origin": {"secret": committed("secret", "x")}
    }


def test_the_salt_and_the_name_change_what_a_value_looks_like() -> None:
    same = b'{"person": "ada"}'
    assert len({told(same, SALT), told(same, SALT[::-1]), told(b'{"login": "ada"}', SALT)}) == 3
    assert b"ada" not in told(same, SALT)


def test_no_body_is_said_to_be_none_and_what_is_no_json_is_refused() -> None:
    assert told(b"", SALT) == b'{"body":null}'
    with pytest.raises(ValueError, match="Expecting"):
        told(b"{", SALT)


def test_a_digest_is_sha_256_in_base64url() -> None:
    assert digest(b"") == "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"


def test_a_head_is_read_as_it_is_written() -> None:
    assert head_of(head_text(17, LINK)) == (17, LINK.hex())


HEX = LINK.hex()
NO_NUMBERS = ["", "-1", "x", "٣", "1" * 17]
NO_HASHES = [HEX[:-1], f"{HEX}0", HEX.upper(), "g" * 64]


@pytest.mark.parametrize(
    "text", ["", "17", ":", *(f"{number}:{HEX}" for number in NO_NUMBERS), *(f"17:{link}" for link in NO_HASHES)]
)
def test_what_is_no_head_is_none(text: str) -> None:
    assert head_of(text) is None


def test_a_number_of_sixteen_digits_is_one() -> None:
    assert head_of(f"{'1' * 16}:{LINK.hex()}") == (1111111111111111, LINK.hex())
