#!/usr/bin/env bash
# Install, start, upgrade, remove and purge the packages of build/packages on a machine that has nothing: a fresh
# Debian in a folder of its own, made with debootstrap from this machine's package sources. Needs root. What it cannot
# try (systemd as the first process, a LightDM session, hardware) is said at the end. OLDER=FOLDER: packages of an
# earlier version, which are installed first and upgraded to those of build/packages.
set -euo pipefail
cd "$(dirname "$0")/../.."
say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
fail() { printf 'package-test: %s\n' "$*" >&2; exit 1; }
[ "$(id -u)" -eq 0 ] || fail "run this as root: sudo make package-test"
ls build/packages/kiosk-*.deb >/dev/null 2>&1 || fail "there are no packages; run: make package"
command -v debootstrap >/dev/null || { say "Installing debootstrap"; apt-get install -y -qq debootstrap >/dev/null; }

release=$(. /etc/os-release && echo "$VERSION_CODENAME")
work=$(mktemp -d /var/tmp/kiosk-package-test.XXXXXX)
trap 'rm -rf --one-file-system "$work"' EXIT
base=build/package-test-$release.tar
if [ ! -e "$base" ]; then
    say "Making a fresh $release"
    mirror=$(apt-get indextargets --format '$(REPO_URI)' "Created-By: Packages" "Codename: $release" | head -1)
    debootstrap --variant=minbase --include=ca-certificates "$release" "$work/base" ${mirror:+"$mirror"} >/dev/null
    tar -C "$work/base" -cf "$base" .
    rm -rf --one-file-system "$work/base"
fi
machine=$work/machine
mkdir "$machine"
tar -C "$machine" -xf "$base"
# It reaches its packages as this machine does.
cp -L /etc/resolv.conf "$machine/etc/resolv.conf"
rm -f "$machine/etc/apt/sources.list"
for file in /etc/apt/sources.list /etc/apt/sources.list.d/{debian,ubuntu}.sources /etc/apt/apt.conf.d/*; do
    case $file in */docker-* | *autoremove*) continue ;; esac
    if [ -e "$file" ]; then cp "$file" "$machine$file"; fi
done
cp /etc/ssl/certs/ca-certificates.crt "$machine/etc/ssl/certs/ca-certificates.crt"
mkdir "$machine/packages"
cp build/packages/*.deb installer/debian/try_inside.sh "$machine/packages/"
if [ -n "${OLDER:-}" ]; then mkdir "$machine/packages/older"; cp "$OLDER"/kiosk-*.deb "$machine/packages/older/"; fi
# shellcheck disable=SC2016 # expanded inside
env -i TERM="${TERM:-dumb}" unshare --mount --pid --fork --ipc --uts --kill-child bash -euc '
    machine=$1
    mount --make-rprivate /
    mount --bind "$machine" "$machine"
    cd "$machine"
    mount -t proc proc proc
    mount -t tmpfs -o mode=755 dev dev
    for name in null zero full random urandom tty; do touch dev/$name; mount --bind /dev/$name dev/$name; done
    mkdir dev/pts dev/shm
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
    ln -s pts/ptmx dev/ptmx; ln -s /proc/self/fd dev/fd
    ln -s fd/0 dev/stdin; ln -s fd/1 dev/stdout; ln -s fd/2 dev/stderr
    for folder in dev/shm tmp; do mount -t tmpfs -o mode=1777 tmp $folder; done
    mount -t tmpfs -o mode=755 run run
    hostname station
    mkdir .old; pivot_root . .old; umount -l /.old; rmdir /.old; cd /
    exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=$TERM bash /packages/try_inside.sh
' try "$machine"
