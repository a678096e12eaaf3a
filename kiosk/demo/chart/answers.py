"""What the chart answers to each request, apart from HTTP: a browser is sent to prove more, a program is told to."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kiosk.demo.chart import fhir, pages
from kiosk.demo.chart.browser_sessions import BrowserSessions
from kiosk.demo.chart.patients import PATIENTS, Resource, of_number
from kiosk.demo.chart.relying_party import NotSignedInError, RelyingParty, SignedIn
from kiosk.demo.chart.wants import EXPORT, READ, for_records

FHIR_JSON, HTML, CSV = "application/fhir+json", "text/html; charset=utf-8", "text/csv; charset=utf-8"
SESSION, BROWSER = "__Host-chart", "__Host-chart-browser"
READY = {"/ready.csv": "/export.csv", "/ready.json": "/export.json"}
"""The list of patients, which then fetches an export: a download leaves a browser on the page where it was."""


@dataclass(frozen=True, slots=True)
class ChartAnswer:
    """``cookies``: name and value. ``saved_as``: file name of a download."""

    status: int
    kind: str = HTML
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)


class HospitalChart:
    """``base``: its own address. ``log``: hears who exported what, and who was signed out."""

    def __init__(self, base: str, party: RelyingParty, log: Callable[[str], None]) -> None:
        self._base, self._party, self._log = base, party, log
        self._sessions = BrowserSessions()

    def page(self, path: str, cookies: Mapping[str, str], browser: str) -> ChartAnswer:
        """For a browser, by its session. ``browser``: the value of its cookie ``BROWSER``, new where it had none."""
        who = self._sessions.find(cookies.get(SESSION, ""))
        patient = of_number(path.removeprefix("/patient/")) if path.startswith("/patient/") else None
        if path not in ("/", *READY, *READY.values()) and patient is None:
            return ChartAnswer(404, body=pages.sentence("Not here", "There is no such page."))
        export = path.startswith("/export.")
        wanted = EXPORT if export else for_records([patient] if patient else [])
        more = {} if wanted is READ else wanted.asks
        if who is None or not wanted.met(who.acr, who.auth_time, time.time()):
            return self._send(browser, path, more)
        if export:
            return self._looked_up(who) or self._exported(path, who)
        return ChartAnswer(
            200, body=pages.front(who, READY.get(path)) if patient is None else pages.record(who, patient)
        )

    def back(self, answer: Mapping[str, str], cookies: Mapping[str, str]) -> ChartAnswer:
        """The browser comes back from the sign-in: on to where it wanted, or a sentence; never round again."""
        begun = self._sessions.begun(cookies.get(BROWSER, ""), answer.get("state", ""))
        if begun is None:
            return _refused(403, "This sign-in was not begun in this browser, or long ago. Begin again.")
        try:
            who = self._party.finish(begun, answer)
        except NotSignedInError as error:
            return _refused(403, str(error))
        cookie = self._sessions.open(who, cookies.get(SESSION, ""))
        patient = of_number(begun.then.removeprefix("/patient/"))
        wanted = EXPORT if begun.then.startswith("/export.") else for_records([patient] if patient else [])
        if not wanted.met(who.acr, who.auth_time, time.time()):
            kept = _refused(403, "What was proved is not enough for this. Go back, and choose it again to try again.")
            return ChartAnswer(kept.status, kept.kind, kept.body, cookies={SESSION: cookie})
        where = begun.then.replace("/export.", "/ready.")
        return ChartAnswer(303, headers={"Location": where}, cookies={SESSION: cookie})

    def signed_out(self, token: str) -> ChartAnswer:
        """The provider says that somebody's session has ended."""
        try:
            ended = self._sessions.end(*self._party.signed_out(token))
        except NotSignedInError as error:
            return ChartAnswer(400, "application/json", json.dumps({"error": "invalid_request", "why": str(error)}))
        self._log(f"signed out {ended}")
        return ChartAnswer(200)

    def interface(self, path: str, query: Mapping[str, str], token: str) -> ChartAnswer:
        """For a program, by its access token: FHIR, or 401 with what would do (RFC 6750, RFC 9470)."""
        if path == "/fhir/metadata":
            return _resource(200, fhir.capabilities())
        try:
            worth = self._party.worth(token) if token else None
        except NotSignedInError as error:
            return _resource(503, fhir.outcome("transient", str(error)))
        if worth is None:
            challenge = 'Bearer error="invalid_token"' if token else "Bearer"
            says = fhir.outcome("login", "Sign in first.")
            return _resource(401, says, {"WWW-Authenticate": challenge})
        kind, _, number = path.removeprefix("/fhir/").partition("/")
        try:
            found, patients = fhir.search(kind, {"_id": number} if number and kind == "Patient" else query, self._base)
        except fhir.SearchError as error:
            return _resource(400, fhir.outcome("not-supported", str(error)))
        if kind == "Patient" and number == "$everything":
            found, patients = fhir.everything(self._base), PATIENTS
        wanted = EXPORT if number == "$everything" else for_records(patients)
        auth_time = worth.get("auth_time")
        if not wanted.met(str(worth.get("acr")), auth_time if isinstance(auth_time, int) else 0, time.time()):
            says = fhir.outcome("login", "Prove more for this.")
            return _resource(401, says, {"WWW-Authenticate": wanted.challenge})
        if number and number != "$everything":
            one = of_number(number)
            return _resource(200, one.resource()) if one else _resource(404, fhir.outcome("not-found", "Nobody."))
        return _resource(200, found)

    def _looked_up(self, who: SignedIn) -> ChartAnswer | None:
        """Before anything leaves the chart: the session at the workstation may be over by now. None where it is not."""
        try:
            if self._party.worth(who.token) is not None:
                return None
        except NotSignedInError as error:
            return _refused(503, str(error))
        return _refused(
            403, "Your session at the workstation has ended. Sign in there again, then open the chart anew."
        )

    def _exported(self, path: str, who: SignedIn) -> ChartAnswer:
        kind = path.rpartition(".")[2]
        self._log(f"exported {kind} {who.name} {who.acr}")
        saved = {"Content-Disposition": f'attachment; filename="ward-3.{kind}"'}
        if kind == "csv":
            return ChartAnswer(200, CSV, fhir.as_csv(), saved)
        return ChartAnswer(200, FHIR_JSON, json.dumps(fhir.everything(self._base), indent=1), saved)

    def _send(self, browser: str, then: str, more: Mapping[str, str]) -> ChartAnswer:
        try:
            begun, where = self._party.begin(then, **more)
        except NotSignedInError as error:
            return _refused(503, str(error))
        self._sessions.begin(browser, begun)
        return ChartAnswer(303, headers={"Location": where}, cookies={BROWSER: browser})


def _resource(status: int, body: Resource, headers: Mapping[str, str] | None = None) -> ChartAnswer:
    return ChartAnswer(status, FHIR_JSON, json.dumps(body), headers or {})


def _refused(status: int, says: str) -> ChartAnswer:
    return ChartAnswer(status, body=pages.sentence("Not signed in for this", says))
