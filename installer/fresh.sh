#!/usr/bin/env bash
# The README's two commands on machines that have nothing: for each release a fresh system in a folder, in which root
# and then an ordinary user clone this checkout's last commit and type `make demo` and `make test`. Needs root, and time.
# What each said lies in build/fresh; the last lines are the summary. Which: RELEASES, WHO and COMMANDS below.
set -euo pipefail
cd "$(dirname "$0")/.."
. installer/machine.sh
[ "$(id -u)" -eq 0 ] || { echo "fresh: run this as root: sudo make fresh" >&2; exit 1; }

read -ra releases <<<"${RELEASES:-bookworm trixie noble}"
read -ra people <<<"${WHO:-root user}"
read -ra commands <<<"${COMMANDS:-demo test}"
out=build/fresh
summary=$out/summary.txt
mkdir -p "$out"
work=$(mktemp -d /var/tmp/kiosk-fresh.XXXXXX)
trap 'rm -rf --one-file-system "$work"' EXIT
printf '%s  commit %s\n' "$(date -u +%Y-%m-%dT%H:%MZ)" "$(git rev-parse --short HEAD)" >"$summary"
failed=0

for release in "${releases[@]}"; do
    for who in "${people[@]}"; do
        machine=$work/$release-$who
        if ! new_machine "$release" "$machine"; then
            echo "$release: its packages cannot be reached from here; not tried" | tee -a "$summary"
            break
        fi
        mkdir "$machine/fresh"
        cp installer/fresh_inside.sh "$machine/fresh/"
        git clone -q --no-local . "$machine/fresh/clone"
        say "$release, $who: ${commands[*]}"
        enter_machine "$machine" bash /fresh/fresh_inside.sh "$who" "${commands[@]}" || failed=1
        for log in "$machine"/fresh/*.log; do
            [ ! -e "$log" ] || cp "$log" "$out/$release-$who-${log##*/}"
        done
        sed "s/^/$release $who: /" "$machine/fresh/result" | tee -a "$summary" || failed=1
        rm -rf --one-file-system "$machine"
    done
done
say "Summary, in $summary"
cat "$summary"
exit $failed
