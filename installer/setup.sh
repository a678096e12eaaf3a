#!/usr/bin/env bash
# What a checkout needs on Debian 12+ or Ubuntu 24.04+: system packages, a virtual environment, the locked Python
# packages. `setup.sh demo` installs what the program and its demo need, `setup.sh test` also what the tests and the
# checks need, `setup.sh package` the compiler with which packages are built, `setup.sh transcript` also a screen reader, `setup.sh mutants` what tries the tests. Says each step in a line; what the tools
# print is shown only if they fail. Does nothing twice, and leaves no downloads behind. Used by the Makefile, safe to run
# by hand. PYTHON and VENV name another Python and folder.
set -euo pipefail
cd "$(dirname "$0")/.."
stage=${1:-test}
venv=${VENV:-.venv}

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }
log=$(mktemp)
brought=() # system packages that are here for the moment only
tidy() {
    [ -z "${rest:-}" ] || wait "$rest" || true # never two of apt-get at once
    [ ${#brought[@]} -eq 0 ] || { local these=("${brought[@]}"); brought=(); apt_get purge -y "${these[@]}"; }
    rm -f "$log"
}
trap tidy EXIT
quietly() { "$@" >"$log" 2>&1 </dev/null || { tail -40 "$log" >&2; fail "this failed: $*"; }; }

packages=(
    python3 python3-venv                                   # the interpreter
    libpcsclite1 pcscd vsmartcard-vpcd                      # the card service and its virtual readers
    xvfb xauth xdotool imagemagick x11-xserver-utils          # a screen where there is none, hands and eyes for it
    xserver-xephyr bubblewrap openbox dbus x11-xkb-utils      # workspaces of the stage: nested displays, sandboxes, windows
    libegl1 libgl1 libxkbcommon0 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1
    libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 libxcb-xkb1 libdbus-1-3 libfontconfig1
    fonts-dejavu-core                                       # title bars, 3 MB
    fonts-noto-core fonts-wqy-microhei                      # names in everybody's letters, at 47 MB in all
    iproute2 util-linux procps
)
# What pyscard is compiled with. Where they were not there before, they go again when that is done.
tools=(gcc libc6-dev libpython3-dev pkg-config swig libpcsclite-dev)
[ "$stage" != package ] || packages+=("${tools[@]}")
lock=requirements.lock
if [ "$stage" = test ]; then
    lock=requirements-dev.lock
    packages+=(
        git                              # what the repository itself says
        opensc pcsc-tools                # independent clients of the card service
        xterm x11-utils                  # programs to look at
        uidmap                           # workspaces with Unix users of their own
        passt nftables                   # workspaces with a way out of their own network, at 2 MB
        gnome-keyring                    # a Secret Service for the key store
        at-spi2-core                     # the bus of screen readers
        pulseaudio pulseaudio-utils      # sound of workspaces, at 11 MB with what they need
        cups-daemon cups-client          # a private print server, at 5 MB with what they need
        curl                             # what an integrator types in docs/api/first-token.md
        dunst libnotify-bin              # notices of programs in a workspace
        postgresql postgresql-common     # a private cluster for the store
        haproxy nginx-light libnginx-mod-stream  # before two replicas, at 7 MB with what they need
        sudo                             # who administers, as the real one says
        slapd ldap-utils                 # a private directory, and what asks it
        chromium                         # a real browser for the web doorbell and the page on phones
        zbar-tools                       # reads QR codes from the screen, as a phone does
        apache2-bin libapache2-mod-auth-openidc  # before an application that knows nothing, at 7 MB
        krb5-user krb5-pkinit            # clients of Kerberos
        libapache2-mod-auth-gssapi       # what takes their tickets, at 1 MB with the next line
        libkdb5-10 libkadm5srv-mit12 libkadm5clnt-mit12 libgssrpc4  # what the KDC below needs
        eapoltest                        # a wireless client, at 3 MB
        openssh-client                   # of a jump host
        freeradius-common libfreeradius3 libwrap0  # what the servers below need, at 3 MB with the next lines
    )
    # A remote desktop and its client, at 7 MB with what they need.
    if grep -q '^VERSION_CODENAME=bookworm' /etc/os-release; then
        packages+=(freerdp2-x11 freerdp2-shadow-x11 libpcre3)
    else
        packages+=(freerdp3-x11 freerdp3-shadow-x11 libpcre2-8-0)
    fi
fi
# Servers that the tests start by themselves, at 5 MB. Unpacked, not installed: so no service of the machine's, no user
# and no host key comes with them, and the quarter of a minute goes that making certificates and keys would take.
servers=()
[ "$stage" != test ] || servers=(freeradius freeradius-utils openssh-server krb5-kdc krb5-admin-server libverto1 libverto-libev1 libev4)
# What changes the code to try the tests (`make mutants`) comes to what the tests need.
[ "$stage" != mutants ] || lock=requirements-mutants.lock
# What a screen reader speaks (`make transcript`) is written down by the real one.
[ "$stage" != transcript ] || { lock=requirements-dev.lock; packages+=(at-spi2-core orca); }

if [ -z "${SKIP_APT:-}" ] && ! command -v apt-get >/dev/null; then
    fail "this script knows Debian and Ubuntu; on another system install the packages listed in it, then run it with SKIP_APT=1"
fi
# Ubuntu ships Chromium only as a snap; its tests then say that there is no browser.
if grep -qi '^ID=ubuntu' /etc/os-release; then packages=("${packages[@]/#chromium/}"); fi

have() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

missing() { # those of the packages that are not installed
    local package
    for package in "$@"; do [ -z "$package" ] || have "$package" || echo "$package"; done
}

apt_get() { # as root, with what it prints shown only if it fails
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "system packages are missing and there is no sudo: $*"
        sudo -v || fail "system packages are missing, and you may not install them: $*"
        as_root=(sudo)
    fi
    quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o APT::Keep-Downloaded-Packages=false \
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= "${list[@]}" "$@"
}
# A machine that has no list of packages yet gets it compressed, at a tenth of the size.
list=()
compgen -G '/var/lib/apt/lists/*_Packages' >/dev/null || list=(-o Acquire::GzipIndexes=true -o Acquire::Languages=none)
updated=
install_packages() {
    [ -n "$updated" ] || apt_get update
    updated=yes
    apt_get install -y --no-install-recommends "$@"
}
unpack_servers() {
    local folder each
    folder=$(mktemp -d)
    mkdir -p "$venv/servers"
    (cd "$folder" && quietly apt-get -qq "${list[@]}" download "${servers[@]}")
    for each in "$folder"/*.deb; do [ ! -e "$each" ] || quietly dpkg -x "$each" "$venv/servers"; done
    rm -rf "$folder"
}
installed() { dpkg-query -W -f='${db:Status-Abbrev} ${binary:Package}\n' | sed -n 's/^ii *//p' | sort; }

python_there() { "${PYTHON:-python3}" -c 'import ensurepip, venv' 2>/dev/null; }
locked=$(sed -n 's/^pyscard==\([^ ]*\).*/\1/p' "$lock")
pyscard_there() {
    [ "$("$venv/bin/python" -c 'from importlib.metadata import version; print(version("pyscard"))' 2>/dev/null)" = "$locked" ]
}
would_install() { # the packages that come with these
    apt-get -s -qq -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= install --no-install-recommends "$@" 2>/dev/null | sed -n 's/^Inst \([^ ]*\) .*/\1/p' | sort -u
}

# The system's packages come while pip fetches Python's: first what pip needs, then the rest beside it.
rest=
if [ -z "${SKIP_APT:-}" ]; then
    mapfile -t wanted < <(missing "${packages[@]}")
    if ! python_there && [ ${#wanted[@]} -gt 0 ]; then
        say "Installing Python"
        install_packages python3 python3-venv
    fi
    mapfile -t tools < <(pyscard_there || missing "${tools[@]}")
    if [ ${#tools[@]} -gt 0 ]; then
        say "Installing a compiler for pyscard, for the moment: ${tools[*]}"
        [ -n "$updated" ] || { apt_get update; updated=yes; }
        staying=$(would_install "${wanted[@]}")
        before=$(installed)
        install_packages "${tools[@]}"
        mapfile -t brought < <(comm -13 <(echo "$before") <(installed) | sed 's/:.*//' | sort -u | comm -23 - <(echo "$staying"))
    fi
    mapfile -t wanted < <(missing "${packages[@]}")
    [ ! -e "$venv/servers/usr/sbin/krb5kdc" ] || servers=()
    if [ ${#wanted[@]} -gt 0 ] || [ ${#servers[@]} -gt 0 ]; then
        say "Installing system packages: ${wanted[*]} ${servers[*]}"
        # The tests start their own PostgreSQL; the package need not start one for the whole machine.
        if [ "$stage" = test ] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
            as_root=(); [ "$(id -u)" -eq 0 ] || as_root=(sudo)
            "${as_root[@]}" mkdir -p /etc/postgresql-common
            echo 'create_main_cluster = false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
        fi
        [ -n "$updated" ] || { apt_get update; updated=yes; }
        (
            trap - EXIT; log=$log.system; trap 'rm -f "$log"' EXIT
            [ ${#wanted[@]} -eq 0 ] || install_packages "${wanted[@]}"
            [ ${#servers[@]} -eq 0 ] || unpack_servers
        ) &
        rest=$!
    fi
fi

python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
    || fail "Python 3.11 or newer is needed; $("$python" --version) is too old. Name another with PYTHON=…"
if ! "$venv/bin/python" -c '' 2>/dev/null; then
    say "Making a virtual environment in $venv"
    quietly "$python" -m venv "$venv"
fi
pip=("$venv/bin/python" -m pip --disable-pip-version-check --no-cache-dir)
say "Installing the locked Python packages of $lock"
# The lock names every package: nothing is left to resolve, and old versions of pip fail at extras that are not written.
quietly "${pip[@]}" install --no-deps --require-hashes -r "$lock"
quietly "${pip[@]}" install --no-deps --no-build-isolation -e .
# A packaged installation is compiled; uncompiled, every start of the agent takes a quarter of a second longer.
quietly "$venv/bin/python" -m compileall -q kiosk
# Judges of the OpenID Provider that are not ours and not in Python; it says itself what it does.
[ "$stage" != test ] || installer/judges.sh "$venv" || fail "the judges in JavaScript could not be installed"
[ -z "$rest" ] || wait "$rest" || fail "the system packages could not be installed; what apt-get said stands above"
rest=
[ ${#brought[@]} -eq 0 ] || say "Removing the compiler again"
tidy
# Tests wait for a disk that answers: what was just installed is written first, or it holds their services up for a minute.
[ "$stage" != test ] || sync -f "$venv"
touch "$venv/.ready-for-$stage"
say "Ready after $SECONDS s: $venv/bin/kiosk"
