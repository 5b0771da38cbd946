#!/usr/bin/env bash
# Drives the login page and the sandbox's inbox in headless Chromium. Pictures: target/screenshots.
set -euo pipefail
cd "$(dirname "$0")"
BUILD_ONLY=1 bash ../../scripts/demo.sh
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund --loglevel=error
[ -x "${CHROMIUM:-/usr/bin/chromium}" ] || { echo "Chromium is missing: apt-get install chromium" >&2; exit 1; }
# One file at a time: what is measured here is a browser, and it wants the machine for itself.
exec node --test --test-concurrency=1 --test-timeout=120000 --test-reporter=spec suites/*.test.mjs
