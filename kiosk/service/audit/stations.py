"""Whose word a workstation's rows are: each that a workstation causes was signed for by the key bound to it then.

A key is bound by row 1 of the workstation's chain (``workstation_enrolled``), or, for one that is older than signing,
by a row ``station_key`` of the service's chain, which says up to which row nothing is signed. Its program may be older
for some time yet: its rows are counted as unsigned until the first that is signed. From that one on, all are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from kiosk.model import signing
from kiosk.service.audit import clocks, requests
from kiosk.service.audit.event import SERVICE
from kiosk.service.audit.lines import Body, TrailLine
from kiosk.service.audit.requests import BadRequestError, Claim
from kiosk.service.audit.restores import RESTORED
from kiosk.service.audit.signatures import EvidenceBrokenError
from kiosk.service.audit.writer import CONFLICT
from kiosk.service.jose.dpop import IAT_WINDOW
from kiosk.service.platform import bounds
from kiosk.service.platform.json_fields import member, members

ENROLLED, KEY = "workstation_enrolled", "station_key"
UNASKED = frozenset({ENROLLED, clocks.SET_BACK, CONFLICT, RESTORED, "token_redeemed", "token_collected"})
"""Actions of rows in a workstation's chain that it does not cause: they prove nothing about it."""
UNASKED_ENDS = frozenset({"ended_elsewhere", "expired"})
"""Reasons of an enrolment's end (``enrol``) that the service finds by itself."""
HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class OldStation:
    """A workstation that is older than signing: its key, and its last row when the service began to ask for it."""

    jwk: str | None
    seq: int
    at: int


@dataclass(slots=True)
class OldStations:
    """What the service's chain says of them. A ``Rule`` of that chain, which is walked first."""

    known: dict[str, OldStation] = field(default_factory=dict)

    def __call__(self, line: TrailLine, body: Body) -> None:
        """Raises ``EvidenceBrokenError``."""
        if body.get("action") != KEY:
            return
        station, detail = body.get("workstation"), _detail(body)
        seq = detail.get("seq")
        if not isinstance(station, str) or type(seq) is not int or station in self.known:
            raise EvidenceBrokenError("it binds a workstation's key a second time, or none")
        jwk = detail.get("jwk")
        self.known[station] = OldStation(None if jwk is None else json.dumps(jwk, sort_keys=True), seq, line.at)


