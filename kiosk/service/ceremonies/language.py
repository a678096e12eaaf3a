"""The language in which a person reads the screens, at every station."""

from __future__ import annotations

import re

from kiosk.model.session_view import LanguageIn
from kiosk.service.platform.problems import HttpProblemError, not_found
from kiosk.service.shared.frame import Frame
from kiosk.service.store import news, sessions

CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
"""Of a language (RFC 5646), as its file is called."""


def choose(frame: Frame, session: str, body: LanguageIn) -> None:
    """Keep it for the person whose session is open at this very station: 404 for any other, 422 for no code.

    No row of the trail: it decides nothing, and the next sign-in shows it.
    """
    found = sessions.find(frame.conn, session)
    if found is None or found.workstation != frame.station.id or found.state != "open":
        raise not_found("session")
    if not CODE.fullmatch(body.language):
        raise HttpProblemError(422, "bad_language", "That is not the code of a language, such as fr.")
    news.speaks(frame.conn, found.person, body.language)
