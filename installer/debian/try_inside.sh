#!/usr/bin/env bash
# What try.sh runs on the fresh machine. Every step says what it tries; the first that fails ends it.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
cd /packages
step() { printf '\033[1m==>\033[0m %s\n' "$*"; }
fail() { printf 'package-test: FAILED: %s\n' "$*" >&2; exit 1; }
trap 'printf "package-test: FAILED at line %s: %s\n" "$LINENO" "$BASH_COMMAND" >&2' ERR
quietly() { "$@" >/tmp/log 2>&1 || { cat /tmp/log >&2; fail "$*"; }; }
install() { quietly apt-get install -y -qq --no-install-recommends "$@"; }
service_user=(setpriv --reuid=kiosk-service --regid=kiosk-service --init-groups)
station_user=(setpriv --reuid=kiosk --regid=kiosk --init-groups env DISPLAY=:7 CREDENTIALS_DIRECTORY=/run/kiosk-station)
wait_for() { # a line in a file, at most 30 s
    for _ in $(seq 300); do if grep -q "$1" "$2" 2>/dev/null; then return; fi; sleep 0.1; done
    cat "$2" >&2; fail "no “$1” in $2"
}
linked() { # every library that ours need is there: what the packages depend on is complete
    local lost
    lost=$(find /opt/kiosk/lib -name '*.so*' -exec ldd {} + 2>/dev/null | grep 'not found' | sort -u || true)
    [ -z "$lost" ] || fail "libraries are missing: $lost"
}
unit() { sed -n "s/^ExecStart=//p" "/lib/systemd/system/$1"; }
first=.; [ ! -d older ] || { first=./older; echo "Upgrading from the packages of $first"; }
data=/var/lib/kiosk-service
home=/var/lib/kiosk-station

step "The service alone"
quietly apt-get update -qq
install "$first"/kiosk-common_*.deb "$first"/kiosk-service_*.deb
linked
[ ! -e /opt/kiosk/lib/PySide6 ] || fail "the service carries Qt"
kiosk --help >/dev/null
[ "$(stat -c '%U %a' $data)" = "kiosk-service 700" ] || fail "$data is not the service's own"
"${service_user[@]}" kiosk service init --data $data --origin https://auth.hospital.example --listen 127.0.0.1:8443
serve() { # as the unit does, without systemd
    # shellcheck disable=SC2046
    "${service_user[@]}" $(unit kiosk-service.service) >/tmp/service.log 2>&1 &
    service=$!
    wait_for '^ready' /tmp/service.log
}
serve
"${service_user[@]}" kiosk admin --data $data person add anna --name "Anna Okonkwo" --role nurse
"${service_user[@]}" kiosk admin --data $data badge add anna --uid 04A1B2C3D4E5F6
"${service_user[@]}" kiosk admin --data $data workstation add ward-3 --place "Ward 3 North" | tee /tmp/code
"${service_user[@]}" kiosk doctor --data $data || true
if kiosk agent run --home /tmp/x >/tmp/log 2>&1; then fail "a service's machine ran an agent"; fi
grep -q '^kiosk: ' /tmp/log || { cat /tmp/log; fail "no sentence about the missing station"; }

