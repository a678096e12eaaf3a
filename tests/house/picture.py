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
    """The picture of the source below ``root``, as Markdown. It changes only where rooms or their arrows do."""
    return "\n\n".join(_part(root, inside, title) for inside, title in PARTS)


def counts(root: Path) -> str:
    """The size and order of the source below ``root``, files and all, for a comparison of before and after."""
    lines = []
    for inside, title in PARTS:
        files = arrows_of_files(root, inside)
        round_about = "; ".join(" ↔ ".join(group) for group in circles(files)) or "none"
        lines.append(f"{title}: {_size(arrows_of_rooms(files, inside), 'rooms')}; {_size(files, 'files')};")
        lines.append(f"  circles of files: {round_about}.")
    return "\n".join(lines)


def placed(page: str, picture: str) -> str:
    """``page`` with ``picture`` between its two marks. Raises ``ValueError`` if it has not both."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The page needs the marks {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n\n{picture}\n\n{END}{after}"


def _part(root: Path, inside: str, title: str) -> str:
    rooms = arrows_of_rooms(arrows_of_files(root, inside), inside)
    return f"**{title}**: {_size(rooms, 'rooms')}.\n\n```\n{_drawing(rooms)}\n```"


def _size(arrows: Arrows, what: str) -> str:
    return f"{len(arrows)} {what} on {max(floors(arrows).values()) + 1} floors, {count(arrows)} arrows"


def _drawing(rooms: Arrows) -> str:
    """The highest floor first; on a line, the rooms below in the same order."""
    floor = floors(rooms)
    order = sorted(rooms, key=lambda room: (-floor[room], room))
    width = max(map(len, rooms))
    lines = []
    for room in order:
        wanted = ", ".join(other for other in order if other in rooms[room])
        lines.append(f"{floor[room]:2}  {room:{width}}  ─▶ {wanted}" if wanted else f"{floor[room]:2}  {room}")
    return "\n".join(lines)
