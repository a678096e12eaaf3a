"""``installer/setup.sh`` among programs of our own: what it installs, says and leaves, also where something fails."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOISE = "WARNING: nobody's business"
FAKES = {
    # Knows what is installed, one name a line.
    "dpkg-query": """
case "$*" in
*Abbrev*) sed 's/^/ii  /' "$HERE/installed" ;;
*) for name; do :; done; grep -qx "$name" "$HERE/installed" && echo 'install ok installed' ;;
esac
""",
    "apt-get": """
act=
case " $* " in
*" -s "*) # what would come
    for word; do
        case $word in
        install) act=$word ;;
        -* | APT::* | Dir::* | Acquire::*) ;;
        *) [ -z "$act" ] || printf 'Inst %s (1)\\nInst %s-helper (1)\\n' "$word" "$word" ;;
        esac
    done
    exit ;;
esac
echo "$NOISE"
echo "$*" >>"$HERE/asked"
for word; do
    case $word in
    update | install | purge) act=$word ;;
    -* | APT::* | Dir::* | Acquire::*) ;;
    *) case $act in
        install) printf '%s\\n%s-helper\\n' "$word" "$word" >>"$HERE/installed" ;;
        purge) grep -vx "$word" "$HERE/installed" >"$HERE/left"; mv "$HERE/left" "$HERE/installed" ;;
        esac ;;
    esac
done
""",
    "sudo": '[ "$1" = -v ] || exec "$@"\n',
    "node": "echo true\n",
    "npm": """
echo "$NOISE"
if [ -e "$HERE/npm-fails" ]; then cat "$HERE/npm-fails"; exit 1; fi
mkdir node_modules
""",
    # Also the interpreter of the virtual environment that it makes.
    "python3": """
