#!/usr/bin/env bash
# Everything a checkout needs on Debian 12+ or Ubuntu 24.04+: system packages, a virtual environment, the locked
# Python packages. Says what it does; does nothing twice. Used by the Makefile, safe to run by hand.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

packages=(
    python3 python3-venv python3-dev gcc pkg-config # the interpreter, and what pyscard is compiled with
    swig libpcsclite-dev libpcsclite1 pcscd          # the card service
    vsmartcard-vpcd opensc pcsc-tools                 # virtual reader; independent clients for the tests
    xvfb xauth xdotool xterm imagemagick               # a screen where there is none, and hands for it
    x11-utils x11-xserver-utils
    xserver-xephyr bubblewrap openbox uidmap          # workspaces of the stage: nested displays, sandboxes, windows
    libegl1 libgl1 libxkbcommon0 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1
    libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 libxcb-xkb1 libdbus-1-3 libfontconfig1
    dbus gnome-keyring                                # a Secret Service for the key store's tests
    postgresql postgresql-common                      # a private cluster for the store's tests
    chromium                                          # a real browser for the web doorbell's test
    iproute2 util-linux procps
)

if ! command -v apt-get >/dev/null; then
    fail "this script knows Debian and Ubuntu; on another system install the packages listed in it, then run it with SKIP_APT=1"
fi

have() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }
# Ubuntu ships Chromium only as a snap; its tests then say that there is no browser.
if grep -qi '^ID=ubuntu' /etc/os-release; then packages=("${packages[@]/chromium/}"); fi

if [ -z "${SKIP_APT:-}" ]; then
    missing=()
    for package in "${packages[@]}"; do
        [ -z "$package" ] || have "$package" || missing+=("$package")
    done
    if [ ${#missing[@]} -gt 0 ]; then
        as_root=()
        if [ "$(id -u)" -ne 0 ]; then
            command -v sudo >/dev/null || fail "these packages are missing and there is no sudo: ${missing[*]}"
            as_root=(sudo)
        fi
        say "Installing system packages: ${missing[*]}"
        # The tests start their own PostgreSQL; the package need not start one for the whole machine.
        if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
            "${as_root[@]}" mkdir -p /etc/postgresql-common
            echo 'create_main_cluster = false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
        fi
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            "${missing[@]}" >/dev/null
    fi
fi

python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
    || fail "Python 3.11 or newer is needed; $("$python" --version) is too old. Name another with PYTHON=…"
if [ ! -x .venv/bin/python ]; then
    say "Making a virtual environment in .venv"
    "$python" -m venv .venv
fi
say "Installing the locked Python packages"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
# A packaged installation is compiled; uncompiled, every start of the agent takes a quarter of a second longer.
.venv/bin/python -m compileall -q kiosk
touch .venv/.installed
say "Ready: .venv/bin/kiosk"
