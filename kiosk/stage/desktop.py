"""What runs inside a workspace: a bus, a small window manager that is started again if it dies, and the programs.

The workspace ends when the last of the station's programs has ended (``programs``); one that is started again never
does by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from kiosk.stage import window_manager
from kiosk.stage.processes import marked
from kiosk.stage.window_manager import Looks


class ProgramCommand(NamedTuple):
    """A command line that every person gets. ``again``: started again when it ends. ``name``: for people, and the log.

    ``awake``: it goes on while nobody sees it. ``icon``: what the agent draws on its button; the stage hands it on.
    """

    name: str
    words: tuple[str, ...]
    again: bool = False
    awake: bool = False
    icon: str = ""


LIFELINE = 9
"""Descriptor that ends when the stage does. bubblewrap dies with its parent only once it is set up; this holds from the
first word on. One digit, because the shell knows no more."""
WISHES, NEWS = 8, 7
"""Descriptors: on the first the stage says which program is to be started again, a number a line; on the second it is
told ``number process``, as the workspace numbers its processes, once a program runs, and ``number 0`` once it has
ended. Programs are not given them; but they run as the same user, and could find them: nothing but their own person's
buttons depends on what is said there."""
_BRACES = re.compile(r"\{([a-z]+)\}")
_SCRIPT = """
(cat <&9 >/dev/null; kill -KILL -1) 7>&- 8<&- &
exec 9<&-
(while :; do openbox --sm-disable --config-file "$HOME/.openbox.xml" --startup 'touch .managed'; sleep 0.2; done) \
    7>&- 8<&- &
# A window that was there before its manager never gets the keyboard: so the programs wait for it, ten seconds at most.
tries=0
until [ -e "$HOME/.managed" ] || [ $tries -ge 500 ]; do sleep 0.02; tries=$((tries + 1)); done
start() { # the number of a program, then name, manner and line of each
    number=$1
    shift $((number * 3 + 1))
    pause=0
    while :; do # at once at first, then more and more slowly while it keeps ending within a minute
        began=$(date +%s)
        # A session of its own: whatever it starts can be told from what another one did.
        setsid sh -c "exec $3" 7>&- 8<&- &
        echo "$number $!" >&7
        wait $!
        status=$?
        echo "$number 0" >&7
        [ "$2" = again ] || return
        echo "$1 ended with status $status; it starts again" >&2
        if [ $(($(date +%s) - began)) -ge 60 ]; then pause=0; fi
        sleep $pause &
        echo $! >".pause-$number" # whoever wants it sooner ends that
        wait $!
        rm -f ".pause-$number"
        pause=$((pause < 30 ? pause * 2 + 1 : pause))
    done
}
next=0
while [ $((next * 3)) -lt $# ]; do
    start $next "$@" &
    next=$((next + 1))
done
wanted() { # as of start; one that comes again by itself comes at once, and not twice
    if [ "$(manner "$@")" = again ]; then kill "$(cat ".pause-$1")"; else start "$@" & fi 2>/dev/null
}
manner() {
    shift $(($1 * 3 + 2))
    echo "$1"
}
while read -r wish <&8; do
    case $wish in '' | *[!0-9]* | ????*) ;; *) [ $((wish * 3)) -ge $# ] || wanted "$wish" "$@" ;; esac
done
"""


def command(
    programs: tuple[ProgramCommand, ...],
    known: Mapping[str, str],
    data_kib: int,
    processes: int,
    looks: Looks,
    also: str = "",
) -> list[str]:
    """One command that runs them all. ``{login}`` and whatever else is ``known`` are filled in, as text of one word.

    ``data_kib``: how much memory of its own one process may have; 0 for any. ``processes``: how many, with threads,
    there may be in all. The kernel counts them by user *and* user namespace, so what others run does not count (Linux
    5.14 and later); it counts nothing for a stage that runs as root. ``also``: for the shell, before the programs.
    """
    told: list[str] = []
    some_awake = any(program.awake for program in programs)
    for program in programs:
        line = " ".join(quoted(_filled(word, known)) for word in program.words)
        line = marked(line, awake=program.awake) if some_awake else line
        told += [program.name, "again" if program.again else "once", line]
    limits = f"ulimit -d {data_kib}\n" if data_kib else ""
    limits += f"ulimit -p {processes}\n" if processes else ""
    return [
        "/usr/bin/dbus-run-session",
        "--",
        "/bin/sh",
        "-c",
        limits + window_manager.script(looks) + also + _SCRIPT,
        "workspace",
        *told,
    ]


def _filled(word: str, known: Mapping[str, str]) -> str:
    """In one go: a name that holds braces is not filled in again."""
    return _BRACES.sub(lambda found: known.get(found[1], found[0]), word)


def quoted(word: str) -> str:
    """For the shell, whatever is in it."""
    return "'" + word.replace("'", "'\"'\"'") + "'"