case "$*" in
*venv*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
*importlib.metadata*) exit 1 ;;
*pip*) echo "$NOISE"; [ ! -e "$HERE/pip-fails" ] || { echo 'ERROR: no such hash'; exit 1; } ;;
esac
""",
}


@dataclass
class Machine:
    """A checkout in a folder of an awkward name, and the programs that it finds."""

    folder: Path
    checkout: Path

    def setup(self, stage: str) -> tuple[int, list[str]]:
        """Exit status, and the lines that somebody sees."""
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        env = {"PATH": path, "HERE": str(self.folder), "NOISE": NOISE}
        words = [str(self.checkout / "installer/setup.sh"), stage]
        done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, (done.stdout + done.stderr).splitlines()

    def lines(self, name: str) -> list[str]:
        file = self.folder / name
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path, tmp_path / "Müllers Station")
    (made.checkout / "installer").mkdir(parents=True)
    for name in ("installer/setup.sh", "installer/judges.sh", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, made.checkout / name)
    shutil.copytree(ROOT / "tests/judges", made.checkout / "tests/judges")
    (tmp_path / "bin").mkdir()
    for name, body in FAKES.items():
        program = tmp_path / "bin" / name
        program.write_text(f"#!/bin/sh\n{body}")
        program.chmod(0o755)
    (tmp_path / "installed").write_text("util-linux\n")
    return made


def test_each_step_is_a_line_and_what_the_tools_print_is_nobodys_business(machine: Machine) -> None:
    status, said = machine.setup("demo")
    assert status == 0, said
    steps = [re.sub(r"\x1b\[\d*m|:.*| \d+ s", "", line) for line in said]
    assert steps == [
        "==> Installing a compiler for pyscard, for the moment",
        "==> Installing system packages",
        "==> Making a virtual environment in .venv",
        "==> Installing the locked Python packages of requirements.lock",
        "==> Removing the compiler again",
        "==> Ready after",
    ]
    assert (machine.checkout / ".venv/.ready-for-demo").exists()


def test_the_compiler_and_what_it_brought_go_again_and_nothing_else(machine: Machine) -> None:
    machine.setup("demo")
    installed = machine.lines("installed")
    assert not {"gcc", "gcc-helper", "swig", "libpython3-dev"} & set(installed)
    assert {"util-linux", "pcscd", "pcscd-helper", "xvfb"} <= set(installed)


def test_a_compiler_that_was_there_before_stays(machine: Machine) -> None:
    (machine.folder / "installed").write_text("gcc\nswig\n")
    machine.setup("demo")
    assert {"gcc", "swig"} <= set(machine.lines("installed"))
    assert "libpython3-dev" not in machine.lines("installed")


def test_what_a_tool_printed_is_shown_where_it_fails_and_the_compiler_goes_all_the_same(machine: Machine) -> None:
    (machine.folder / "pip-fails").touch()
    status, said = machine.setup("demo")
    assert status == 1
    assert "ERROR: no such hash" in said
    assert said[-1].startswith("setup: this failed: .venv/bin/python -m pip")
    assert "gcc" not in machine.lines("installed")
    assert not (machine.checkout / ".venv/.ready-for-demo").exists()


def test_the_demo_brings_neither_database_nor_browser_and_the_tests_bring_only_the_rest(machine: Machine) -> None:
    machine.setup("demo")
    heavy = {"postgresql", "chromium", "gnome-keyring", "opensc"}
    assert not heavy & set(machine.lines("installed"))
    before = machine.lines("asked")
    status, said = machine.setup("test")
    assert status == 0, said
    asked = " ".join(machine.lines("asked")[len(before) :])
    assert "postgresql" in asked
    assert "xvfb" not in asked


def test_judges_in_javascript_come_with_the_tests_once(machine: Machine) -> None:
    assert machine.setup("demo")[0] == 0
    assert not (machine.checkout / ".venv/judges").exists()
    for times in (1, 0):
        status, said = machine.setup("test")
        assert status == 0, said
        assert len([line for line in said if "JavaScript" in line]) == times
        assert NOISE not in said
        assert (machine.checkout / ".venv/judges/node_modules").exists()


def test_where_their_registry_is_away_that_is_said_and_left_for_the_tests_to_say(machine: Machine) -> None:
    (machine.folder / "npm-fails").write_text("npm error code ENOTFOUND\n")
    status, said = machine.setup("test")
    assert status == 0, said
    assert any("npm's registry cannot be reached" in line for line in said)
    assert "could not be reached" in (machine.checkout / ".venv/judges/left-out").read_text()
    (machine.folder / "npm-fails").unlink()
    assert machine.setup("test")[0] == 0
    assert not (machine.checkout / ".venv/judges/left-out").exists()


def test_a_package_of_theirs_that_is_not_what_was_locked_ends_it(machine: Machine) -> None:
    (machine.folder / "npm-fails").write_text("npm error code EINTEGRITY\n")
    status, said = machine.setup("test")
    assert status == 1
    assert "npm error code EINTEGRITY" in said
    assert not (machine.checkout / ".venv/.ready-for-test").exists()


def test_packages_are_built_with_a_compiler_that_stays(machine: Machine) -> None:
    machine.setup("demo")
    machine.setup("package")
    assert {"gcc", "swig", "libpython3-dev"} <= set(machine.lines("installed"))


def test_where_all_is_there_nothing_is_asked(machine: Machine) -> None:
    (machine.folder / "installed").write_text("\n".join(_listed(machine)) + "\n")
    status, _ = machine.setup("demo")
    assert status == 0
    assert machine.lines("asked") == []


def _listed(machine: Machine) -> list[str]:
    """Every word of the script's lists of packages, comments aside."""
    text = (machine.checkout / "installer/setup.sh").read_text()
    lists = [part.split("\n)", 1)[0] for part in text.split("packages=(\n")[1:2]]
    lists.append(text.split("tools=(", 1)[1].split(")", 1)[0])
    return [word for part in lists for line in part.splitlines() for word in line.partition("#")[0].split()]
