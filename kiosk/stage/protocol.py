"""What agent and stage say to each other over their socket: one message a packet, one line of plain ASCII.

``WORD field …``, fields separated by one space. A number is decimal without sign or leading zero; a text is UTF-8 with
every byte but letters, digits, ``.`` and ``_`` as ``%XX``, and ``-`` where it is empty. There is exactly one way to
write a message, so what is read and written again is the same bytes. Anything else is ``MalformedMessageError``: for
the stage a reason to lock.
"""

from __future__ import annotations

import re
from typing import NamedTuple, get_args

VERSION = 4
MAX_MESSAGE = 4096
"""Bytes a message may have."""
_SAFE = re.compile(rb"[A-Za-z0-9._]")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")
_TEXT = re.compile(r"-|(?:[A-Za-z0-9._]|%[0-9A-F]{2})+")


class MalformedMessageError(ValueError):
    """Not a message of this protocol."""


# What the agent orders


class Hello(NamedTuple):
    """First of all, once it is its turn; from here on the agent must be heard every 2 s."""

    version: int


class Beat(NamedTuple):
    """The agent's own thread of touches and decisions is alive."""


class Lock(NamedTuple):
    """Nothing of any workspace is to be seen."""


class Add(NamedTuple):
    """A workspace for ``login``, known as ``number`` from now on. ``doorbell``: path of its socket,
    alone in its folder; may be empty."""

    number: int
    login: str
    name: str
    doorbell: str


class MayRing(NamedTuple):
    """Before ``Add``, for each web origin whose pages may ring from inside, once after an empty one for those said
    before."""

    origin: str


class Show(NamedTuple):
    """Let that workspace be seen. → ``Shown`` or ``Gone``"""

    number: int


class End(NamedTuple):
    """End it with everything that runs in it. → ``Gone``"""

    number: int


class Watch(NamedTuple):
    """Say ``Idle`` once nobody touched anything for ``seconds`` from now on; 0: do not."""

    seconds: int


class Stir(NamedTuple):
    """Somebody touched something that the display does not see: a badge was tapped."""


class Bar(NamedTuple):
    """How high the session bar is, in pixels: workspaces begin below it from now on, the one that waits too."""

    height: int


class Front(NamedTuple):
    """Bring the windows of program ``program`` (its place among ``Program``) of workspace ``number`` to the front;
    start it again if it has ended."""

    number: int
    program: int


class Back(NamedTuple):
    """The bar has done with the keyboard, which ``Reached`` gave it: it is the workspace's again."""


# What the stage answers


class Begin(NamedTuple):
    """First of all: it is this agent's turn. Until then it has only been loaded."""


class Ready(NamedTuple):
    """To ``Hello``. The stage is locked. ``kept``: that many ``Have`` follow."""

    version: int
    kept: int


class Have(NamedTuple):
    """After ``Ready``, for each workspace that outlived an earlier agent."""

    number: int
    login: str


class Inside(NamedTuple):
    """The first process of that workspace, by its number on the host: the ancestor of all its others."""

    number: int
    pid: int


class Doorbell(NamedTuple):
    """After ``Inside``, with two descriptors beside the message: the doorbell's socket for web pages on that
    workspace's own loopback, which listens, and the kernel's word on that network (sock_diag(7))."""

    number: int


class Network(NamedTuple):
    """What the programs of that workspace may reach they reach (1), or no longer (0)."""

    number: int
    leads: int


class Shown(NamedTuple):
    """It is to be seen."""

    number: int


class Program(NamedTuple):
    """After ``Ready``, for each program that a person gets: what the station calls it and how it is drawn."""

    name: str
    icon: str


class Programs(NamedTuple):
    """How the programs of a workspace stand, a letter each (``FRONT`` and the others), in the order of ``Program``.

    Said when it is shown, and whenever that changes while it is.
    """

    number: int
    letters: str


class Reached(NamedTuple):
    """The key that leads to the session bar was pressed: the bar has the keyboard, until ``Back`` or ``Left``."""


class Left(NamedTuple):
    """Somebody touched the workspace instead: it has the keyboard again."""


class Gone(NamedTuple):
    """That workspace is no more, or could not be made. ``reason``: see ``leader``."""

    number: int
    reason: str


class Ended(NamedTuple):
    """After ``Add``, once: the workspace that its person had before was ended for ``reason``, one of ``LIMIT_…``."""

    number: int
    reason: str


class Locked(NamedTuple):
    """The stage locked by itself."""

    reason: str


class Idle(NamedTuple):
    """What ``Watch`` asked for."""


FRONT, OPEN, RUNS, OVER = "f", "w", "r", "e"
"""A program has the window that the keyboard acts on; has a window; runs without one; has ended."""
Order = Hello | Beat | Lock | MayRing | Add | Show | End | Watch | Stir | Bar | Front | Back
Answer = (
    Begin
    | Ready
    | Have
    | Inside
    | Doorbell
    | Network
    | Shown
    | Gone
    | Ended
    | Locked
    | Idle
    | Program
    | Programs
    | Reached
    | Left
)

_ORDERS: dict[str, type[Order]] = {kind.__name__.upper(): kind for kind in get_args(Order)}
_ANSWERS: dict[str, type[Answer]] = {kind.__name__.upper(): kind for kind in get_args(Answer)}


def write(message: Order | Answer) -> bytes:
    """One packet."""
    fields = [str(value) if isinstance(value, int) else _escaped(value) for value in message]
    return " ".join([type(message).__name__.upper(), *fields]).encode("ascii")


def read_order(packet: bytes) -> Order:
    """Raises ``MalformedMessageError``."""
    word, fields = _split(packet)
    kind = _ORDERS.get(word)
    if kind is None:
        raise MalformedMessageError
    return kind._make(_values(kind, fields))


def read_answer(packet: bytes) -> Answer:
    """Raises ``MalformedMessageError``."""
    word, fields = _split(packet)
    kind = _ANSWERS.get(word)
    if kind is None:
        raise MalformedMessageError
    return kind._make(_values(kind, fields))


def _split(packet: bytes) -> tuple[str, list[str]]:
    if len(packet) > MAX_MESSAGE:
        raise MalformedMessageError
    try:
        word, *fields = packet.decode("ascii").split(" ")
    except UnicodeDecodeError:
        raise MalformedMessageError from None
    return word, fields


def _values(kind: type[Order] | type[Answer], fields: list[str]) -> list[int | str]:
    wanted = [kind.__annotations__[name] for name in kind._fields]
    if len(wanted) != len(fields):
        raise MalformedMessageError
    return [_number(f) if _is_number(w) else _text(f) for w, f in zip(wanted, fields, strict=True)]


def _is_number(annotation: object) -> bool:
    return annotation is int or getattr(annotation, "__forward_arg__", annotation) == "int"


def _number(field: str) -> int:
    if not _NUMBER.fullmatch(field):
        raise MalformedMessageError
    return int(field)


def _escaped(text: str) -> str:
    raw = text.encode("utf-8")
    return "".join(chr(b) if _SAFE.fullmatch(bytes([b])) else f"%{b:02X}" for b in raw) or "-"


def _text(field: str) -> str:
    if not _TEXT.fullmatch(field):
        raise MalformedMessageError
    if field == "-":
        return ""
    raw = re.sub(r"%(..)", lambda m: chr(int(m[1], 16)), field).encode("latin-1")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedMessageError from None
    if "\0" in text or _escaped(text) != field:
        raise MalformedMessageError
    return text
