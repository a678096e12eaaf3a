"""A stage without a display: remembers what it was told, and whether anything of anybody would be seen now."""

from __future__ import annotations

from kiosk.model.people import Person
from kiosk.stage import Stage


class FakeStage:
    """``acts``: each call by its name and what it was given. ``seen``: login of the workspace that is shown."""

    def __init__(self) -> None:
        self.acts: list[tuple[str, object]] = []
        self.seen: str | None = None
        self.open: set[str] = set()

    def show(self, person: Person) -> None:
        self.acts.append(("show", person.login))
        self.seen = person.login
        self.open.add(person.login)

    def cover(self) -> None:
        self.acts.append(("cover", None))
        self.seen = None

    def end(self, login: str) -> None:
        self.acts.append(("end", login))
        self.open.discard(login)

    def watch_idle(self, seconds: int) -> None:
        self.acts.append(("watch", seconds))

    def stop_watching_idle(self) -> None:
        self.acts.append(("watch", 0))

    def stirred(self) -> None:
        self.acts.append(("stirred", None))

    def owner_of(self, pid: int) -> str | None:
        return None

    def bring(self, login: str, program: int) -> None:
        self.acts.append(("bring", f"{login} {program}"))

    def leave_bar(self) -> None:
        self.acts.append(("leave_bar", None))

    def take_bar(self, height: int) -> None:
        self.acts.append(("bar", height))

    def close(self) -> None:
        self.open.clear()
        self.seen = None


_: type[Stage] = FakeStage
