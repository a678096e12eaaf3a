"""A workspace wants a certificate for its person's Kerberos ticket: carried to the service, and its answer back.

Neither the key nor the ticket comes by here: both are made and stay in the workspace.
"""

from __future__ import annotations

from collections.abc import Callable

from kiosk.agent.doorbell.askings import Askings
from kiosk.agent.doorbell.request import DoorbellRequestError, Request
from kiosk.agent.link import Link
from kiosk.client.errors import ClientError, ServiceProblemError
from kiosk.model.kerberos import KerberosIn, KerberosView
from kiosk.model.stepup import Asker

NOT_SEEN = KerberosView("refused", reason="not_seen")
_FOR_NOW = frozenset({"not_seen", "not_set_up"})
"""Reasons that may be gone at the next try; any other is about this session."""
_MAX_REMEMBERED = 128
BURST, PER_SECOND = 5, 1 / 60
"""Certificates that one session's programs may ask for at once, and on and on. Each is a row of the trail about its
person: what asks for ever must not use up the rows that step-ups need."""


class KerberosTickets:
    """``seen``: id of the session of that login, if its workspace is seen now."""

    def __init__(self, link: Link, seen: Callable[[str], str | None]) -> None:
        self._link = link
        self._seen = seen
        self._askings = Askings(BURST, PER_SECOND)
        self._refused: dict[str, KerberosView] = {}
        """By session: what was proved in it does not change, so the service is not asked again."""

    def certify(self, request: Request, asker: Asker) -> KerberosView:
        """What the service answers. Raises ``DoorbellRequestError``."""
        login = asker.login
        if request.csr is None:
            raise DoorbellRequestError("bad_request", "Send the request for a certificate (csr).")
        session = self._seen(login) if login is not None else None
        if login is None or session is None:
            return NOT_SEEN
        if session in self._refused:
            return self._refused[session]
        if not self._askings.affords(session):
            raise DoorbellRequestError("busy", "Too many certificates were asked for here. Wait a minute.")
        try:
            view = self._link.api().kerberos(KerberosIn(session, request.csr, asker.path))
        except ServiceProblemError as problem:
            raise DoorbellRequestError(problem.code, problem.detail) from None
        except ClientError as error:
            raise DoorbellRequestError("unreachable", str(error)) from None
        if view.decision == "refused" and view.reason not in _FOR_NOW:
            if len(self._refused) >= _MAX_REMEMBERED:
                self._refused.pop(next(iter(self._refused)), None)
            self._refused[session] = view
        return view if self._seen(login) == session else NOT_SEEN  # what covered it meanwhile may be another's
