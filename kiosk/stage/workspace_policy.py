"""What the station lets every person's workspace have."""

from __future__ import annotations

from typing import NamedTuple

from kiosk.stage import desktop, kerberos, notices, sandbox, window_manager
from kiosk.stage import sound as sounds
from kiosk.stage.kerberos import KerberosPlan
from kiosk.stage.nested import NUMBER
from kiosk.stage.network import own as networks
from kiosk.stage.network.own import NetworkPolicy
from kiosk.stage.printing import door as printers
from kiosk.stage.printing.door import Printing
from kiosk.stage.protocol import Add
from kiosk.stage.sound import SoundSettings
from kiosk.stage.users import Users
from kiosk.stage.window_manager import Looks

ASKS = ("Close this window", "Keep it open")


class WorkspacePolicy(NamedTuple):
    """What the station lets every person have. ``data_mib``: memory a process, 0 any.

    ``processes``: and threads, that all its programs together may have; 0 any. ``users``: whom they run
    as; None for the station's own user. ``rest``: seconds hidden after which they are stopped; 0 for never.
    ``sound``: what it has. ``printing``: what it may print to. ``network``: what it may reach. ``notices``: command
    line of what shows programs' notices; empty for nothing. ``kerberos``: what gets their person's ticket.
    ``titles``, ``asks``: as in ``window_manager.Looks``. ``scale``: percent, of what programs draw; 0 for as the
    monitor's true size asks.
    """

    programs: tuple[desktop.ProgramCommand, ...]
    policy: sandbox.Policy
    data_mib: int = 0
    processes: int = 0
    users: Users | None = None
    rest: int = 60
    titles: bool = True
    scale: int = 0
    asks: tuple[str, str] = ASKS
    sound: SoundSettings = SoundSettings()
    notices: tuple[str, ...] = ()
    printing: Printing = Printing()
    network: NetworkPolicy = NetworkPolicy()
    kerberos: KerberosPlan = KerberosPlan()


def environment(person: Add, station: WorkspacePolicy, looks: Looks) -> dict[str, str]:
    """What a person's programs find set inside their sandbox."""
    env = sandbox.environment(person.login, person.name, NUMBER, person.doorbell)
    env |= window_manager.environment(looks) | sounds.environment(sandbox.RUNTIME, station.sound)
    env |= printers.environment(station.printing) | networks.environment(station.network)
    return env | kerberos.environment(sandbox.RUNTIME, station.kerberos)


def programs_command(person: Add, station: WorkspacePolicy, looks: Looks, home: str) -> list[str]:
    """Command line of what starts a person's programs, inside their sandbox; ``home``: their home there."""
    known = {"login": person.login, "name": person.name, "home": home, "scale": f"{looks.percent / 100:g}"}
    also = sounds.script(station.sound) + notices.script(station.notices) + kerberos.script(station.kerberos)
    return desktop.command(station.programs, known, station.data_mib << 10, station.processes, looks, also)
