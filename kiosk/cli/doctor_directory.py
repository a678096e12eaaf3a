"""``kiosk doctor --data``: whether directories answer, and whether what they say is carried out."""

from __future__ import annotations

import time

from kiosk.cli.doctor_check import Check
from kiosk.model.counted import counted
from kiosk.service.directory import ldap_search, tokens
from kiosk.service.directory.wanted import LDAP
from kiosk.service.folder import ServiceFolder
from kiosk.service.platform.directory_settings import directory_from
from kiosk.service.store import directory_sources
from kiosk.service.store.directory_sources import SourceState
from kiosk.service.store.errors import StoreError

LATE = 300
"""Seconds after which a pull was to be carried out: five of the service's."""
SOON = 30 * 86_400


def checks(folder: ServiceFolder) -> list[Check]:
    """Nothing where no directory is set or has spoken, or the store cannot be read."""
    place = directory_from(folder.settings.directory).ldap
    db, now = folder.database(), int(time.time())
    try:
        states, known = db.read_now(directory_sources.states), db.read_now(directory_sources.tokens)
    except StoreError:
        return []
    finally:
        db.close_now()
    found = []
    if place is not None and not ldap_search.available():
        found.append(Check("directory", False, "The program “ldapsearch” is missing.", "apt install ldap-utils"))
    for state in states:
        if state.name != LDAP or place is not None:
            found.append(_source(state, now))
    for token in known:
        if token.revoked is None and now < token.expires < now + SOON:
            left = -(-(token.expires - now) // tokens.DAY)  # a part of a day counts as one
            do = f"Make another: kiosk admin directory token add {token.source}"
            found.append(
                Check(
                    "directory", True, f"The token {token.id} of “{token.source}” ends in {counted(left, 'day')}.", do
                )
            )
    return found


def _source(state: SourceState, now: int) -> Check:
    do = "See: kiosk admin directory status, and docs/directory.md"
    trouble = directory_sources.present_trouble(state, now)
    if trouble is not None:
        return Check("directory", False, f"“{state.name}”: {trouble}", do)
    if state.name == LDAP and (state.good is None or now - state.good > LATE):
        return Check("directory", False, f"“{state.name}” was not carried out for {LATE // 60} minutes.", do)
    return Check("directory", True, f"“{state.name}” is carried out.")
