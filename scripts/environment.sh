#!/bin/sh
# environment.sh runtime|dev: brings .venv to what requirements/<that>.txt says.
set -eu
cd "$(dirname "$0")/.."
uv=.tools/uv/bin/uv
wanted=$1
if [ -e .venv/.dev ]; then
    wanted=dev  # holds all of runtime, at the same versions
fi

if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
    if ! "$uv" venv --quiet --clear --python 3.11 .venv; then
        cat >&2 <<'MESSAGE'

Python 3.11 is not on this machine, and it could not be fetched. Either
  - install it (Debian 12: apt-get install python3.11), or
  - behind a proxy or a mirror, set HTTPS_PROXY or UV_PYTHON_INSTALL_MIRROR,
then call make again.
MESSAGE
        exit 1
    fi
fi
echo "Installing requirements/$wanted.txt into .venv…"
"$uv" pip sync --quiet --require-hashes --python .venv/bin/python "requirements/$wanted.txt"
ln -sf ../../scripts/troly .venv/bin/troly
touch .venv/.runtime
if [ "$wanted" = dev ]; then
    touch .venv/.dev
fi
