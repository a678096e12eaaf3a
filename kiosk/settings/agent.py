"""A workstation's table, ``HOME/agent.toml``."""

# Without "from __future__ import annotations": a setting's type is wanted at every start, and to read it back from a
# text costs the lock screen 2 ms.

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from kiosk.model.wedge import WedgeFormat
from kiosk.settings.checks import (
    DAY,
    HOUR,
    MAX_NUMBER,
    Range,
    SettingsError,
    check_number_to_call,
    check_places,
    check_ranges,
    must,
)
from kiosk.settings.networks import check_reach
from kiosk.settings.printers import PrinterSettings, check_printers
from kiosk.settings.sounds import NightSettings, check_level

Keystore = Literal["file", "keyring", "systemd"]
Namespaces = Literal["none", "browsers", "all"]
# fmt: off
ProgramIcon = Literal[
    "", "app", "records", "globe", "monitor", "mail", "chart", "people", "person", "eye", "clock", "print", "tools",
    "keyboard", "service", "network", "code",
]
# fmt: on
"""What the agent can draw on a program's button."""
NAMES_SHOWN = 40
"""Characters of a program's name that its button, and a screen reader, are given."""
NAMESPACES: tuple[str, ...] = get_args(Namespaces)

MAX_PORT = 65535
FILLED_IN = ("login", "name", "home", "scale")
"""In braces, in the command of a person's program."""


