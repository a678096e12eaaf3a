"""What runs inside a workspace: a bus, a small window manager that is started again if it dies, and the programs.

The workspace ends when the last of the station's programs has ended.
"""

from __future__ import annotations

LIFELINE = 9
"""Descriptor that ends when the stage does. bubblewrap dies with its parent only once it is set up; this holds from the
first word on. One digit, because the shell knows no more."""
_SCRIPT = """
(cat <&9 >/dev/null; kill -KILL -1) &
exec 9<&-
cat >"$HOME/.openbox.xml" <<'END'
<openbox_config xmlns="http://openbox.org/3.4/rc">
<focus><focusNew>yes</focusNew><followMouse>no</followMouse></focus>
<theme><name>Clearlooks</name></theme><desktops><number>1</number></desktops>
<keyboard><keybind key="A-Tab"><action name="NextWindow"/></keybind></keyboard>
<mouse><context name="Client"><mousebind button="Left" action="Press"><action name="Focus"/><action name="Raise"/>
</mousebind></context><context name="Titlebar"><mousebind button="Left" action="Drag"><action name="Move"/></mousebind>
<mousebind button="Left" action="Press"><action name="Focus"/><action name="Raise"/></mousebind></context>
<context name="Close"><mousebind button="Left" action="Click"><action name="Close"/></mousebind></context></mouse>
</openbox_config>
END
(while :; do openbox --sm-disable --config-file "$HOME/.openbox.xml" --startup 'touch .managed'; sleep 0.2; done) &
# A window that was there before its manager never gets the keyboard: so the programs wait for it, two seconds at most.
tries=0
until [ -e "$HOME/.managed" ] || [ $tries -ge 100 ]; do sleep 0.02; tries=$((tries + 1)); done
programs=
for program; do
    sh -c "exec $program" &
    programs="$programs $!"
done
wait $programs
"""


def command(programs: tuple[tuple[str, ...], ...], login: str, name: str, data_kib: int) -> list[str]:
    """One command that runs them all. ``{login}`` and ``{name}`` are filled in, as one word's text each.

    ``data_kib``: how much memory of its own one process may have; 0 for any.
    """
    lines = [" ".join(_quoted(_filled(word, login, name)) for word in words) for words in programs]
    limit = f"ulimit -d {data_kib}\n" if data_kib else ""
    return ["/usr/bin/dbus-run-session", "--", "/bin/sh", "-c", limit + _SCRIPT, "workspace", *lines]


def _filled(word: str, login: str, name: str) -> str:
    return word.replace("{login}", login).replace("{name}", name)


def _quoted(word: str) -> str:
    """For the shell, whatever is in it."""
    return "'" + word.replace("'", "'\"'\"'") + "'"