step "The station beside it"
install "$first"/kiosk-station_*.deb
linked
install xvfb xauth procps >/dev/null
[ "$(stat -c '%U %a' $home)" = "kiosk 700" ] || fail "$home is not the station's own"
code=$(grep -oE '[A-Za-z0-9_-]{20,}' /tmp/code | head -1)
echo "$code" | kiosk-station-enroll https://127.0.0.1:8443
[ "$(stat -c '%U %a' /run/kiosk-station/kiosk-workstation-key)" = "kiosk 400" ] || fail "the unsealed key is not private"
grep -q 'PRIVATE KEY' /etc/credstore.encrypted/kiosk-workstation-key && fail "the key was not sealed"
grep -q '^stage = "nested"$' $home/agent.toml || fail "the station is not nested"
grep -q '^workspace_users = true$' $home/agent.toml || fail "workspaces have no users of their own"
[ "$(stat -c '%U %a' $home/agent.toml)" = "kiosk 600" ] || fail "the settings are not the station's own"
first=$(sed -n 's/^kiosk:\([0-9]*\):64$/\1/p' /etc/subuid)
[ -n "$first" ] && grep -q "^kiosk:$first:64$" /etc/subgid || fail "no users are set aside for workspaces"
if pcscd --help | grep -q disable-polkit; then # it asks polkit: ours allows the station, and nobody else
    mkdir -p /run/dbus
    dbus-daemon --system --fork
    setpriv --reuid=polkitd --regid=polkitd --init-groups /usr/lib/polkit-1/polkitd --no-debug >/tmp/polkitd.log 2>&1 &
    for _ in $(seq 100); do pkcheck --action-id org.debian.pcsc-lite.access_pcsc --process $$ >/dev/null 2>&1 && break; sleep 0.1; done
fi
pcscd --foreground >/tmp/pcscd.log 2>&1 &
for _ in $(seq 100); do [ -S /run/pcscd/pcscd.comm ] && break; sleep 0.1; done
cards_of() { setpriv --reuid="$1" --regid="$1" --init-groups kiosk doctor | grep 'card service' || true; }
cards_of kiosk | tee /tmp/cards
grep -q '^ok' /tmp/cards || fail "the station may not use the card service"
if pcscd --help | grep -q disable-polkit; then
    useradd --no-create-home passer-by
    cards_of passer-by | tee /tmp/cards
    grep -q 'refuses the user “passer-by”' /tmp/cards || fail "polkit refuses nobody"
fi
mkdir -p -m 1777 /tmp/.X11-unix
"${station_user[@]}" Xvfb :7 -screen 0 1280x800x24 -nolisten tcp >/tmp/x.log 2>&1 &
display=$!
for _ in $(seq 100); do [ -S /tmp/.X11-unix/X7 ] && break; sleep 0.1; done
session() { # as LightDM does, without LightDM
    : >/tmp/session.log
    "${station_user[@]}" "$(sed -n 's/^Exec=//p' /usr/share/xsessions/kiosk.desktop)" >>/tmp/session.log 2>&1 &
    session=$!
    wait_for '^ready' /tmp/session.log
}
gone() { # the session ends, and all of the station with it
    kill "$session"; wait "$session" || fail "the session did not end cleanly"
    for _ in $(seq 100); do pgrep -u kiosk -f 'kiosk agent run|kiosk\.stage|Xephyr|bwrap' >/dev/null || return 0; sleep 0.1; done
    pgrep -a -u kiosk >&2; fail "the station outlived its session"
}
session
for _ in $(seq 100); do
    "${station_user[@]}" kiosk status --home $home --json >/tmp/status
    if grep -q '"service": *"online"' /tmp/status; then break; fi
    sleep 0.1
done
cat /tmp/status
grep -q '"service": *"online"' /tmp/status || fail "the station does not reach its service"
"${station_user[@]}" kiosk doctor --home $home || true
for _ in $(seq 100); do pgrep -u kiosk Xephyr >/dev/null && break; sleep 0.1; done
pgrep -u kiosk Xephyr >/dev/null || { cat /tmp/session.log; fail "the stage keeps no workspace ready"; }
pgrep -a -u kiosk -f kiosk.stage.main | grep -q 'users=1' || fail "the stage gives workspaces no users of their own"
# What the stage does for each workspace, by its first user.
inside=$("${station_user[@]}" unshare --user --map-root-user --map-users="$first,1000,1" --map-groups="$first,1000,1" -- \
    bwrap --unshare-pid --ro-bind / / --proc /proc --dev /dev -- \
    setpriv --reuid=1000 --regid=1000 --clear-groups --bounding-set=-all --no-new-privs -- \
    sh -c 'id -u; cat /proc/self/uid_map; ls /var/lib/kiosk-station 2>&1 || true')
