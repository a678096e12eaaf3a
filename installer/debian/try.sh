#!/usr/bin/env bash
# Install, start, upgrade, remove and purge the packages of build/packages on a machine that has nothing: a fresh
# Debian in a folder of its own, made with debootstrap from this machine's package sources. Needs root. What it cannot
# try (systemd as the first process, a LightDM session, hardware) is said at the end. OLDER=FOLDER: packages of an
# earlier version, which are installed first and upgraded to those of build/packages.
set -euo pipefail
cd "$(dirname "$0")/../.."
. installer/machine.sh
fail() { printf 'package-test: %s\n' "$*" >&2; exit 1; }
[ "$(id -u)" -eq 0 ] || fail "run this as root: sudo make package-test"
ls build/packages/kiosk-*.deb >/dev/null 2>&1 || fail "there are no packages; run: make package"

work=$(mktemp -d /var/tmp/kiosk-package-test.XXXXXX)
trap 'rm -rf --one-file-system "$work"' EXIT
machine=$work/machine
new_machine "$(own_release)" "$machine"
mkdir "$machine/packages"
cp build/packages/*.deb installer/debian/try_inside.sh "$machine/packages/"
if [ -n "${OLDER:-}" ]; then mkdir "$machine/packages/older"; cp "$OLDER"/kiosk-*.deb "$machine/packages/older/"; fi
enter_machine "$machine" bash /packages/try_inside.sh
