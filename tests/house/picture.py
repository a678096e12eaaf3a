"""The picture of the house: one line a room, on its floor, with the rooms that it imports."""

from __future__ import annotations

from pathlib import Path

from tests.house.imports import Arrows, arrows_of_files, arrows_of_rooms, circles, count, floors

BEGIN, END = "<!-- picture: begin (make picture) -->", "<!-- picture: end -->"
PARTS = (
    ("kiosk", "The whole house"),
    ("kiosk.session", "Inside the session"),
    ("kiosk.service", "Inside the service"),
)


def drawn(root: Path) -> str:
    """The picture of the source below ``root``, as Markdown."""
    return "\n\n".join(_part(root, inside, title) for inside, title in PARTS)


def placed(page: str, picture: str) -> str:
    """``page`` with ``picture`` between its two marks. Raises ``ValueError`` if it has not both."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The page needs the marks {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n\n{picture}\n\n{END}{after}"


def counted(files: Arrows, rooms: Arrows) -> str:
    """Size and order in one line, for a comparison of before and after."""
    round_about = circles(files)
    return (
        f"{len(rooms)} rooms on {_high(rooms)} floors, {count(rooms)} arrows; "
        f"{len(files)} files on {_high(files)} floors, {count(files)} arrows; "
        f"circles of files: {'; '.join(' ↔ '.join(group) for group in round_about) or 'none'}."
    )


def _part(root: Path, inside: str, title: str) -> str:
    files = arrows_of_files(root, inside)
    rooms = arrows_of_rooms(files, inside)
    return f"**{title}.** {counted(files, rooms)}\n\n```\n{_drawing(rooms)}\n```"


def _drawing(rooms: Arrows) -> str:
    """The highest floor first; on a line, the rooms below in the same order."""
    floor = floors(rooms)
    order = sorted(rooms, key=lambda room: (-floor[room], room))
    width = max(map(len, rooms))
    lines = []
    for room in order:
        wanted = ", ".join(other for other in order if other in rooms[room])
        lines.append(f"{floor[room]}  {room:{width}}" + (f"  ─▶ {wanted}" if wanted else ""))
    return "\n".join(lines)


def _high(arrows: Arrows) -> int:
    return max(floors(arrows).values(), default=-1) + 1
