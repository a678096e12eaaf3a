#!/usr/bin/env bash
# What fresh.sh runs as root on the fresh machine: PERSON (root or user), then the make targets to type.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
person=$1
shift
mebibytes() { du -smx / --exclude=/fresh 2>/dev/null | cut -f1; }
quietly() { "$@" >/fresh/setup.log 2>&1 || { tail -20 /fresh/setup.log >&2; exit 1; }; }

# What the README asks of a machine: make, git, and the right to install packages.
quietly apt-get update -qq
needed=(git make)
[ "$person" = root ] || needed+=(sudo)
quietly apt-get install -y -qq --no-install-recommends "${needed[@]}"
apt-get clean
if [ "$person" = root ]; then
    home=/root folder=/root/kiosk as=() # others cannot read /root
    chmod 0700 /root
else
    home=/home/anna folder="/home/anna/Müllers Station" as=(setpriv --reuid=anna --regid=anna --init-groups)
    quietly useradd --create-home --shell /bin/bash anna
    echo 'anna ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/anna
fi
mv /fresh/clone "$folder"
[ "$person" = root ] || chown -R anna: "$folder"
cd "$folder"

# No LANG, a zone that is a day ahead, and a user's PATH: without sbin.
status=0
for command in "$@"; do
    before=$(mebibytes) began=$(date +%s) code=0
    "${as[@]}" env -i HOME="$home" PATH=/usr/local/bin:/usr/bin:/bin TERM=dumb TZ=LINT-14 PYTEST_ADDOPTS=--durations=25 \
        make "$command" </dev/null >"/fresh/$command.log" 2>&1 || code=$?
    took=$(($(date +%s) - began))
    ready=$(grep -o 'Ready after [0-9]* s' "/fresh/$command.log" | head -1 | tr -dc 0-9)
    printf 'make %s ended with %s after %s s (%s s of it set-up), %s MiB more on the disk; Python %s\n' "$command" "$code" \
        "$took" "${ready:-?}" "$(($(mebibytes) - before))" "$(.venv/bin/python -c 'import platform; print(platform.python_version())')" \
        | tee -a /fresh/result
    grep -E '^(=+ )?[0-9]+ (passed|failed).* in |^(FAILED|ERROR) ' "/fresh/$command.log" | sed 's/^/  /' >>/fresh/result || true
    [ "$code" = 0 ] || { status=1; tail -25 "/fresh/$command.log"; }
done
exit $status
