"""Which programs may not ask for a step-up now: those of a workspace whose wishes were not granted, and silenced ones.

A wish that is taken back or refused keeps the next one of the same workspace away, twice as long each time. A server's
keeps that server away. "Not me" silences a program until its person lets it ask again, or signs out. All of it is
bounded: who silences many programs silences all of that workspace.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.stepup import Asker, Reason
from kiosk.session.facts.alarm_names import AnyAlarm, CoolingName
from kiosk.session.facts.carried import Askers, Cooling, OpenSession, Silence
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.state import RECENT
from kiosk.session.shared.transition import Transition

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
    if asker.second_of is not None:
        return f"colleague:{asker.second_of.login}"
    if asker.server:
        return f"server:{asker.server}"
    if asker.origin:
        return f"origin:{asker.origin}"
    return f"registered:{asker.program}" if asker.program else UNREGISTERED


def party(asker: Asker) -> str | None:
    """Whose wishes are counted together: those of one workspace, of the station, or of one server
    or colleague to one person."""
    if asker.second_of is not None:
        return f"colleague:{asker.second_of.login}:{asker.login}"
    return f"server:{asker.server}:{asker.login}" if asker.server else asker.login


def held_back(t: Transition, asker: Asker, session: OpenSession) -> tuple[Reason, int | None] | None:
    """Why ``asker`` may not ask ``session``'s person now, and for how many seconds at most. None: it may."""
    if any(_concerns(silence, asker, session) for silence in t.state.askers.silences):
        return Reason.SILENCED, None
    cooling = _cooling(t, party(asker))
    if cooling is not None and cooling.left > 0:
        return Reason.TOO_SOON, cooling.left
    return None


def _concerns(silence: Silence, asker: Asker, session: OpenSession) -> bool:
    same = silence.by == session.person.login and silence.login == asker.login
    return same and silence.who in (EVERY_PROGRAM, who(asker))


def count(t: Transition, asker: Asker, session: OpenSession, reason: Reason) -> bool:
    """One more was turned away for ``reason``. Whether it is the first since then: only that one is reported."""
    askers = t.state.askers
    if reason == Reason.SILENCED:
        before = next(silence for silence in askers.silences if _concerns(silence, asker, session))
        after = replace(before, turned_away=before.turned_away + 1)
        silences = tuple(after if silence is before else silence for silence in askers.silences)
        t.state = replace(t.state, askers=replace(askers, silences=silences))
        return before.turned_away == 0
    cooling = _cooling(t, party(asker))
    if cooling is not None:  # pragma: no branch - it is for this that the reason is given
        _put(t, replace(cooling, turned_away=cooling.turned_away + 1))
    return cooling is None or cooling.turned_away == 0


def is_another(t: Transition, asker: Asker) -> bool:
    """Whether a wish was answered here less than a minute ago, or the last one of that workspace was not granted."""
    return any(name == RECENT for name, _ in t.state.timers) or _cooling(t, party(asker)) is not None


def granted(t: Transition, asker: Asker) -> None:
    """Its workspace may ask at once again."""
    _drop(t, party(asker))
    t.set_timer(RECENT, RECENT_SECONDS)


def not_granted(t: Transition, asker: Asker) -> None:
    """Its workspace has to wait, twice as long as the last time."""
    before = _cooling(t, party(asker))
    level = before.level + 1 if before else 1
    _cool(t, Cooling(party(asker), level, min(COOL_OFF << min(level - 1, 16), MAX_COOL_OFF)))
    t.set_timer(RECENT, RECENT_SECONDS)


def silence(t: Transition, session: OpenSession, asker: Asker) -> None:
    """ "Not me": this program asks ``session``'s person nothing any more. The others of its workspace need not wait."""
    by, silences = session.person.login, t.state.askers.silences
    mine = [silence for silence in silences if silence.by == by]
    new = Silence(by, asker.login, who(asker) if len(mine) < MAX_SILENCES else EVERY_PROGRAM, _shown(asker))
    same = [silence for silence in mine if (silence.login, silence.who) == (new.login, new.who)]
    if not same:  # pragma: no branch - one that is silenced asks nothing that could be answered so
        known = [silence for silence in silences if silence.by != by]
        persons = list(dict.fromkeys(silence.by for silence in known))[-(MAX_SILENCERS - 1) :]
        mine = [silence for silence in mine if new.who or silence.login != new.login]
        kept = (*(silence for silence in known if silence.by in persons), *mine, new)
        t.state = replace(t.state, askers=replace(t.state.askers, silences=kept))
    _cool(t, Cooling(party(asker), 1, COOL_OFF))


