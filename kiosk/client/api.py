"""The service's calls, typed: model dataclasses in, model dataclasses out. One instance a workstation, thread-safe.

Every call raises ``ServiceUnreachableError``, ``ServiceProblemError`` (or ``StationRevokedError``) or
``UnreadableAnswerError``. A PIN or code exists as text only inside ``prove_secret``.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Literal
from urllib.parse import quote

import httpx
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.client.addresses import Addresses
from kiosk.client.answers import decode
from kiosk.client.enrolments import Enrolments, taken
from kiosk.client.errors import ClientError
from kiosk.client.lines import HttpLine
from kiosk.client.proofs import Prover
from kiosk.client.seen import EventsSeen
from kiosk.client.transport import KEPT_ALIVE, Transport
from kiosk.client.tries import READ_SECONDS, TIMEOUT
from kiosk.client.trust import Trust
from kiosk.model.asked import ExchangedToken, QuestionsView, SubjectIn, SubjectView
from kiosk.model.attest import AttestIn, AttestView
from kiosk.model.ceremony import BeginSignIn, CancelIn, CeremonyView, LoginPresented, MoreTime, ProofIn
from kiosk.model.challenge import Challenge, ChallengeAsk
from kiosk.model.emergency import EmergencyIn, EmergencyView
from kiosk.model.helpdesk import ResetIn, ResetTokenIn, ResetView
from kiosk.model.journal import LiveTickets, ReplayIn, ReplayOut
from kiosk.model.kerberos import KerberosIn, KerberosView
from kiosk.model.owed_text import OwedTextIn, OwedTexts
from kiosk.model.people import StationView
from kiosk.model.proof import Method, OtpProof, PinProof, Presented, Proof, RecoveryProof
from kiosk.model.review import CasesView, CaseView, ReviewIn
from kiosk.model.second import SecondPersonIn
from kiosk.model.secret import Secret
from kiosk.model.session_view import LanguageIn
from kiosk.model.stepup import StepUpIn
from kiosk.model.wire import Report, ReportsIn, StationSays, Who

STREAM_SILENCE = 20.0
"""Seconds without a heartbeat after which the event stream counts as gone."""
WARM_SECONDS = 4.0
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ONE_TIME = "urn:kiosk:params:oauth:token-type:one-time-password"
LOOKED_AFTER = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 1),
]
"""Of a connection on which nothing may come for long: its end is asked every second (tcp(7))."""


class Api:
    """``key`` and ``client_id`` say who we are; ``trust`` whom we believe. ``clock``: epoch seconds.

    ``service``: its address, or several of one service. ``seen``: what we saw of our chain of the audit trail; None for
    a program that asks and forgets.
    """

    def __init__(
        self,
        service: str | Sequence[str],
        client_id: str,
        key: ec.EllipticCurvePrivateKey,
        trust: Trust,
        clock: Callable[[], float] = time.time,
        seen: EventsSeen | None = None,
    ) -> None:
        self._seen = seen or EventsSeen()
        self._line = HttpLine(trust, http_client)
        self.addresses = Addresses((service,) if isinstance(service, str) else service)
        silent = self.addresses.several
        self._streamer = HttpLine(trust, lambda now: http_client(now, read=STREAM_SILENCE, soon=silent))
        self._transport = Transport(self.addresses, Prover(key, client_id, clock), self._line, self._seen)
        self.enrolments = Enrolments(self._transport)

    def close(self) -> None:
        """Close both connections. Safe to call twice."""
        self._line.close()
        self._streamer.close()
        self._seen.close()

    @property
    def generation(self) -> int:
        """Grows whenever somebody is believed no longer: a stream that was opened before is to be opened anew."""
        return self._line.generation

    def ask_preferred(self) -> bool:
        """See ``Transport.ask_preferred``; for the event stream's thread."""
        return self._transport.ask_preferred()

    def warm(self) -> None:
        """Be ready for a call that must be quick: token fetched, connection open."""
        self._transport.warm()
        if time.monotonic() - self._transport.exchange.last_answer > WARM_SECONDS:
            self.station()

    @property
    def clock_off(self) -> float:
        """Seconds by which the service's clock was ahead of ours at its last answer; 0 if it does not matter."""
        return self._transport.clock_off

    def on_clock(self, told: Callable[[float], None]) -> None:
        """Have ``told`` called with ``clock_off`` at every answer, on whichever thread it came."""
        self._transport.exchange.on_clock = told

    def on_away(self, told: Callable[[ClientError], None]) -> None:
        """Have ``told`` called, on any thread, whenever a request shows that the service is away: by its error, or
        sooner where nobody answers anything else meanwhile either."""
        self._transport.exchange.on_away = told

    def station(self) -> StationView:
        """The workstation's present rules."""
        return decode(self._transport.call("GET", "/v1/workstation"), StationView)

    def say(self, says: StationSays) -> None:
        """What this workstation says of itself."""
        self._transport.call("POST", "/v1/workstation", says, "safe")

    def session(self, session: str) -> Who:
        """Whose session it is, of those at this workstation, and whether it is open."""
        return decode(self._transport.call("GET", f"/v1/sessions/{quote(session, safe='')}"), Who)

    def begin(self, presented: Presented | LoginPresented, tap: int) -> CeremonyView:
        """A tap or a typed login."""
        return self._view("/v1/ceremonies", BeginSignIn(presented, tap))

    def begin_step_up(self, request: StepUpIn) -> CeremonyView:
        """A program's wish, in its person's session."""
        return self._view("/v1/stepups", request)

    def name_second(self, ceremony: str, body: SecondPersonIn) -> CeremonyView:
        """Somebody is named who is to agree to a step-up as a second person."""
        return self._view(_path(ceremony, "second"), body)

    def finish(self, ceremony: str) -> CeremonyView:
        """What came of a step-up that waits for a second person."""
        return self._view(_path(ceremony, "finish"), None)

    def challenge(self, ceremony: str, method: Method, purpose: str | None, language: str = "en") -> Challenge:
        """A fresh challenge. It is not yet checked against the screen. ``language``: of the screen."""
        answer = self._transport.call(
            "POST", _path(ceremony, "challenge"), ChallengeAsk(method, purpose, language), "safe"
        )
        return decode(answer, Challenge)

    def prove(self, ceremony: str, proof: Proof, purpose: str | None, language: str = "en") -> CeremonyView:
        """One proof. ``language``: of the screen."""
        return self._view(_path(ceremony, "proof"), ProofIn(proof, purpose, language))

    def prove_secret(
        self,
        ceremony: str,
        method: Method,
        secret: Secret,
        purpose: str | None,
        number: int | None = None,
        language: str = "en",
    ) -> CeremonyView:
        """A typed PIN or code, wiped before this returns or raises. ``number``: of the recovery code."""
        typed = taken(secret)
        if method is Method.RECOVERY:
            return self.prove(ceremony, RecoveryProof(number or 0, typed), purpose, language)
        return self.prove(ceremony, PinProof(typed) if method is Method.PIN else OtpProof(typed), purpose, language)

    def reads_in(self, session: str, language: str) -> None:
        """The person of an open session reads the screens in ``language`` from now on."""
        self._transport.call("POST", f"/v1/sessions/{quote(session, safe='')}/language", LanguageIn(language), "safe")

    def more_time(self, ceremony: str) -> int:
        """Seconds that a sign-in has from now on."""
        return decode(self._transport.call("POST", _path(ceremony, "more-time"), None, "safe"), MoreTime).expires_in

    def cancel(self, ceremony: str, reason: CancelIn) -> None:
        """The ceremony is given up."""
        self._transport.call("POST", _path(ceremony, "cancel"), reason, "safe")

    def attest(self, said: AttestIn) -> AttestView:
        """Whose session a browser's authorization request belongs to, and what comes of it."""
        return decode(self._transport.call("POST", "/v1/openid/attest", said), AttestView)

    def questions(self, session: str) -> QuestionsView:
        """What servers ask whoever's session is open here."""
        return decode(self._transport.call("GET", f"/v1/sessions/{quote(session, safe='')}/asked"), QuestionsView)

    def decline(self, session: str, question: str) -> None:
        """Their person silenced the server that asks."""
        path = f"/v1/sessions/{quote(session, safe='')}/asked/{quote(question, safe='')}/decline"
        self._transport.call("POST", path, None, "safe")

    def subject(self, said: SubjectIn) -> SubjectView:
        """Whether a person's own program gets a token, and what has to be proved for it."""
        return decode(self._transport.call("POST", "/v1/openid/subject", said), SubjectView)

    def kerberos(self, said: KerberosIn) -> KerberosView:
        """A certificate for a workspace's Kerberos ticket, or why there is none."""
        return decode(self._transport.call("POST", "/v1/kerberos", said), KerberosView)

    def exchange(self, subject_token: str, audience: str, jkt: str | None, *, one_time: bool = False) -> ExchangedToken:
        """The program's access token (RFC 8693), bound to the key of that thumbprint where there is one.

        ``one_time``: a one-time password in place of a token.
        """
        form = {"grant_type": EXCHANGE, "subject_token": subject_token, "audience": audience}
        form |= {"subject_token_type": "urn:ietf:params:oauth:token-type:jwt"}
        more = {} if jkt is None else {"dpop_jkt": jkt}
        more |= {"requested_token_type": ONE_TIME} if one_time else {}
        answer = self._transport.form("/oauth/token", {**form, **more})
        return decode(answer, ExchangedToken)

    def report(self, reports: tuple[Report, ...]) -> None:
        """What the station saw by itself; sending one twice writes it once."""
        self._transport.call("POST", "/v1/reports", ReportsIn(reports), "safe")

    def begin_emergency(self, body: EmergencyIn) -> EmergencyView:
        """Emergency access begins; sent once, for whoever waits cannot wait long: the journal takes it instead."""
        return decode(self._transport.call("POST", "/v1/emergencies", body), EmergencyView)

    def owed(self, session: str) -> OwedTexts:
        """About which emergency accesses the session's person still owes a text."""
        return decode(self._transport.call("GET", f"/v1/sessions/{quote(session, safe='')}/owed"), OwedTexts)

    def write_owed(self, session: str, body: OwedTextIn) -> OwedTexts:
        """Their text about one of them; what is left."""
        return decode(self._transport.call("POST", f"/v1/sessions/{quote(session, safe='')}/owed", body), OwedTexts)

    def replay(self, body: ReplayIn) -> ReplayOut:
        """The next rows of what happened here while the service was away."""
        return decode(self._transport.call("POST", "/v1/offline", body), ReplayOut)

    def live_tickets(self) -> tuple[str, ...]:
        """Ids of the downtime tickets that count at this workstation."""
        return decode(self._transport.call("GET", "/v1/offline"), LiveTickets).tickets

    def begin_reset(self, body: ResetIn) -> ResetView:
        """The help desk begins a reset, by an approval given at this workstation."""
        return decode(self._transport.call("POST", "/v1/resets", body), ResetView)

    def approve_reset(self, reset: str, body: ResetTokenIn) -> ResetView:
        """A second person agrees to it."""
        return self._reset(reset, "approve", body)

    def reset_code(self, reset: str, body: ResetTokenIn) -> ResetView:
        """Its start code, once it is due."""
        return self._reset(reset, "code", body)

    def cases(self, body: ReviewIn) -> CasesView:
        """Cases for review that wait."""
        return decode(self._transport.call("POST", "/v1/reviews", body), CasesView)

    def case(self, case: str, act: Literal["show", "close", "reopen", "text"], body: ReviewIn) -> CaseView:
        """One case: looked at, closed or reopened, as the token says."""
        return decode(self._transport.call("POST", f"/v1/reviews/{quote(case, safe='')}/{act}", body), CaseView)

    def _reset(self, reset: str, last: str, body: ResetTokenIn) -> ResetView:
        return decode(self._transport.call("POST", f"/v1/resets/{quote(reset, safe='')}/{last}", body), ResetView)

    def events(self, after: str | None) -> AbstractContextManager[httpx.Response]:
        """The open event stream, from after event ``after`` (``EPOCH.NUMBER``) where the service still knows it."""
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        if after is not None:
            headers["Last-Event-ID"] = after
        return self._transport.stream(self._streamer, "/v1/events", headers)

    def _view(self, path: str, body: object | None) -> CeremonyView:
        return decode(self._transport.call("POST", path, body, "asked"), CeremonyView)


def http_client(trust: Trust, read: float = READ_SECONDS, *, soon: bool = False) -> httpx.Client:
    """HTTP/1.1, our trust only, no proxies or netrc from the environment, no redirects. ``soon``: that nobody is at the
    other end any more shows within two seconds, also where nothing is sent."""
    limits = httpx.Limits(max_connections=4, max_keepalive_connections=2, keepalive_expiry=KEPT_ALIVE)
    transport = httpx.HTTPTransport(
        verify=trust.context, trust_env=False, limits=limits, socket_options=LOOKED_AFTER if soon else None
    )
    return httpx.Client(
        transport=transport,
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(TIMEOUT.connect, read=read, write=READ_SECONDS, pool=READ_SECONDS),
    )


def _path(ceremony: str, last: str) -> str:
    return f"/v1/ceremonies/{quote(ceremony, safe='')}/{last}"
