#!/bin/sh
# system_package.sh PACKAGE WHAT: installs a package of the operating system, or says how.
set -eu
package=$1
what=$2

if [ "$(id -u)" = 0 ]; then
    as_root=
elif sudo -n true 2>/dev/null; then
    as_root=sudo
else
    as_root=none
fi

if [ "$as_root" = none ] || ! command -v apt-get >/dev/null; then
    echo "$what is missing. Install it once, then call make again. On Debian and Ubuntu:" >&2
    echo "    sudo apt-get update && sudo apt-get install -y $package" >&2
    exit 1
fi
echo "Installing $package ($what)…"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { $as_root apt-get update && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y "$package"; } >"$log" 2>&1; then
    cat "$log" >&2
    echo "$package could not be installed; see above." >&2
    exit 1
fi