def _shown(asker: Asker) -> str:
    """What the person is told of it."""
    return asker.server or asker.origin or asker.program or asker.path


def silenced(askers: Askers, login: str) -> tuple[str, ...]:
    """Names of the programs that ``login`` has silenced, as they were shown."""
    return tuple(dict.fromkeys(silence.program for silence in askers.silences if silence.by == login))


def silences_all(askers: Askers, login: str) -> bool:
    """Whether among those are all that nobody registered."""
    return any(silence.by == login and silence.who in (UNREGISTERED, EVERY_PROGRAM) for silence in askers.silences)


def let_ask(t: Transition, session: OpenSession) -> None:
    """Every program that ``session``'s person silenced may ask again."""
    lifted = [silence for silence in t.state.askers.silences if silence.by == session.person.login]
    for each_silence in lifted:
        detail = {"program": each_silence.program, "turned_away": str(each_silence.turned_away)}
        t.order(ReportEvent("not_me", session.id, "let_ask", detail))
    forget_silences(t, session.person.login)


def forget_silences(t: Transition, login: str) -> None:
    """``login`` let them ask again, or signed out, and the programs have ended."""
    silences = tuple(silence for silence in t.state.askers.silences if silence.by != login)
    t.state = replace(t.state, askers=replace(t.state.askers, silences=silences))


def signed_out(t: Transition, login: str) -> None:
    """The programs of ``login`` have ended: whoever begins anew begins with a clean sheet."""
    forget_silences(t, login)
    _drop(t, login)


def rang(t: Transition, name: AnyAlarm) -> bool:
    """A second or five of a cool-off are over, or it is to be forgotten. False: another alarm."""
    if not isinstance(name, CoolingName):
        return False
    cooling = next((cooling for cooling in t.state.askers.cooling if _name(cooling.login) == name), None)
    if cooling is None:  # pragma: no cover - whoever is forgotten has no alarm any more
        return True
    if cooling.left == 0:
        _drop(t, cooling.login)
        return True
    left = max(0, cooling.left - _step(cooling.left))
    if left == 0 and cooling.turned_away > 1:
        t.order(ReportEvent("stepup_refused", None, Reason.TOO_SOON.value, {"turned_away": str(cooling.turned_away)}))
    _cool(t, replace(cooling, left=left))
    return True


def _step(left: int) -> int:
    """So that the seconds told are nearly true, and a long wait does not wake the station every second."""
    return 1 if left <= 10 else 5


def _name(login: str | None) -> CoolingName:
    return CoolingName(login or "")


def _cooling(t: Transition, login: str | None) -> Cooling | None:
    return next((cooling for cooling in t.state.askers.cooling if cooling.login == login), None)


def _cool(t: Transition, cooling: Cooling) -> None:
    _put(t, cooling)
    t.set_timer(_name(cooling.login), _step(cooling.left) if cooling.left else FORGET_SECONDS)


def _put(t: Transition, cooling: Cooling) -> None:
    """The first to be forgotten, where there is no room, is whoever may ask again soonest."""
    others = [each_cooling for each_cooling in t.state.askers.cooling if each_cooling.login != cooling.login]
    if len(others) >= MAX_COOLING:
        soonest = min(others, key=lambda one: (one.left, one.level))
        others.remove(soonest)
        t.cancel_timer(_name(soonest.login))
    t.state = replace(t.state, askers=replace(t.state.askers, cooling=(*others, cooling)))


def _drop(t: Transition, login: str | None) -> None:
    t.cancel_timer(_name(login))
    cooling = tuple(cooling for cooling in t.state.askers.cooling if cooling.login != login)
    t.state = replace(t.state, askers=replace(t.state.askers, cooling=cooling))
