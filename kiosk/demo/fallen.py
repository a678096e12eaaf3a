"""What of the demo has ended on its own, as sentences for whoever sits at the table."""

from __future__ import annotations

from kiosk.demo.hospital import Hospital

AGAIN = "Close this window and start the demo again."
CARDS = "The card service (pcscd) has ended: no badge or key can be read."
SERVICE = "The sign-in service has ended: nobody new can sign in."
STATION = "The workstation has ended, so its window was closed."


def station_fell(hospital: Hospital) -> bool:
    """Whether the program that shows a workstation has ended."""
    return any(station.child is not None and not station.child.running for station in hospital.stations)


def fallen(hospital: Hospital) -> str:
    """A sentence for each part that has ended, and what to do; empty while all run."""
    said = [CARDS] if not hospital.cards.is_running() else []
    if hospital.service is not None and not hospital.service.running and not hospital.away:
        said.append(SERVICE)
    if station_fell(hospital):
        said.append(STATION)
    return " ".join([*said, AGAIN]) if said else ""
