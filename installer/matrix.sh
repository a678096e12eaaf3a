#!/usr/bin/env bash
# The rooms' tests on every Python from 3.11 to 3.14 that this machine has, each in a virtual environment of its own in
# build/matrix. Says which there were. PYTHONS="3.12 3.13" for some of them.
set -euo pipefail
cd "$(dirname "$0")/.."
read -ra versions <<<"${PYTHONS:-3.11 3.12 3.13 3.14}"

find_python() { # one that works, on the PATH or where pyenv and uv keep theirs
    local found
    for found in "$(command -v "python$1")" ~/.pyenv/versions/"$1".*/bin/python3 ~/.local/share/uv/python/cpython-"$1".*/bin/python3; do
        [ -x "$found" ] || continue
        # A shim of pyenv's is there for versions that it does not have, too.
        if [ "$("$found" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$1" ]; then echo "$found"; return; fi
    done
    return 1
}

summary=() failed=0
for version in "${versions[@]}"; do
    if ! python=$(find_python "$version"); then
        summary+=("Python $version: there is none on this machine")
        continue
    fi
    whole=$("$python" -c 'import platform; print(platform.python_version())')
    venv=build/matrix/$version
    PYTHON=$python VENV=$venv installer/setup.sh test
    if "$venv/bin/python" -m pytest -q -n 2 --dist loadfile --ignore=tests/stories; then
        summary+=("Python $whole: the rooms' tests passed")
    else
        summary+=("Python $whole: the rooms' tests FAILED")
        failed=1
    fi
done
printf '%s\n' "${summary[@]}"
exit $failed