@dataclass(frozen=True, slots=True)
class ProgramSettings:
    """One of a person's programs. ``again``: it is started again when it ends, as long as their workspace is there.

    ``awake``: it goes on while their workspace is hidden, whatever ``workspace_rest`` says. ``icon``: on its button;
    ``""`` for the first letter of its name.
    """

    name: str
    command: tuple[str, ...]
    again: bool = False
    awake: bool = False
    icon: ProgramIcon = ""

    def __post_init__(self) -> None:
        if not self.command or not self.command[0]:
            raise SettingsError("“command” must begin with a program.")
        if not self.name.strip():
            raise SettingsError(must("name", "what people call the program", self.name))
        check_places(self.command, FILLED_IN)


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """A workstation. Times in seconds.

    ``readers``: name patterns (substring) of the readers to watch; empty for all. ``insertion_readers``: those
    among them that are slots. ``workspace``: command line of the person's program, ``{login}``, ``{name}`` and in a
    nested workspace ``{home}`` and ``{scale}`` (1.5, say) filled in; several, each in a ``[[program]]`` of its own, for
    ``nested`` alone. ``doorbell_port``: loopback HTTP for web pages, 0 for none. ``idle``: overrides the service's
    word, 0 for not.
    ``removal_locks``: lifting a card from an insertion reader locks. ``tap_out``: the own badge again locks the
    session, or signs out and ends its programs. ``max_session``: a session ends after that long by itself and wants a
    second factor anew; 0: never. ``sign_after``: without a touch until the bar says large who is signed in; 0: never.
    ``hooks``: command line of the station's own program, told who works here now (``docs/hooks.md``), for at most
    ``hook_seconds`` each time. ``print_command``: command line of a program that prints the text on its standard input;
    empty where nothing can be printed.
    """

    service: str | tuple[str, ...]
    """Its address, or several of one service: the next is asked where one does not answer."""
    client_id: str
    keystore: Keystore = "file"
    theme: Literal["light", "dark", "contrast"] = "light"
    language: str = "en"
    """The code of one that has its file (``resources/translations``)."""
    sounds: int | bool = 100
    """Percent of their loudness; true: all, false: none, at night too."""
    night: tuple[NightSettings, ...] = ()
    """Hours with another loudness; of several that hold the first counts."""
    readers: tuple[str, ...] = ()
    insertion_readers: tuple[str, ...] = ()
    removal_locks: bool = True
    in_process_reader: str = ""
    """Path of a socket where simulated cards are placed without a card service; for the demo and tests only."""
    workspace: tuple[str, ...] = ()
    doorbell_port: int = 0
    names: Literal["full", "initials", "none"] = "full"
    """How people whose workspaces wait are named on this station's lock screen; never more than the service allows."""
    idle: int = 0
    warning: int = 0
    tap_out: Literal["lock", "sign_out"] = "lock"
    max_session: int = 12 * 3600
    sign_after: int = 60
    hooks: tuple[str, ...] = ()
    hook_seconds: int = 5
    print_command: tuple[str, ...] = ()
    fullscreen: bool = True
    stage: Literal["single", "nested"] = "single"
    """``nested``: a display and a sandbox a person, under ``kiosk stage run``."""
    workspace_network: Literal["own", "host"] = "own"
    """``own``: a network of its own for each workspace, from which programs reach what ``workspace_reach`` names;
    ``host``: all share the machine's. For ``nested`` alone, as below."""
    workspace_reach: tuple[str, ...] = ()
    """Addresses and ports of other machines that programs may connect to, such as ``10.20.0.0/16:443``, with ``/udp``
    behind it for UDP. None: they reach nothing."""
    workspace_proxy: str = ""
    """The hospital's proxy, as programs are told it: ``http://192.0.2.7:3128``. One of ``workspace_reach`` too."""
    workspace_namespaces: Namespaces = "browsers"
    """Those that programs may make: ``none``, with which no browser has its own sandbox; ``browsers``: without mounting
    anything in them; ``all``: for programs that build a sandbox of their own by mounting, as bubblewrap does."""
    workspace_readable: tuple[str, ...] = ()
    """Further paths that programs may read."""
    workspace_memory: int = 0
    """MiB of its own that one program may have; 0 for any."""
    workspaces: int = 6
    """At most so many at once; the one hidden longest goes."""
    workspace_total: int = 0
    """MiB that all programs of one workspace may have together; 0 for any."""
    workspace_processes: int = 2048
    """Processes and threads that one workspace may have; 0 for any."""
    workspace_users: bool = False
    """Each workspace runs as a Unix user of its own, out of the station's range in /etc/subuid and /etc/subgid."""
    workspace_titles: Literal["all", "dialogs"] = "all"
    """Which windows have a title bar, 10 mm high. ``dialogs``: others fill the monitor, and end by their own menu."""
    workspace_scale: int = 0
    """Percent of what programs draw larger than at 96 dots per inch; 0 for as the monitor's true size asks."""
    workspace_hidden: int = 12 * 3600
    """Seconds that one may stay hidden before it is ended."""
    workspace_rest: int = 60
    """Seconds that one may stay hidden before its programs are stopped, until it is seen again; 0 for never."""
    workspace_sound: bool = False
    """Programs of whoever is seen are heard, through the station's own sound server (PulseAudio or PipeWire)."""
    workspace_microphone: bool = False
    """And hear the station's microphone, as long as they are seen. Only where they are heard."""
    workspace_notices: tuple[str, ...] = ()
    """Command line of what shows the notices of programs (``notify-send``) inside their workspace, such as dunst."""
    workspace_kerberos: bool = False
    """Workspaces get their person's Kerberos ticket (``docs/integrate/kerberos.md``), renewed as long as they work."""
    workspace_krb5_conf: str = "/etc/krb5.conf"
    """What the programs of a workspace know of the realm, where they get tickets."""
    printer: tuple[PrinterSettings, ...] = ()
    """Queues of the station's CUPS that programs may print to; the first is offered first. None: they cannot print."""
    print_server: str = "/run/cups/cups.sock"
    """CUPS's Unix socket."""
    idle_limit: int = 3600
    """Seconds without a touch or a tap after which the stage locks by itself, whatever its agent does; 0 for never.
    An hour is the longest that NIST SP 800-63B-4 (section 2.2.3, AAL2) allows a session without activity."""
    program: tuple[ProgramSettings, ...] = ()
    wedge: tuple[WedgeFormat, ...] = ()
    """How a reader that acts as a keyboard types; several are tried in this order. None: no such reader is here."""
    wedge_gap: int = 50
    """Milliseconds between two keys of such a reader, at most. A person's are further apart."""
    wedge_keys: Literal["layout", "us"] = "layout"
    """``us``: it types as on a keyboard of the United States, whatever layout this machine has."""
    help_desk: str = ""
    """Telephone number of this station's own help desk; empty: the service's word."""

    def __post_init__(self) -> None:
        check_ranges(self, _AGENT)
        for address in self.addresses or ("",):
            if not address.startswith("https://") or not address.removeprefix("https://").strip("/ "):
                raise SettingsError(must("service", "an address that begins with https://", address))
        if len(set(self.addresses)) < len(self.addresses):
            raise SettingsError("“service” names one address twice.")
        if not self.client_id.strip():
            raise SettingsError(must("client_id", "the name that the service gave this workstation", self.client_id))
        check_number_to_call("help_desk", self.help_desk)
        check_level("sounds", self.sounds)
        for name in ("readers", "insertion_readers"):
            if not all(part.strip() for part in getattr(self, name)):
                raise SettingsError(must(name, "parts of readers' names; an empty one would be in every name", ""))
        for name in ("workspace", "hooks", "print_command", "workspace_notices"):
            words: tuple[str, ...] = getattr(self, name)
            if words and not words[0].strip():
                raise SettingsError(must(name, "a list that begins with a program", words[0]))
        if self.workspace_microphone and not self.workspace_sound:
            raise SettingsError("“workspace_microphone” needs “workspace_sound = true” beside it.")
        check_printers(self.printer, self.print_server)
        # The one stage has no home of its own to fill in.
        check_places(self.workspace, FILLED_IN if self.stage == "nested" else FILLED_IN[:2])
        check_reach(self.workspace_network, self.workspace_reach, self.workspace_proxy)
        if not self.workspace_krb5_conf.startswith("/"):
            raise SettingsError(must("workspace_krb5_conf", "a whole path, from / on", self.workspace_krb5_conf))
        for path in self.workspace_readable:
            if not path.startswith("/"):
                raise SettingsError(must("workspace_readable", "whole paths, each from / on", path))

    @property
    def addresses(self) -> tuple[str, ...]:
        """Of the service, the preferred one first."""
        return (self.service,) if isinstance(self.service, str) else self.service

    @property
    def pages_ring_inside(self) -> bool:
        """Whether web pages ring on their own workspace's loopback, and not on the station's."""
        return bool(self.doorbell_port) and self.stage == "nested" and self.workspace_network == "own"

    @property
    def programs(self) -> tuple[ProgramSettings, ...]:
        """All that a person gets."""
        first = (ProgramSettings(Path(self.workspace[0]).name, self.workspace),) if self.workspace else ()
        return first + self.program


_ANY = "any"
_AGENT = {
    "doorbell_port": Range(1024, MAX_PORT, "none"),
    "idle": Range(5, HOUR, "the service's word"),
    # WCAG 2.2.1: at least 20 s to extend a time limit.
    "warning": Range(20, 600, "the service's word"),
    # SP 800-63B-4 section 2.2.3: proved anew within 24 hours.
    "max_session": Range(60, DAY, "no limit"),
    "sign_after": Range(1, HOUR, "never"),
    "hook_seconds": Range(1, 60),
    "workspaces": Range(1, 64),
    "workspace_memory": Range(16, MAX_NUMBER, _ANY),
    "workspace_total": Range(16, MAX_NUMBER, _ANY),
    "workspace_processes": Range(16, MAX_NUMBER, _ANY),
    "workspace_scale": Range(100, 300, "the monitor's true size"),
    "workspace_hidden": Range(60, MAX_NUMBER),
    "workspace_rest": Range(1, MAX_NUMBER, "never"),
    "wedge_gap": Range(10, 80),
}
