"""How far a second factor carries: a tap alone reopens a session for a while, at the place where it was proved.

A badge's number can be copied. What that is worth to a thief is how many stations it opens while its owner's grace
lasts: the rule ``grace_scope`` says where.
"""

from __future__ import annotations

from kiosk.model.ceremony import Why
from kiosk.service.shared.frame import Frame
from kiosk.service.shared.place_names import place_of
from kiosk.service.store import lookups, sessions
from kiosk.service.store.sessions import FullProof

BEYOND = {"station": Why.NEW_STATION, "place": Why.NEW_PLACE}


def carrying(frame: Frame, person: str, floor: str) -> tuple[FullProof | None, Why | None]:
    """The proof that carries to this station and reaches ``floor``, if there is one.

    Else why not, where one would that was given elsewhere; None where time or strength are what is missing.
    """
    scope, grace = frame.service.rules.grace_scope, frame.service.settings.grace
    last, there = sessions.full_proofs(frame.conn, person)
    if last is None or not last.reaches(floor):
        # A second factor that would not be enough now carries nobody on, nor does one from before it.
        return None, None
    if scope == "anywhere":
        return last, None
    mine = place_of(frame.station.place)
    for place in there:
        if not place.reaches(floor) or not place.at <= frame.now < place.at + grace:
            continue
        if place.station == frame.station.id or (scope == "place" and mine and mine == _place(frame, place)):
            return place, None
    lasts = last.at <= frame.now < last.at + grace
    return None, BEYOND[scope] if lasts else None


def _place(frame: Frame, proof: FullProof) -> str:
    """Where it was given; nowhere, if its station is not one of ours any more."""
    station = lookups.station(frame.conn, proof.station or "")
    return place_of(station.place) if station is not None and station.state == "enrolled" else ""
