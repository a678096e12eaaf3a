"""What bubblewrap is told: what a workspace's programs find, wherever the machine has it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from kiosk.stage import sandbox
from kiosk.stage.shared_ipc import Common


def inside(tmp_path: Path, policy: sandbox.Policy, home: Path, *command: str) -> str:
    """What ``command`` prints in a workspace whose home is at ``home``."""
    folder, sockets = tmp_path / "stage", tmp_path / "sockets"
    for made in (folder, sockets):
        made.mkdir()
    sandbox.accounts(str(folder), "ada")
    (folder / "authority").touch()
    env = {**sandbox.environment("ada", "Ada", 1, ""), "HOME": str(home)}
    common = Common(os.getpid())
    words = sandbox.words(policy, env, str(folder), str(sockets), "", list(command), common)
    common.close()
    del words[: words.index("--") + 1]  # there is no nested server here whose memory they share
    at = words.index("--seccomp")
    del words[at : at + 2]  # the filter comes from the stage
    info = words.index("--info-fd") + 1
    words[info] = "2"
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_programs_in_a_folder_that_is_called_as_their_home_are_found_all_the_same(tmp_path: Path) -> None:
    # As on a machine where /home/ada is a folder of an administrator's, with the checkout in it.
    home = tmp_path / "home" / "ada"
    ours = home / "Müllers Station"
    ours.mkdir(parents=True)
    (ours / "program").write_text("its code")
    (home / "diary").write_text("theirs alone")
    policy = sandbox.Policy(readable=(str(ours),))
    said = inside(
        tmp_path, policy, home, "sh", "-c", f"cat '{ours}/program'; ls '{home}'; touch '{home}/x' && echo writes"
    )
    assert said == "its codeMüllers Station\nwrites\n"
    assert not (home / "x").exists()


def test_a_readable_folder_changes_nothing_of_who_they_are(tmp_path: Path) -> None:
    policy = sandbox.Policy(readable=("/etc/passwd", "/etc/default"))
    said = inside(tmp_path, policy, Path("/home/ada"), "sh", "-c", "cat /etc/passwd; ls -d /etc/default")
    assert said.startswith("ada:x:1000:")
    assert "root" not in said
    assert said.endswith("/etc/default\n")