echo "$inside"
echo "$inside" | grep -q "^ *1000 *$first *1$" || fail "a workspace cannot have a user of its own here"
echo "$inside" | grep -q "Permission denied" || fail "a workspace's user reads the station's folder"
agent=$(pgrep -u kiosk -f 'kiosk (agent|stage) run' | head -1)
kill -9 "$agent"
: >/tmp/session.log
wait_for '^ready' /tmp/session.log
gone
kill "$service"; wait "$service" || fail "the service did not stop cleanly"

step "Upgrade"
mkdir next
for package in kiosk-*.deb; do
    dpkg-deb -R "$package" next/tree
    sed -i 's/\([0-9]\.[0-9]\.[0-9]\)-1+/\1-2+/g' next/tree/DEBIAN/control
    quietly dpkg-deb --root-owner-group -Znone --build next/tree "next/$package"
    rm -r next/tree
done
install ./next/*.deb
dpkg-query -W -f='${Package} ${Version} ${db:Status-Abbrev}\n' 'kiosk-*'
serve
"${service_user[@]}" kiosk audit verify --data $data
session
status=0
"${station_user[@]}" kiosk stage run --home $home >/tmp/second.log 2>&1 || status=$?
[ $status = 78 ] && grep -q "Another stage has the display" /tmp/second.log || { cat /tmp/second.log; fail "a second stage ended with $status"; }
for _ in $(seq 100); do
    "${station_user[@]}" kiosk status --home $home --json >/tmp/status
    if grep -q '"service": *"online"' /tmp/status; then break; fi
    sleep 0.1
done
grep -q '"service": *"online"' /tmp/status || fail "the upgraded station does not reach its service"
"${station_user[@]}" kiosk doctor --home $home >/tmp/doctor || true # there is no reader
grep '^ok   workspaces' /tmp/doctor || fail "doctor does not find the users set aside"
gone
kill "$service"; wait "$service" || fail "the service did not stop cleanly after the upgrade"
kill "$display"; wait "$display" || true

step "Installing again changes nothing"
before=$(id kiosk; id kiosk-service; stat -c '%U %a' $home $data)
quietly apt-get install -y -qq --reinstall ./next/*.deb
[ "$before" = "$(id kiosk; id kiosk-service; stat -c '%U %a' $home $data)" ] || fail "users or folders changed"

step "Remove: settings, keys and records stay"
quietly apt-get remove -y -qq kiosk-station kiosk-service kiosk-common
[ -e $home/agent.toml ] && [ -e $data/service.toml ] || fail "remove took data away"
for path in /opt/kiosk /usr/bin/kiosk /usr/share/xsessions/kiosk.desktop /usr/share/lightdm/lightdm.conf.d/90-kiosk-station.conf; do
    [ ! -e $path ] || fail "$path is still there"
done

step "Purge: the station's folder and user go; the service's records are kept until somebody removes them"
quietly apt-get purge -y -qq kiosk-station kiosk-service kiosk-common
id kiosk >/dev/null 2>&1 && fail "the user kiosk is still there"
grep -q '^kiosk:' /etc/subuid /etc/subgid && fail "numbers are still set aside for the user kiosk"
[ ! -e $home ] && [ ! -e /etc/credstore.encrypted/kiosk-workstation-key ] || fail "the station's key is still there"
[ -e $data/kiosk.db ] || fail "purge removed the audit trail"
rm -rf $data
install ./kiosk-common_*.deb ./kiosk-service_*.deb
quietly apt-get purge -y -qq kiosk-service kiosk-common
id kiosk-service >/dev/null 2>&1 && fail "the user kiosk-service is still there"
left=$(find / -xdev \( -path /packages -o -path /tmp -o -path /proc \) -prune -o -iname '*kiosk*' -print | grep -v '^/var/\(log\|cache\)/' || true)
[ -z "$left" ] || fail "purge left: $left"

step "All of it worked. Not tried here: systemd as the first process (the units' sandboxes, LoadCredentialEncrypted),"
step "a LightDM session and its PAM stack, a real X server, udev, readers and keys, PostgreSQL."