@dataclass(slots=True)
class Requests:
    """A ``Rule`` of one workstation's chain. ``signed``, ``unsigned``: rows that were, and that need not be yet."""

    chain: str
    old: OldStation | None
    signed: int = 0
    unsigned: int = 0
    _jwk: str | None = None
    _base: int = 0  # rows before those that are looked at here
    _before: Callable[[int], TrailLine | None] | None = None
    _links: bytearray = field(default_factory=bytearray)
    _goes_on: bytearray = field(default_factory=bytearray)  # of each row: 1 if it is of the request of the row before
    _counter: int = 1
    _run: str = ""
    _seen: int = 0
    _archived: int = 0  # rows below it may have been archived
    _restored: int | None = None  # row after which its workstation may still know another branch
    _digest: str | None = None
    _claims: Mapping[str, object] = field(default_factory=dict)
    _told: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._jwk = self.old.jwk if self.old else None

    def __call__(self, line: TrailLine, body: Body) -> None:
        """Raises ``EvidenceBrokenError``."""
        named = body.get("request")
        self._goes_on.append(named is not None and named == self._digest)
        if body.get("action") == ENROLLED:
            self._bind(line, body)
        if named is None:
            if body.get("action") == RESTORED:
                self._restored = line.seq
            if line.request is not None:
                raise EvidenceBrokenError("a signature is kept for it that it does not name")
            self._unsigned(line, body)
        else:
            self._signed(str(named), line, body)
        self._links += line.hash

    def _bind(self, line: TrailLine, body: Body) -> None:
        jwk = _detail(body).get("jwk")
        if line.seq != 1 or (jwk is not None and self.old is not None):
            raise EvidenceBrokenError("it binds a second key to this workstation")
        if jwk is not None:
            self._jwk = json.dumps(jwk, sort_keys=True)

    def _unsigned(self, line: TrailLine, body: Body) -> None:
        if body.get("action") in UNASKED:
            return
        if body.get("action") == "enrol" and body.get("reason") in UNASKED_ENDS and body.get("result") == "refused":
            return
        if self.old is None or self.signed:
            raise EvidenceBrokenError("its workstation did not sign for it")
        self.unsigned += line.seq > self.old.seq

    def _signed(self, named: str, line: TrailLine, body: Body) -> None:
        if self.old is not None and line.at < self.old.at - clocks.TOLERANCE:
            raise EvidenceBrokenError("its workstation signed before its key was bound")
        if named != self._digest:
            self._read(named, line)
        elif line.request is not None:
            raise EvidenceBrokenError("a signature is kept for it twice")
        _check_act(self._claims, self._told, body)
        self.signed += 1

    def _read(self, named: str, line: TrailLine) -> None:
        """A request that was not read yet: its signature and everything that it says."""
        if line.request is None:
            raise EvidenceBrokenError("the signature of its workstation is missing")
        proof, told = line.request
        if not proof.isascii() or requests.digest_of(proof) != named:
            raise EvidenceBrokenError("the signature of its workstation was exchanged")
        if self._jwk is None:
            raise EvidenceBrokenError("no row bound a key to its workstation")
        claims = _verified(proof, self._jwk)
        try:
            said = requests.form(claims.get(signing.CLAIM))
            self._told = members(json.loads(told))
        except (BadRequestError, ValueError, TypeError, RecursionError):
            raise EvidenceBrokenError("what its workstation signed cannot be read") from None
        if signing.digest(told.encode("utf-8")) != said.body:
            raise EvidenceBrokenError("what its workstation asked for was changed")
        iat = bounds.seconds(claims.get("iat"))
        if iat is None or abs(iat - line.at) > IAT_WINDOW + clocks.TOLERANCE:
            raise EvidenceBrokenError("its workstation signed for it at another time")
        self._check_order(said, line)
        self._claims, self._digest = claims, named

    def _check_order(self, said: Claim, line: TrailLine) -> None:
        if said.counter <= self._counter:
            raise EvidenceBrokenError("its workstation's counter did not rise")
        if said.head is not None and self._of_another_branch(said.head, line):
            self._counter, self._run, self._seen = said.counter, said.run, 0
            return
        seen, run = 0, said.run
        if said.head is not None:
            seen, link = said.head
            its = self._link_of(seen) if 0 < seen < line.seq else ""
            if its != link and not (its is None and seen < self._archived):
                raise EvidenceBrokenError(
                    f"its workstation saw another row {seen} of this chain: the trail was rewritten"
                )
            if seen >= self._base and self._goes_on[seen - self._base]:
                raise EvidenceBrokenError(
                    f"row {seen + 1} was added to a request after the workstation had the answer to it"
                )
        if run == self._run and seen < self._seen:
            raise EvidenceBrokenError("its workstation had seen more of this chain before")
        self._counter, self._run, self._seen = said.counter, run, seen

    def _of_another_branch(self, head: tuple[int, str], line: TrailLine) -> bool:
        """Whether the workstation saw a row that a restore took away. No more once it has seen one that came after."""
        if self._restored is None or head[0] < self._restored:
            return False
        if head[0] < line.seq and self._link_of(head[0]) == head[1]:
            self._restored = None
        return self._restored is not None

    def _link_of(self, seq: int) -> str | None:
        """The hash of an earlier row, in hex."""
        if seq > self._base:
            end = (seq - self._base) * HASH_BYTES
            return bytes(self._links[end - HASH_BYTES : end]).hex()
        found = self._before(seq) if self._before is not None else None
        return found.hash.hex() if found is not None else None

    def go_on(
        self,
        base: int,
        jwk: str | None,
        last: str | None,
        before: Callable[[int], TrailLine | None],
        restored: int | None = None,
        archived: int = 0,
    ) -> None:
        """Begin after row ``base``: ``jwk`` is bound, ``last`` is the proof of the last request, ``before`` finds rows,
        ``restored`` is the last row that tells of a restore. Rows below ``archived`` need not be there any more: what a
        workstation saw of them, nobody can compare.

        Raises ``EvidenceBrokenError`` for a proof that cannot be read: it was right when it was looked at.
        """
        self._base, self._before, self._restored, self._archived = base, before, restored, archived
        self._jwk = jwk if jwk is not None else self._jwk
        if last is None or self._jwk is None:
            return
        said = requests.form(_verified(last, self._jwk).get(signing.CLAIM))
        self._counter, self._run, self.signed = said.counter, said.run, 1
        self._seen = said.head[0] if said.head is not None else 0
        if said.head is not None and restored is not None and said.head[0] >= restored:
            if self._link_of(said.head[0]) == said.head[1]:
                self._restored = None
            else:
                self._seen = 0


