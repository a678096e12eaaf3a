"""Requests that only the service's own pages may make."""

from __future__ import annotations

from fastapi import Request

from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.routes.door import bases_of


def check_own_page(request: Request) -> None:
    """A page of another address has no business here, whatever its browser sends along. Raises ``HttpProblemError``."""
    origin, site = request.headers.get("origin", ""), request.headers.get("sec-fetch-site", "same-origin")
    if origin.lower() not in bases_of(request) or site != "same-origin":
        raise HttpProblemError(403, "not_our_page", "Only the service's own page may ask for this.")
