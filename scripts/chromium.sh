#!/bin/sh
# The tests of the web chat drive a real browser.
set -eu
if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null; then
    sh "$(dirname "$0")/system_package.sh" chromium "Chromium, which the tests of the web chat drive,"
fi
