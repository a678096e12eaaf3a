# A machine that has nothing yet: a fresh Debian or Ubuntu in a folder, made with debootstrap. To be sourced, by root.
# It reaches its packages as this machine does: sources, certificates and pip's settings are copied in when it is made.
#
#   new_machine trixie FOLDER          lay a fresh one in FOLDER; the plain system is kept in build/machines
#   enter_machine FOLDER COMMAND...    run COMMAND as root in there, with processes, mounts and a name of its own
# shellcheck shell=bash

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
own_release() { . /etc/os-release && echo "$VERSION_CODENAME"; }

# The package server of this machine, if it serves this kind of system; else debootstrap knows one.
_mirror() {
    [ "$1" = ubuntu ] || apt-get indextargets --format '$(REPO_URI)' "Created-By: Packages" "Codename: $(own_release)" | head -1
}

_kind() { case $1 in focal | jammy | noble | questing | resolute) echo ubuntu ;; *) echo debian ;; esac; }

# Where Ubuntu's keys lie: from the package of this machine, or of Debian 13, the first Debian that has it again.
_ubuntu_keys() {
    local keys=/usr/share/keyrings/ubuntu-archive-keyring.gpg kept=build/machines/ubuntu-archive-keyring.gpg machine
    if [ -e "$keys" ]; then echo "$keys"; return; fi
    if [ ! -e "$kept" ]; then
        machine=$(mktemp -d /var/tmp/kiosk-keys.XXXXXX)
        { new_machine trixie "$machine" && enter_machine "$machine" sh -c \
            'apt-get update -qq && apt-get install -y -qq ubuntu-keyring' && cp "$machine$keys" "$kept"; } >/dev/null 2>&1 || true
        rm -rf --one-file-system "$machine"
    fi
    realpath "$kept"
}

# The plain system of a release as an archive; made once.
_base() {
    local release=$1 base=$2 folder=$3 kind options=() mirror script
    kind=$(_kind "$release")
    mirror=$(_mirror "$kind")
    if [ "$kind" = ubuntu ]; then
        options=("--components=main,universe" "--keyring=$(_ubuntu_keys)")
    fi
    command -v debootstrap >/dev/null || apt-get install -y -qq debootstrap >/dev/null
    # An older debootstrap does not know the newest releases' names; they are made alike.
    script=/usr/share/debootstrap/scripts/$release
    [ -e "$script" ] || script=/usr/share/debootstrap/scripts/$([ "$kind" = ubuntu ] && echo jammy || echo sid)
    debootstrap --variant=minbase --include=ca-certificates "${options[@]}" "$release" "$folder" "$mirror" "$script" \
        >"$base.log" 2>&1 || { tail -3 "$base.log" >&2; return 1; }
    tar -C "$folder" -cf "$base" .
    rm -rf --one-file-system "$folder"
}

new_machine() {
    local release=$1 machine=$2 base=build/machines/$1.tar file
    mkdir -p build/machines "$machine"
    if [ ! -e "$base" ]; then
        say "Making a fresh $release"
        _base "$release" "$base" "$machine.base" || { rm -rf --one-file-system "$base" "$machine.base"; return 1; }
    fi
    tar -C "$machine" -xf "$base"
    cp -L /etc/resolv.conf "$machine/etc/resolv.conf"
    if [ "$(_kind "$release")" = debian ]; then
        rm -f "$machine/etc/apt/sources.list"
        for file in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources; do
            [ ! -e "$file" ] || sed "s/\b$(own_release)\b/$release/g" "$file" >"$machine$file"
        done
    fi
    for file in /etc/apt/apt.conf.d/*; do
        case $file in */docker-* | *autoremove* | */*packagekit | */*appstream) continue ;; esac
        [ ! -f "$file" ] || cp "$file" "$machine$file"
    done
    for file in /etc/ssl/certs/ca-certificates.crt /etc/pip.conf; do
        [ ! -e "$file" ] || cp -L "$file" "$machine$file"
    done
}

# shellcheck disable=SC2016 # expanded inside
enter_machine() {
    env -i TERM="${TERM:-dumb}" unshare --mount --pid --fork --ipc --uts --kill-child bash -euc '
        machine=$1
        shift
        mount --make-rprivate /
        mount --bind "$machine" "$machine"
        cd "$machine"
        mount -t proc proc proc
        mount --rbind /sys sys
        mount -t tmpfs -o mode=755 dev dev
        for name in null zero full random urandom tty; do touch dev/$name; mount --bind /dev/$name dev/$name; done
        mkdir dev/pts dev/shm
        mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
        ln -s pts/ptmx dev/ptmx; ln -s /proc/self/fd dev/fd
        ln -s fd/0 dev/stdin; ln -s fd/1 dev/stdout; ln -s fd/2 dev/stderr
        mount -t tmpfs -o mode=1777 tmp dev/shm
        mount -t tmpfs -o mode=755 run run
        hostname station
        grep -q station etc/hosts 2>/dev/null || echo "127.0.0.1 localhost station" >>etc/hosts
        mkdir .old; pivot_root . .old; umount -l /.old; rmdir /.old; cd /
        env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=$TERM "$@"
    ' enter "$@"
}
