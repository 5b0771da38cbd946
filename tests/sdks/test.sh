#!/usr/bin/env bash
# Runs the vendors' own SDKs, as published, against the sandbox: npm messagebird and twilio, PyPI twilio.
# Needs cargo, node with npm, and Python 3.11 with venv.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
export PYO3_BUILD_EXTENSION_MODULE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
# The SDKs would send what is meant for 127.0.0.1 to a proxy.
unset HTTP_PROXY HTTPS_PROXY ALL_PROXY http_proxy https_proxy all_proxy

[ -n "${OTPKIT_SANDBOX:-}" ] || cargo build --release --quiet -p otpkit-sandbox
export OTPKIT_SANDBOX=${OTPKIT_SANDBOX:-${CARGO_TARGET_DIR:-$root/target}/release/otpkit-sandbox}

[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund --loglevel=error
venv=$root/target/sdks/venv
if ! cmp -s requirements.txt "$venv/requirements.txt"; then
    rm -rf "$venv"
    "${PYTHON:-python3}" -m venv "$venv"
    "$venv/bin/pip" install --quiet --no-deps -r requirements.txt
    cp requirements.txt "$venv/"
fi

failed=0
node --test --test-timeout=60000 --test-reporter=spec ./*.test.mjs || failed=1
"$venv/bin/python" test_twilio.py || failed=1
exit "$failed"
