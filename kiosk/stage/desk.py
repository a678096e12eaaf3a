"""What runs inside a workspace: a bus, a small window manager that is started again if it dies, and the programs.

The workspace ends when the last of the station's programs has ended; one that is started again never does by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from kiosk.stage.herd import marked


class Program(NamedTuple):
    """A command line that every person gets. ``again``: started again when it ends. ``name``: for the log.

    ``awake``: it goes on while nobody sees it.
    """

    name: str
    words: tuple[str, ...]
    again: bool = False
    awake: bool = False


LIFELINE = 9
"""Descriptor that ends when the stage does. bubblewrap dies with its parent only once it is set up; this holds from the
first word on. One digit, because the shell knows no more."""
_BRACES = re.compile(r"\{([a-z]+)\}")
_SCRIPT = """
(cat <&9 >/dev/null; kill -KILL -1) &
exec 9<&-
cat >"$HOME/.openbox.xml" <<'END'
<openbox_config xmlns="http://openbox.org/3.4/rc">
<focus><focusNew>yes</focusNew><followMouse>no</followMouse></focus>
<placement><monitor>Primary</monitor><primaryMonitor>1</primaryMonitor></placement>
<theme><name>Clearlooks</name></theme><desktops><number>1</number></desktops>
<keyboard><keybind key="A-Tab"><action name="NextWindow"/></keybind></keyboard>
<mouse><context name="Client"><mousebind button="Left" action="Press"><action name="Focus"/><action name="Raise"/>
</mousebind></context><context name="Titlebar"><mousebind button="Left" action="Drag"><action name="Move"/></mousebind>
<mousebind button="Left" action="Press"><action name="Focus"/><action name="Raise"/></mousebind></context>
<context name="Close"><mousebind button="Left" action="Click"><action name="Close"/></mousebind></context></mouse>
</openbox_config>
END
(while :; do openbox --sm-disable --config-file "$HOME/.openbox.xml" --startup 'touch .managed'; sleep 0.2; done) &
# A window that was there before its manager never gets the keyboard: so the programs wait for it, ten seconds at most.
tries=0
until [ -e "$HOME/.managed" ] || [ $tries -ge 500 ]; do sleep 0.02; tries=$((tries + 1)); done
again() { # at once at first, then more and more slowly while it keeps ending within a minute
    pause=0
    while :; do
        began=$(date +%s)
        sh -c "exec $2"
        echo "$1 ended with status $?; it starts again" >&2
        if [ $(($(date +%s) - began)) -ge 60 ]; then pause=0; fi
        sleep $pause
        pause=$((pause < 30 ? pause * 2 + 1 : pause))
    done
}
programs=
while [ $# -ge 3 ]; do
    if [ "$2" = again ]; then again "$1" "$3" & else sh -c "exec $3" & fi
    programs="$programs $!"
    shift 3
done
wait $programs
"""


def command(programs: tuple[Program, ...], known: Mapping[str, str], data_kib: int, processes: int) -> list[str]:
    """One command that runs them all. ``{login}`` and whatever else is ``known`` are filled in, as text of one word.

    ``data_kib``: how much memory of its own one process may have; 0 for any. ``processes``: how many, with threads,
    there may be in all. The kernel counts them by user *and* user namespace, so what others run does not count (Linux
    5.14 and later); it counts nothing for a stage that runs as root.
    """
    told: list[str] = []
    some_awake = any(program.awake for program in programs)
    for program in programs:
        line = " ".join(_quoted(_filled(word, known)) for word in program.words)
        line = marked(line, awake=program.awake) if some_awake else line
        told += [program.name, "again" if program.again else "once", line]
    limits = f"ulimit -d {data_kib}\n" if data_kib else ""
    limits += f"ulimit -p {processes}\n" if processes else ""
    return ["/usr/bin/dbus-run-session", "--", "/bin/sh", "-c", limits + _SCRIPT, "workspace", *told]


def _filled(word: str, known: Mapping[str, str]) -> str:
    """In one go: a name that holds braces is not filled in again."""
    return _BRACES.sub(lambda found: known.get(found[1], found[0]), word)


def _quoted(word: str) -> str:
    """For the shell, whatever is in it."""
    return "'" + word.replace("'", "'\"'\"'") + "'"
