"""Which file of ours imports which: read from the source, with imports inside functions and for types alone."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from tests.house.source import nodes, parsed

Arrows = Mapping[str, frozenset[str]]
"""By name, what it imports of the others; every name is a key, and nothing imports itself."""


@cache
def imported(path: Path) -> tuple[str, ...]:
    """Every name that ``path`` imports: ``json``, ``kiosk.model.card.Tap``. None may be relative."""
    return tuple(_imported(path))


def _imported(path: Path) -> Iterator[str]:
    for node in nodes(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide which room they reach"
            yield from (f"{node.module or ''}.{alias.name}" for alias in node.names)


@cache
def arrows_of_files(root: Path, inside: str) -> Arrows:
    """The files below the package ``inside`` (``kiosk.session``) and whom of one another they import."""
    places = {".".join(path.relative_to(root).with_suffix("").parts): path for path in _files(root, inside)}
    modules = {name.removesuffix(".__init__"): path for name, path in places.items()}
    return {
        name: frozenset(
            found for wanted in imported(path) if (found := _module(wanted, modules)) is not None and found != name
        )
        for name, path in modules.items()
    }


def arrows_of_rooms(files: Arrows, inside: str) -> Arrows:
    """The same for rooms: what stands directly below ``inside``, a folder or a file."""
    rooms: dict[str, set[str]] = {}
    for name, wanted in files.items():
        if name != inside:
            room = room_of(name, inside)
            reached = {room_of(other, inside) for other in wanted if other != inside}
            rooms.setdefault(room, set()).update(reached - {room})
    return {name: frozenset(wanted) for name, wanted in rooms.items()}


def room_of(name: str, inside: str) -> str:
    """``facts`` for ``kiosk.session.facts.orders`` inside ``kiosk.session``."""
    return name.removeprefix(f"{inside}.").split(".")[0]


def circles(arrows: Arrows) -> list[list[str]]:
    """Each group of names that reach one another, sorted; none in a house in order."""
    reach = {name: _reached(name, arrows) for name in arrows}
    found = {tuple(sorted(other for other in reach[name] if name in reach[other])) for name in arrows}
    return sorted(list(group) for group in found if len(group) > 1)


def floors(arrows: Arrows) -> dict[str, int]:
    """The floor on which each stands: 0 imports none of the others. Those of a circle share one."""
    reach = {name: _reached(name, arrows) for name in arrows}
    floor: dict[str, int] = {}
    for name in sorted(arrows, key=lambda name: (len(reach[name]), name)):
        below = [floor[other] for other in reach[name] if other in floor and name not in reach[other]]
        same = [floor[other] for other in reach[name] if other in floor and name in reach[other]]
        floor[name] = max([*(under + 1 for under in below), *same, 0])
    return floor


def count(arrows: Arrows) -> int:
    """How many arrows there are."""
    return sum(map(len, arrows.values()))


def _files(root: Path, inside: str) -> Iterable[Path]:
    return sorted((root / Path(*inside.split("."))).rglob("*.py"))


def _module(wanted: str, modules: Mapping[str, Path]) -> str | None:
    """The module of ``wanted``, which may name something in it."""
    if wanted in modules:
        return wanted
    above = wanted.rpartition(".")[0]
    return above if above in modules else None


def _reached(name: str, arrows: Arrows) -> set[str]:
    seen: set[str] = {name}
    todo = [name]
    while todo:
        new = arrows[todo.pop()] - seen
        seen |= new
        todo += new
    return seen
