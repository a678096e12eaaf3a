"""``python -m installer.debian.build`` makes three Debian packages in ``build/packages``; why so: docs/decisions/0017.

The Python packages are those of requirements.lock, checked against its hashes; nothing is resolved here. Built with the
virtual environment of the checkout, for this machine's Debian release and its /usr/bin/python3.
"""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import Distribution
from pathlib import Path

from packaging.utils import canonicalize_name

from installer.debian.parts import is_needed, lock_of, parts, qt_kept

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
OUT = ROOT / "build" / "packages"
LIB = "opt/kiosk/lib"
PYTHON = "/usr/bin/python3"
PACKAGES = ("common", "station", "service")


class CannotBuildError(Exception):
    """The packages cannot be made here; the message is a sentence that says what to do."""


def main() -> int:
    """Build all three. Exit status 1 with a sentence if that is not possible here."""
    try:
        release, python = _release(), _python()
        version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] + f"-1+{release}"
        os.environ.setdefault("SOURCE_DATE_EPOCH", _when())
        work = OUT / "work"
        shutil.rmtree(OUT, ignore_errors=True)
        work.mkdir(parents=True)
        where = parts()
        _fetch(work, sorted(where))
        _share_out(work, where)
        for part in PACKAGES:
            print(f"Built {_pack(work / part, part, version, python).relative_to(ROOT)}", flush=True)
        shutil.rmtree(work)
    except CannotBuildError as error:
        print(f"package: {error}", file=sys.stderr)
        return 1
    return 0


def _release() -> str:
    lines = Path("/etc/os-release").read_text().replace('"', "").splitlines()
    facts = dict(line.split("=", 1) for line in lines if "=" in line)
    if not shutil.which("dpkg-deb") or "VERSION_ID" not in facts:
        raise CannotBuildError("Debian packages are built on the Debian or Ubuntu release that they are for.")
    return {"debian": "deb"}.get(facts["ID"], facts["ID"]) + facts["VERSION_ID"]


def _python() -> int:
    """The minor version of Debian's Python, for which every compiled module is."""
    ask = [PYTHON, "-c", "import sys; print(sys.version_info[1])"]
    minor = int(_run(ask))
    if minor != sys.version_info[1] or minor < 11:
        raise CannotBuildError(
            f"The virtual environment has Python 3.{sys.version_info[1]} and {PYTHON} is 3.{minor}. "
            f"Remove .venv and run: PYTHON={PYTHON} make package"
        )
    return minor


def _when() -> str:
    """The last commit's time, so that the same sources give the same packages; the change log's without git."""
    try:
        return _run(["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]).strip()
    except CannotBuildError:
        return str(int((ROOT / "CHANGELOG.md").stat().st_mtime))


def _fetch(work: Path, names: list[str]) -> None:
    locked = work / "runtime.lock"
    locked.write_text(lock_of(names, (ROOT / "requirements.lock").read_text()))
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
        "--no-deps",
        "--no-compile",
    ]
    target = ["--target", str(work / "lib")]
    _run([*pip, *target, "--require-hashes", "-r", str(locked)])
    _run([*pip, *target, "--no-build-isolation", str(ROOT)])


def _share_out(work: Path, where: dict[str, str]) -> None:
    """Move each Python package's files to its Debian package, leaving out what is of no use there."""
    library = (work / "lib").resolve()
    qt = {str(path.relative_to(library)) for path in qt_kept(library / "PySide6")}
    for info in library.glob("*.dist-info"):
        whole = Distribution.at(info)
        part = where.get(canonicalize_name(whole.metadata["Name"]), "common")
        for file in whole.files or ():
            name = str(file)
            unused = name.startswith("PySide6/") and name not in qt
            if is_needed(name) and not unused and (library / name).exists():
                target = work / part / LIB / name
                target.parent.mkdir(parents=True, exist_ok=True)
                (library / name).rename(target)


def _pack(tree: Path, part: str, version: str, python: int) -> Path:
    name = f"kiosk-{part}"
    shutil.copytree(HERE / part / "root", tree, symlinks=True, dirs_exist_ok=True)
    documents = tree / "usr/share/doc" / name
    documents.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "copyright", documents / "copyright")
    with gzip.GzipFile(documents / "changelog.gz", "wb", mtime=0) as changes:
        changes.write((ROOT / "CHANGELOG.md").read_bytes())
    if part == "common":
        shutil.copy(ROOT / "docs" / "install.md", documents)
    _run(
        [
            PYTHON,
            "-m",
            "compileall",
            "-q",
            "--invalidation-mode",
            "unchecked-hash",
            "-s",
            str(tree),
            "-p",
            "/",
            str(tree),
        ]
    )
    for path in (path for path in tree.rglob("*") if not path.is_symlink()):
        runs = path.is_dir() or (path.read_bytes()[:2] == b"#!" and path.parent.name in ("bin", "sbin"))
        path.chmod(0o755 if runs else 0o644)
    architecture = _run(["dpkg", "--print-architecture"]).strip()
    facts = {"VERSION": version, "ARCHITECTURE": architecture, "PYTHON": f"3.{python}", "NEXT": f"3.{python + 1}"}
    facts["SIZE"] = str(sum(path.stat().st_size for path in tree.rglob("*") if path.is_file()) // 1024)
    _control(tree, part, facts)
    package = OUT / f"{name}_{version}_{architecture}.deb"
    _run(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(tree), str(package)])
    return package


def _control(tree: Path, part: str, facts: dict[str, str]) -> None:
    folder = tree / "DEBIAN"
    folder.mkdir(mode=0o755)
    text = (HERE / part / "control").read_text()
    for name, value in facts.items():
        text = text.replace(f"@{name}@", value)
    (folder / "control").write_text(text)
    for script in ("postinst", "prerm", "postrm"):
        if (HERE / part / script).exists():
            shutil.copy(HERE / part / script, folder / script)
            (folder / script).chmod(0o755)


def _run(words: list[str]) -> str:
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise CannotBuildError(f"{' '.join(words[:4])} … failed; see above.")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
