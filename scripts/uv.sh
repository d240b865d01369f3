#!/bin/sh
# Puts the uv of requirements/uv.txt into .tools/uv: with venv, else with pip, else after installing venv.
set -eu
cd "$(dirname "$0")/.."
target=.tools/uv

# Where pyenv answers for python3 but has no 3.11, which .python-version asks of it, any Python does for this.
python3 -c pass 2>/dev/null || export PYENV_VERSION=system

if ! command -v python3 >/dev/null; then
    sh scripts/system_package.sh python3-venv "Python 3"
fi
if ! python3 -c 'import ensurepip, venv' 2>/dev/null && ! python3 -m pip --version >/dev/null 2>&1; then
    sh scripts/system_package.sh python3-venv "Python's venv module"
fi

rm -rf "$target"
mkdir -p .tools
if python3 -c 'import ensurepip, venv' 2>/dev/null; then
    python3 -m venv "$target"
    "$target/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
else
    python3 -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt --target "$target"
fi
