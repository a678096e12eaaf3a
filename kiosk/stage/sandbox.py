"""What a workspace's programs may see of the machine: the words for bubblewrap.

Own process numbers (when the first process ends, so does every descendant, however often it forked), own /tmp, /run and
home in memory, own network unless the station says otherwise. Of the rest only programs and their data, read only;
its own X socket and authority, and its own doorbell. Never the host display's cookie, the agent's folder, or
anything of another person's. [bwrap(1)]
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from kiosk.stage import seccomp
from kiosk.stage.nested import HOST_NAME
from kiosk.stage.shared_ipc import Common
from kiosk.stage.users import INSIDE as USER

RUNTIME = f"/run/user/{USER}"
DOORBELLS = "/run/kiosk"
"""Folder of the one doorbell that rings from here; the socket in it changes with the agent."""
INFO = 61
"""Descriptor on which bubblewrap tells the first process's number."""
FILTER = 63
"""Descriptor from which bubblewrap reads what the programs may not ask the kernel for."""
_SMALL_MIB = 64
_NOTHING: Mapping[str, str] = {}
_CAPABILITIES = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_CHOWN", "CAP_FOWNER")
_PREPARING = ("--cap-drop", "ALL", *(word for name in _CAPABILITIES for word in ("--cap-add", name)))
"""What the first process may do, in its own user namespace, until it has become ``USER``."""
_BECOME = f"""
home=$1; shift
install -o {USER} -g {USER} -m 600 /run/authority {RUNTIME}/authority || exit
chown {USER}:{USER} "$home" {RUNTIME} || exit
exec setpriv --reuid={USER} --regid={USER} --clear-groups --inh-caps=-all --ambient-caps=-all --bounding-set=-all \
    --no-new-privs -- "$@"
"""
_PROGRAMS = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt")
_SETTINGS = (
    *("alternatives", "ca-certificates", "ca-certificates.conf", "chromium", "chromium.d", "dbus-1", "dconf", "fonts"),
    *("firefox", "firefox-esr", "java-11-openjdk", "java-17-openjdk", "java-21-openjdk", "libreoffice"),
    *("gtk-3.0", "gtk-4.0", "hostname", "hosts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "locale.alias"),
    *("localtime", "login.defs", "mime.types", "nsswitch.conf", "os-release", "pki", "protocols", "resolv.conf"),
    *("services", "ssl", "timezone", "X11", "xdg", "alsa"),
)
"""Of /etc, by name: there is much in it that is none of a workspace's business."""


class Policy(NamedTuple):
    """``network``: share the machine's. ``readable``: further paths to be seen, read only. ``home_mib``: size of the
    home folder, and as much again of each of /tmp, /dev/shm and segments that programs share (shmget(2)).
    ``namespaces``: of ``seccomp``, which programs may make.
    """

    network: bool = False
    readable: tuple[str, ...] = ()
    home_mib: int = 512
    namespaces: int = seccomp.BROWSERS


def words(
    policy: Policy,
    env: dict[str, str],
    folder: str,
    sockets: str,
    doorbell: str,
    command: list[str],
    common: Common,
    own_user: bool = False,
    seen: Mapping[str, str] = _NOTHING,
    network: str = "",
    settings: Mapping[str, str] = _NOTHING,
) -> list[str]:
    """Run ``command`` with ``env`` and no other. ``folder``: with ``authority`` and what ``accounts`` wrote there.

    ``sockets``: folder of the nested server's socket. ``common``: what its programs share with that server.
    ``own_user``: they run as a user of their own, whom the server's namespace knows as ``users.INSIDE``.
    ``seen``: further folders of its own: where it sees them, and where they are. ``network``: path of the one that it
    enters; empty for what ``policy`` says. ``settings``: of /etc, in the place of the machine's, as ``seen``.
    """
    home = env["HOME"]
    return [
        *common.words(network),
        *_walls(policy, own_user=own_user, entered=bool(network)),
        *(part for name, value in env.items() for part in ("--setenv", name, value)),
        *_machine(policy, settings),
        # Made first: as parents of something private they would be private too, and not theirs.
        *("--dir", "/home", "--dir", os.path.dirname(RUNTIME)),
        *("--size", str(policy.home_mib << 20), "--perms", "0700", "--tmpfs", home, "--chdir", home),
        # After their home, which would hide what lies in a folder of the same name on the machine.
        *(part for path in policy.readable for part in ("--ro-bind", path, path)),
        *("--ro-bind", f"{folder}/passwd", "/etc/passwd", "--ro-bind", f"{folder}/group", "/etc/group"),
        *("--remount-ro", "/etc"),
        *("--perms", "0700", "--dir", RUNTIME),
        *("--ro-bind", sockets, "/tmp/.X11-unix"),  # noqa: S108 # where X clients look, in the workspace's own /tmp
        *("--ro-bind", f"{folder}/authority", "/run/authority" if own_user else f"{RUNTIME}/authority"),
        *(("--ro-bind", os.path.dirname(doorbell), DOORBELLS) if doorbell else ()),
        *(part for inside, path in seen.items() for part in ("--ro-bind", path, inside)),
        # Both are in memory, without a limit: nothing may be put into them.
        *("--remount-ro", "/dev", "--remount-ro", "/"),
        "--",
        *(("/bin/sh", "-c", _BECOME, "become", home) if own_user else ()),
        *command,
    ]


def _walls(policy: Policy, *, own_user: bool, entered: bool) -> list[str]:
    """bubblewrap, and what it shares with nobody. No IPC: that is ``common``.

    ``own_user``: the user namespace is the nested server's already. ``entered``: and the network its own."""
    who = _PREPARING if own_user else ("--unshare-user", "--uid", str(USER), "--gid", str(USER), "--cap-drop", "ALL")
    return [
        *("/usr/bin/bwrap", "--die-with-parent", "--new-session", "--info-fd", str(INFO), "--seccomp", str(FILTER)),
        *who,
        *("--unshare-pid", "--unshare-uts", "--unshare-cgroup-try"),
        *([] if policy.network or entered else ["--unshare-net"]),
        *("--hostname", HOST_NAME, "--clearenv"),
    ]


def accounts(folder: str, login: str) -> None:
    """Write the two files by which programs know the user they run as. Raises ``OSError``."""
    name = _folder_name(login)
    _write(f"{folder}/passwd", f"{name}:x:{USER}:{USER}::/home/{name}:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n")
    _write(f"{folder}/group", f"{name}:x:{USER}:\nnogroup:x:65534:\n")


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def environment(login: str, name: str, display: int, doorbell: str) -> dict[str, str]:
    """What the programs find in their environment, and nothing besides."""
    env = {
        "DISPLAY": f":{display}",
        "XAUTHORITY": f"{RUNTIME}/authority",
        "XDG_RUNTIME_DIR": RUNTIME,
        "HOME": f"/home/{_folder_name(login)}",
        "USER": login,
        "LOGNAME": login,
        "SHELL": "/bin/sh",
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/games",
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "XDG_SESSION_TYPE": "x11",
        "KIOSK_LOGIN": login,
        "KIOSK_NAME": name,
    }
    if doorbell:
        env["KIOSK_DOORBELL"] = f"{DOORBELLS}/{os.path.basename(doorbell)}"
    return env


def _machine(policy: Policy, settings: Mapping[str, str]) -> list[str]:
    """The programs and their data; devices, processes and temporary files of its own."""
    # The kernel's settings are the whole machine's, and their owner may write to them: who is root, or to the kernel is
    # the root of an IPC namespace. bubblewrap covers them only from those who may write to the folder itself.
    made = ["--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys", "--dev", "/dev"]
    rooms = {"/dev/shm": policy.home_mib, "/tmp": policy.home_mib, "/run": 0, "/var": 0, "/etc": 0}  # noqa: S108
    for path, mib in rooms.items():
        made += ["--perms", "1777" if mib else "0755", "--size", str((mib or _SMALL_MIB) << 20), "--tmpfs", path]
    made += ["--perms", "1777", "--dir", "/var/tmp"]  # noqa: S108 # inside
    for path in _PROGRAMS:
        if os.path.islink(path):
            made += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            made += ["--ro-bind", path, path]
    for name in sorted({*_SETTINGS, *(path.split("/")[2] for path in settings)}):
        made += _shown(f"/etc/{name}", settings, wanted=name in _SETTINGS)
    made += ["--ro-bind-try", "/var/cache/fontconfig", "/var/cache/fontconfig"]
    return made


def _shown(path: str, settings: Mapping[str, str], *, wanted: bool) -> list[str]:
    """``path`` of the machine, where ``wanted``, but for what ``settings`` has in its place or below it.

    Nothing can be mounted below a folder that is shown whole, if it is not there on the machine: so what lies beside is
    shown piece by piece."""
    if path in settings:
        return ["--ro-bind", settings[path], path]
    below = {other[len(path) + 1 :].split("/")[0] for other in settings if other.startswith(f"{path}/")}
    if not below:
        return ["--ro-bind-try", path, path] if wanted else []
    beside = set(os.listdir(path)) if wanted and os.path.isdir(path) else set()
    made = ["--perms", "0755", "--dir", path]  # bubblewrap by itself makes it for whoever sets up alone
    return made + [
        word for name in sorted(below | beside) for word in _shown(f"{path}/{name}", settings, wanted=wanted)
    ]


def _folder_name(login: str) -> str:
    """``login`` as a name of a folder: only what cannot be mistaken for a path."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in login).lstrip(".")
    return kept[:64] or "person"
