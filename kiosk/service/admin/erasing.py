"""A patient's or resource's name taken out of the trail, which stays whole: an act, written down without the name."""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.model.counted import counted
from kiosk.service.admin import holds
from kiosk.service.admin.act import ActRefusedError, Admin, record, worded
from kiosk.service.platform.opening_marks import folded
from kiosk.service.store import erasing
from kiosk.service.store.erasing import TextPlaces

MAX_REASON = 200
MAX_PLACES = 200
"""Rows that the act names; beyond it says how many."""


def erase(conn: Connection, admin: Admin, text: str, reason: str) -> TextPlaces:
    """Erase ``text`` wherever it can be erased; what was there. Raises ``ActRefusedError``."""
    why = worded(reason, MAX_REASON, "The reason")
    if folded(text) in folded(why):
        raise ActRefusedError("The reason names what is to be erased, and stays for good. Say it without the name.")
    held = holds.holding(conn, text)
    if held:
        raise ActRefusedError(
            f"A legal hold names this patient (hold {held[0]}): nothing of them is erased. See: kiosk audit hold list"
        )
    found = erasing.holding(conn, text)
    if not found.openings and not found.ceremonies and not found.questions:
        raise ActRefusedError(_nothing(found))
    erasing.erase(conn, found)
    places: list[Json] = [[chain, seq] for chain, seq in found.places[:MAX_PLACES]]
    detail: dict[str, Json] = {"why": why, "openings": len(found.openings), "step_ups": len(found.ceremonies)}
    detail |= {"questions": len(found.questions)} if found.questions else {}
    record(conn, admin, "audit.erase", detail={**detail, "rows": places, "more": len(found.places) > MAX_PLACES})
    return found


def _nothing(found: TextPlaces) -> str:
    said = "No opening of the trail, and no step-up under way, names exactly this. Nothing was erased."
    if found.alike:
        said += f" Some read alike: {', '.join(found.alike[:5])}. Give one of these, as it is written here."
    if found.purposes:
        said += f" It stands in the purpose of {counted(len(found.purposes), 'row')}, where nothing can be taken away."
    return said
