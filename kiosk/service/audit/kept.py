"""What an auditor keeps elsewhere: a copy of ``checkpoints.jsonl``, and the public keys of the checkpoints.

A copy that is damaged says nothing about the trail, and is told apart from a trail that does not hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.model.binding import unb64u
from kiosk.service.audit.checkpoint import Checkpoint
from kiosk.service.audit.coverage import heads_in
from kiosk.service.audit.finding import NotCheckableError
from kiosk.service.platform.json_fields import JsonObject, items, members, text
from kiosk.service.platform.keys import checkpoint_kid

HASH_BYTES = 32
MAX_LINE = 1 << 26
"""Bytes: a checkpoint names each chain that moved, with a hundred bytes for each."""
MAX_KEYS_FILE = 1 << 20


def checkpoints(path: Path) -> Iterator[Checkpoint]:
    """The checkpoints in ``path`` in order, read as they are asked for. Raises ``NotCheckableError``."""
    try:
        with path.open("rb") as file:
            number = 0
            while text := file.readline(MAX_LINE):
                number += 1
                yield _checkpoint(text, path, number)
    except OSError as error:
        raise NotCheckableError(f"{path} cannot be read: {error.strerror}.") from None


def of_one_service(path: Path, keys: Mapping[str, Ed25519PublicKey], *, whole: bool) -> list[Checkpoint]:
    """All of them, without a gap, each signed by one of ``keys``; ``whole``: from the first on.

    Raises ``NotCheckableError``: a copy that was changed says nothing about the trail.
    """
    found = list(checkpoints(path))
    if found and whole and found[0].id != 1:
        raise NotCheckableError(f"{path} begins with checkpoint {found[0].id}. Give the whole file, from checkpoint 1.")
    strange = [checkpoint for checkpoint in found if checkpoint.kid not in keys]
    if found and len(strange) == len(found):
        raise NotCheckableError(
            f"None of the keys given signed any checkpoint of {path}: the copy, or the keys, are another service's."
        )
    if strange:
        raise NotCheckableError(
            f"The key that signed checkpoint {strange[0].id} of {path} is not among the keys given. "
            "Give the service's present checkpoint-keys.json, which holds its retired keys too."
        )
    for before, checkpoint in zip([None, *found], found, strict=False):
        if before is not None and checkpoint.id != before.id + 1:
            raise NotCheckableError(f"{path} has no checkpoint {before.id + 1} after {before.id}. Copy it again.")
        if not checkpoint.signed_by(keys):
            raise NotCheckableError(
                f"Checkpoint {checkpoint.id} of {path} was changed or damaged since it was signed. Copy it again."
            )
    return found


def _checkpoint(text: bytes, path: Path, number: int) -> Checkpoint:
    try:
        if not text.endswith(b"\n"):
            raise ValueError("cut off")
        made = Checkpoint(**json.loads(text))
        body = members(json.loads(made.body))
        kinds = [
            type(value) for value in (made.id, made.at, made.signature, made.kid, body["id"], body["at"], body["prev"])
        ]
        if kinds != [int, int, str, str, int, int, str]:
            raise TypeError("form")
        if any(len(head.link) != HASH_BYTES for head in heads_in(body)):
            raise ValueError("no hash")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise NotCheckableError(
            f"{path} is damaged, or not a copy of checkpoints.jsonl: line {number} cannot be read. Copy it again."
        ) from None
    return made


def public_keys(path: Path) -> dict[str, Ed25519PublicKey]:
    """The Ed25519 keys of a JSON Web Key Set (RFC 8037 section 2) by thumbprint. Raises ``NotCheckableError``."""
    try:
        with path.open("rb") as file:
            said: object = json.loads(file.read(MAX_KEYS_FILE))
        keys = [_public(key) for key in map(members, items(members(said)["keys"])) if _is_ed25519(key)]
    except OSError as error:
        raise NotCheckableError(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise NotCheckableError(f"{path} is damaged, or no JSON Web Key Set. Copy it again.") from None
    if not keys:
        raise NotCheckableError(f"{path} holds no key of checkpoints. Give a copy of checkpoint-keys.json.")
    return {checkpoint_kid(key): key for key in keys}


def _is_ed25519(one: JsonObject) -> bool:
    return one.get("kty") == "OKP" and one.get("crv") == "Ed25519"


def _public(one: JsonObject) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(unb64u(text(one, "x")))
