"""Badges of a list that are somebody's already, or look like another badge read by a careless reader."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from kiosk.service.records.line_problem import LineProblem
from kiosk.service.records.people_csv import PeopleFile, PersonEntry
from kiosk.service.store.badge_number import other_forms
from kiosk.service.store.bulk import Likeness

_TAKEN = "This badge belongs to “{}” already. Take it away there first: badge revoke {}"
_CARD = "This is the number of a PIV card, PKOC badge or security key, which signs in by its key, not its number."
_OWN_CARD = "This is the number of their own PIV card or security key, which signs in by its key: left as it is."
_SAME = "This looks like a {} form of {}: it may be the same card, read by another reader."


def within(read: PeopleFile, *, allowed: bool) -> Iterator[LineProblem]:
    """Badges of one file that look like another line's. ``allowed``: only warn of reversed ones too."""
    for entry in read.entries:
        if entry.number is None:
            continue
        for form, variant in sorted(other_forms(entry.number)):
            line = read.numbers.get(variant)
            # Two numbers are each other's reversal, and one line says so.
            if line is not None and (form != "reversed" or line < entry.line):
                yield _likeness(entry, form, f"the badge in line {line}", allowed)
                break


def against_store(
    entries: list[PersonEntry], there: Collection[str], likes: Mapping[bytes, Likeness], *, allowed: bool
) -> Iterator[LineProblem]:
    """Badges of ``entries`` that the store knows already. ``allowed``: only warn of reversed ones.

    ``there``: logins whose people may have their own badge again. ``likes``: what each number is there.
    """
    for entry in entries:
        like = likes.get(entry.number) if entry.number is not None else None
        if like is None or (like.kind == "taken" and like.login == entry.login and entry.login in there):
            continue
        if like.kind == "taken":
            yield LineProblem(entry.line, _TAKEN.format(like.login, like.login), "uid")
        elif like.kind == "card":
            own = like.login == entry.login and entry.login in there
            yield LineProblem(entry.line, _OWN_CARD if own else _CARD, "uid", warning=own)
        else:
            yield _likeness(entry, like.kind, f"a badge of “{like.login}”", allowed)


def _likeness(entry: PersonEntry, form: str, other: str, allowed: bool) -> LineProblem:
    warning = allowed or form != "reversed"
    return LineProblem(entry.line, _SAME.format(form, other), "uid", warning, form)
