"""A station's print server (Debian's CUPS), with a folder of its own for everything; its printers write into files."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.fakes.process_table import until

_BACKEND = """#!/bin/sh
[ $# -ge 5 ] || exit 0
{ echo "$2"; echo "$3"; echo "$4 $5"; cat ${6:+"$6"}; } >"@FOLDER@/paper/.$1"
mv "@FOLDER@/paper/.$1" "@FOLDER@/paper/$1"
"""
_FILES = """ServerRoot @
StateDir @/state
CacheDir @/cache
RequestRoot @/spool
TempDir @/spool/tmp
ServerBin @/bin
AccessLog @/access
ErrorLog @/errors
PageLog @/pages
SystemGroup root
"""
_SERVER = """Listen @/cups.sock
LogLevel warn
Browsing No
PreserveJobHistory Yes
PreserveJobFiles Yes
<Location />
  Order allow,deny
  Allow all
</Location>
<Policy default>
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
"""
"""Whoever reaches it may do anything: so the gate is all that a test sees hold."""
_QUEUE = """<Printer {name}>
Info {name}
DeviceURI paper:/secret-address/{name}
State {state}
Accepting {accepting}
Shared No
JobSheets none none
</Printer>
"""
_PPD = """*PPD-Adobe: "4.3"
*FormatVersion: "4.3"
*FileVersion: "1.0"
*LanguageVersion: English
*LanguageEncoding: ISOLatin1
*PCFileName: "PAPER.PPD"
*Manufacturer: "Paper"
*Product: "(Paper)"
*ModelName: "Paper"
*ShortNickName: "Paper"
*NickName: "Paper"
*PSVersion: "(3010.000) 0"
*LanguageLevel: "3"
*ColorDevice: False
*FileSystem: False
*cupsFilter: "application/pdf 0 -"
*cupsFilter: "application/postscript 0 -"
*cupsFilter: "text/plain 0 -"
*cupsFilter: "image/png 0 -"
*OpenUI *PageSize: PickOne
*OrderDependency: 10 AnySetup *PageSize
*DefaultPageSize: A4
*PageSize A4: ""
*PageSize A5: ""
*CloseUI: *PageSize
*OpenUI *PageRegion: PickOne
*OrderDependency: 10 AnySetup *PageRegion
*DefaultPageRegion: A4
*PageRegion A4: ""
*PageRegion A5: ""
*CloseUI: *PageRegion
*DefaultImageableArea: A4
*ImageableArea A4: "18 36 577 806"
*ImageableArea A5: "18 36 402 559"
*DefaultPaperDimension: A4
*PaperDimension A4: "595 842"
*PaperDimension A5: "420 595"
"""


class Sheet(NamedTuple):
    """What came out: ``user`` and ``title`` as the driver was told them, ``wishes`` copies and options."""

    user: str
    title: str
    wishes: str
    content: bytes


class PrintStation:
    """``address``: its socket."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.address = str(folder / "cups.sock")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        words = [
            "/usr/sbin/cupsd",
            "-f",
            "-c",
            str(self._folder / "cupsd.conf"),
            "-s",
            str(self._folder / "files.conf"),
        ]
        env = {"PATH": os.environ["PATH"], "HOME": str(self._folder)}
        self.process = subprocess.Popen(words, env=env, stderr=subprocess.DEVNULL)
        until("the print server", lambda: b"is running" in self._status())

    def _status(self) -> bytes:
        return subprocess.run(self.words("lpstat", "-r"), capture_output=True).stdout

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.process = None

    def words(self, program: str, *arguments: str) -> list[str]:
        """A command of Debian's, as an administrator of this server. Some lie in a folder that few have in PATH."""
        where = shutil.which(program) or shutil.which(program, path="/usr/sbin")
        assert where is not None, f"{program} is not installed (cups-client)"
        return [where, "-h", self.address, *arguments]

    def run(self, program: str, *arguments: str) -> str:
        return subprocess.run(self.words(program, *arguments), check=True, capture_output=True, text=True).stdout

    def sheets(self) -> list[Sheet]:
        """All that came out, in the order of the jobs."""
        made = [path for path in (self._folder / "paper").iterdir() if path.name.isdigit()]
        return [_sheet(path) for path in sorted(made, key=lambda path: int(path.name))]

    def spooled(self) -> list[str]:
        """Documents that the server keeps."""
        return sorted(path.name for path in (self._folder / "spool").glob("d*"))


def _sheet(path: Path) -> Sheet:
    user, title, wishes, content = path.read_bytes().split(b"\n", 3)
    return Sheet(user.decode(), title.decode(), wishes.decode(), content)


@contextlib.contextmanager
def print_station(
    queues: Sequence[str], stopped: Sequence[str] = (), refusing: Sequence[str] = ()
) -> Iterator[PrintStation]:
    """Runs. ``stopped``: queues that keep what they get; ``refusing``: that take nothing."""
    folder = Path(tempfile.mkdtemp(prefix="kiosk-print-"))
    try:
        folder.chmod(0o755)
        for name in ("state", "cache", "spool", "spool/tmp", "bin/backend", "ppd", "paper"):
            (folder / name).mkdir(parents=True)
        for name in ("filter", "daemon", "notifier", "monitor", "cgi-bin"):
            (folder / "bin" / name).symlink_to(f"/usr/lib/cups/{name}")
        backend = folder / "bin/backend/paper"
        backend.write_text(_BACKEND.replace("@FOLDER@", str(folder)))
        backend.chmod(0o700)
        (folder / "files.conf").write_text(_FILES.replace("@", str(folder)))
        (folder / "cupsd.conf").write_text(_SERVER.replace("@", str(folder)))
        every = [*queues, *stopped, *refusing]
        for name in every:
            (folder / "ppd" / f"{name}.ppd").write_text(_PPD)
        lines = (
            _QUEUE.format(
                name=name,
                state="Stopped" if name in stopped else "Idle",
                accepting="No" if name in refusing else "Yes",
            )
            for name in every
        )
        (folder / "printers.conf").write_text("".join(lines))
        station = PrintStation(folder)
        station.start()
        try:
            yield station
        finally:
            station.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
