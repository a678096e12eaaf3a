"""Which programs may not ask for a step-up now: those of a workspace whose wishes were not granted, and silenced ones.

A wish that is taken back or refused keeps the next one of the same workspace away, twice as long each time. "Not me"
silences a program until its person lets it ask again, or signs out. All of it is bounded: who silences many programs
silences all of that workspace.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.stepup import Asker, Reason
from kiosk.session.facts.carried import Cooling, Silence
from kiosk.session.facts.orders import Tell
from kiosk.session.facts.state import COOLING, RECENT, Askers, Session
from kiosk.session.shared.transition import Draft

COOL_OFF, MAX_COOL_OFF = 2, 300
"""Seconds after the first wish that was not granted, and at most."""
FORGET_SECONDS = 600
"""Without any wish after a cool-off, until it begins anew with the shortest."""
RECENT_SECONDS = 60
MAX_COOLING = 128
"""Workspaces; more than a station keeps."""
MAX_SILENCES = 16
"""Programs that one person may have silenced, one by one. The next silences all of its workspace."""
MAX_SILENCERS = 65
"""Persons; as many as a station may keep workspaces of, and one. Who silenced longest ago is forgotten."""
EVERY_PROGRAM = ""
UNREGISTERED = "unregistered"


def who(asker: Asker) -> str:
    """By what a silenced program is known again, whatever it calls itself.

    One that nobody registered can take any name and any path: so it is all of them.
    """
    if asker.origin:
        return f"origin:{asker.origin}"
    return f"registered:{asker.program}" if asker.program else UNREGISTERED


def held_back(d: Draft, asker: Asker, session: Session) -> tuple[Reason, int | None] | None:
    """Why ``asker`` may not ask ``session``'s person now, and for how many seconds at most. None: it may."""
    if any(_concerns(silence, asker, session) for silence in d.state.askers.silences):
        return Reason.SILENCED, None
    cooling = _cooling(d, asker.login)
    if cooling is not None and cooling.left > 0:
        return Reason.TOO_SOON, cooling.left
    return None


def _concerns(silence: Silence, asker: Asker, session: Session) -> bool:
    same = silence.by == session.person.login and silence.login == asker.login
    return same and silence.who in (EVERY_PROGRAM, who(asker))


def count(d: Draft, asker: Asker, session: Session, reason: Reason) -> bool:
    """One more was turned away for ``reason``. Whether it is the first since then: only that one is reported."""
    askers = d.state.askers
    if reason == Reason.SILENCED:
        before = next(silence for silence in askers.silences if _concerns(silence, asker, session))
        after = replace(before, turned_away=before.turned_away + 1)
        silences = tuple(after if silence is before else silence for silence in askers.silences)
        d.state = replace(d.state, askers=replace(askers, silences=silences))
        return before.turned_away == 0
    cooling = _cooling(d, asker.login)
    if cooling is not None:
        _put(d, replace(cooling, turned_away=cooling.turned_away + 1))
    return cooling is None or cooling.turned_away == 0


def is_another(d: Draft, login: str | None) -> bool:
    """Whether a wish was answered here less than a minute ago, or the last one of that workspace was not granted."""
    return any(name == RECENT for name, _ in d.state.alarms) or _cooling(d, login) is not None


def granted(d: Draft, asker: Asker) -> None:
    """Its workspace may ask at once again."""
    _drop(d, asker.login)
    d.alarm(RECENT, RECENT_SECONDS)


def not_granted(d: Draft, asker: Asker) -> None:
    """Its workspace has to wait, twice as long as the last time."""
    before = _cooling(d, asker.login)
    level = before.level + 1 if before else 1
    _cool(d, Cooling(asker.login, level, min(COOL_OFF << min(level - 1, 16), MAX_COOL_OFF)))
    d.alarm(RECENT, RECENT_SECONDS)


