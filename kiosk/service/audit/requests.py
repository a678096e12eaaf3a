"""What a workstation signed with a request (``kiosk.model.signing``), as its rows are kept with it.

The DPoP proof is the signature: one for who asks now, and for whoever checks the trail years later.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from hmac import compare_digest

from kiosk.model import signing
from kiosk.model.binding import unb64u
from kiosk.service.platform import bounds
from kiosk.service.platform.json_fields import members

MAX_RUN = 64


class BadRequestError(Exception):
    """What was signed is not of the right form, or not for this body; ``str()`` says why in a few words."""


@dataclass(slots=True)
class StationRequest:
    """``proof``: as it was sent; ``told``: what is kept of the body. ``counter``, ``run``, ``head``: see ``signing``.

    ``wrote``: number and hash of the last row that it led to, for the answer.
    """

    proof: str = field(repr=False)
    told: str = field(repr=False)
    counter: int
    run: str
    head: tuple[int, bytes] | None
    wrote: tuple[int, bytes] | None = None

    @property
    def digest(self) -> str:
        """What its rows name."""
        return digest_of(self.proof)


def digest_of(proof: str) -> str:
    """SHA-256 of a proof, lower-case hex."""
    return hashlib.sha256(proof.encode("ascii")).hexdigest()


def read(proof: str, claim: object, body: bytes, salt: str) -> StationRequest:
    """The request with this ``claim`` in its ``proof``, which was verified, and this ``body``.

    Raises ``BadRequestError``.
    """
    said = form(claim)
    try:
        raw = unb64u(salt)
        told = signing.told(body, raw)
    except (ValueError, RecursionError):
        raise BadRequestError("it cannot be compared with the body") from None
    if len(raw) != signing.SALT_BYTES:
        raise BadRequestError(f"{signing.SALT_HEADER} has {signing.SALT_BYTES} bytes")
    if not compare_digest(signing.digest(told), said.body):
        raise BadRequestError("it is for another body")
    seen = (said.head[0], bytes.fromhex(said.head[1])) if said.head is not None else None
    return StationRequest(proof, told.decode("utf-8"), said.counter, said.run, seen)


def check_kept(kept: tuple[str, str] | None, named: object) -> None:
    """``kept``: proof and kept body that stand beside a row which names the digest ``named``. What can be said without
    the key: they are the ones that the row, and the proof, name. Raises ``BadRequestError``."""
    if kept is None:
        return
    proof, told = kept
    if not proof.isascii() or digest_of(proof) != named:
        raise BadRequestError("the signature of its workstation was exchanged")
    try:
        claims = members(bounds.loads(unb64u(proof.split(".")[1])))
        said = form(claims.get(signing.CLAIM))
    except (ValueError, TypeError, IndexError, RecursionError):
        raise BadRequestError("what its workstation signed cannot be read") from None
    if signing.digest(told.encode("utf-8")) != said.body:
        raise BadRequestError("what its workstation asked for was changed")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a workstation says of a request: ``counter`` rises within ``run``; ``head``: the last row that it saw, by
    number and hash in hex; ``body``: digest of what it asked for."""

    counter: int
    run: str
    head: tuple[int, str] | None
    body: str


def form(claim: object) -> Claim:
    """``claim``, if it is one. Raises ``BadRequestError``."""
    if not isinstance(claim, dict) or claim.get("for") != signing.LABEL:
        raise BadRequestError("it is signed for another purpose")
    number, run, head, body = (claim.get(name) for name in ("n", "run", "head", "body"))
    if type(number) is not int or not 1 < number <= signing.MAX_COUNTER:
        raise BadRequestError("its counter is out of bounds")
    if not isinstance(run, str) or not 0 < len(run) <= MAX_RUN or not run.isascii() or not isinstance(body, str):
        raise BadRequestError("its claim is not of the right form")
    seen = None if head is None else _head(head)
    if not body.isascii():
        raise BadRequestError("it is for another body")
    return Claim(number, run, seen, body)


def _head(head: object) -> tuple[int, str]:
    number, link = head if isinstance(head, list) and len(head) == 2 else (None, None)
    if type(number) is not int or not isinstance(link, str) or signing.head_of(f"{number}:{link}") is None:
        raise BadRequestError("its head is not of the right form")
    return number, link