def rules_of(chain: str, old: OldStations) -> OldStations | Requests:
    """What must be true of the rows of ``chain``, besides what is true of every chain."""
    return old if chain == SERVICE else Requests(chain, old.known.get(chain))


def _verified(proof: str, jwk: str) -> Mapping[str, object]:
    """The claims of a DPoP proof (RFC 9449 section 4.2) by that key. Raises ``EvidenceBrokenError``."""
    try:
        read = jws.deserialize_compact(proof, _key(jwk), algorithms=["ES256"])
        claims = bounds.loads(read.payload)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise EvidenceBrokenError("the signature of its workstation is not by the key that was bound to it") from None
    if read.headers().get("typ") != "dpop+jwt" or not isinstance(claims, dict):
        raise EvidenceBrokenError("the signature of its workstation is of another kind")
    return claims


@lru_cache(maxsize=64)
def _key(jwk: str) -> ECKey:
    return ECKey.import_key(json.loads(jwk))


def _check_act(claims: Mapping[str, object], told: Mapping[str, object], body: Body) -> None:
    """What was signed is a request that can lead to such a row."""
    path = str(claims.get("htu", "")).partition("://")[2].partition("/")[2]
    detail = _detail(body)
    asked = told.get("body")
    said = asked if isinstance(asked, dict) else {}
    action, ceremony = body.get("action"), body.get("ceremony")
    good = claims.get("htm") == "POST" and path.startswith("v1/")
    if action == "stepup" and body.get("result") == "success":
        good = path in (f"v1/ceremonies/{ceremony}/proof", f"v1/ceremonies/{ceremony}/finish")
    elif action == "second" and body.get("result") == "success":
        good = path == f"v1/ceremonies/{ceremony}/proof"
    elif action == "second_asked":
        good = path in ("v1/stepups", f"v1/ceremonies/{detail.get('of')}/second")
    elif action == "sign_in" and body.get("result") == "success":
        good = path in ("v1/ceremonies", f"v1/ceremonies/{ceremony}/proof")
    elif action == "app_sign_in":
        good = path == "v1/openid/attest"
    elif action == "stepup_asked":
        ask = said.get("ask")
        good = (
            path == "v1/stepups"
            and isinstance(ask, dict)
            and all(ask.get(name) == detail.get(name) for name in ("action", "records"))
        )
    elif "report" in detail:
        good = path == "v1/reports" and _tell(said.get("reports"), body)
    if not good:
        raise EvidenceBrokenError("its workstation signed for another request")


def _tell(reports: object, body: Body) -> bool:
    return isinstance(reports, list) and any(isinstance(report, dict) and _tells(report, body) for report in reports)


def _detail(body: Body) -> Body:
    """Raises ``EvidenceBrokenError``: a row's text is whatever somebody wrote there."""
    try:
        return member(body, "detail")
    except TypeError:
        raise EvidenceBrokenError("its detail is no object") from None


def _tells(report: Mapping[str, object], body: Body) -> bool:
    detail = _detail(body)
    told = (detail.get("report"), detail.get("reported_at"), body.get("action"), body.get("reason"))
    return told == tuple(report.get(name) for name in ("id", "at", "action", "reason"))