def silence(d: Draft, session: Session, asker: Asker) -> None:
    """ "Not me": this program asks ``session``'s person nothing any more. The others of its workspace need not wait."""
    by, silences = session.person.login, d.state.askers.silences
    mine = [one for one in silences if one.by == by]
    new = Silence(by, asker.login, who(asker) if len(mine) < MAX_SILENCES else EVERY_PROGRAM, _shown(asker))
    same = [one for one in mine if (one.login, one.who) == (new.login, new.who)]
    if not same:
        known = [one for one in silences if one.by != by]
        persons = list(dict.fromkeys(one.by for one in known))[-(MAX_SILENCERS - 1) :]
        mine = [one for one in mine if new.who or one.login != new.login]
        kept = (*(one for one in known if one.by in persons), *mine, new)
        d.state = replace(d.state, askers=replace(d.state.askers, silences=kept))
    _cool(d, Cooling(asker.login, 1, COOL_OFF))


def _shown(asker: Asker) -> str:
    """What the person is told of it."""
    return asker.origin or asker.program or asker.path


def silenced(askers: Askers, login: str) -> tuple[str, ...]:
    """Names of the programs that ``login`` has silenced, as they were shown."""
    return tuple(dict.fromkeys(silence.program for silence in askers.silences if silence.by == login))


def silences_all(askers: Askers, login: str) -> bool:
    """Whether among those are all that nobody registered."""
    return any(one.by == login and one.who in (UNREGISTERED, EVERY_PROGRAM) for one in askers.silences)


def let_ask(d: Draft, session: Session) -> None:
    """Every program that ``session``'s person silenced may ask again."""
    lifted = [silence for silence in d.state.askers.silences if silence.by == session.person.login]
    for one in lifted:
        detail = {"program": one.program, "turned_away": str(one.turned_away)}
        d.order(Tell("not_me", session.id, "let_ask", detail))
    forget_silences(d, session.person.login)


def forget_silences(d: Draft, login: str) -> None:
    """``login`` let them ask again, or signed out, and the programs have ended."""
    silences = tuple(silence for silence in d.state.askers.silences if silence.by != login)
    d.state = replace(d.state, askers=replace(d.state.askers, silences=silences))


def signed_out(d: Draft, login: str) -> None:
    """The programs of ``login`` have ended: whoever begins anew begins with a clean sheet."""
    forget_silences(d, login)
    _drop(d, login)


def rang(d: Draft, name: str) -> bool:
    """A second or five of a cool-off are over, or it is to be forgotten. False: another alarm."""
    if not name.startswith(COOLING):
        return False
    cooling = next((one for one in d.state.askers.cooling if _name(one.login) == name), None)
    if cooling is None:
        return True
    if cooling.left == 0:
        _drop(d, cooling.login)
        return True
    left = max(0, cooling.left - _step(cooling.left))
    if left == 0 and cooling.turned_away > 1:
        d.order(Tell("stepup_refused", None, Reason.TOO_SOON.value, {"turned_away": str(cooling.turned_away)}))
    _cool(d, replace(cooling, left=left))
    return True


def _step(left: int) -> int:
    """So that the seconds told are nearly true, and a long wait does not wake the station every second."""
    return 1 if left <= 10 else 5


def _name(login: str | None) -> str:
    return COOLING + (login or "")


def _cooling(d: Draft, login: str | None) -> Cooling | None:
    return next((one for one in d.state.askers.cooling if one.login == login), None)


def _cool(d: Draft, cooling: Cooling) -> None:
    _put(d, cooling)
    d.alarm(_name(cooling.login), _step(cooling.left) if cooling.left else FORGET_SECONDS)


def _put(d: Draft, cooling: Cooling) -> None:
    """The first to be forgotten, where there is no room, is whoever may ask again soonest."""
    others = [one for one in d.state.askers.cooling if one.login != cooling.login]
    if len(others) >= MAX_COOLING:
        soonest = min(others, key=lambda one: (one.left, one.level))
        others.remove(soonest)
        d.hush(_name(soonest.login))
    d.state = replace(d.state, askers=replace(d.state.askers, cooling=(*others, cooling)))


def _drop(d: Draft, login: str | None) -> None:
    d.hush(_name(login))
    cooling = tuple(one for one in d.state.askers.cooling if one.login != login)
    d.state = replace(d.state, askers=replace(d.state.askers, cooling=cooling))
