#!/usr/bin/env bash
# Builds the Node package and runs all its tests. Needs cargo, node 20 or newer and npm. Ends non-zero if anything fails.
set -euo pipefail
cd "$(dirname "$0")"

# Every build of the project sets it, so that all share one set of compiled crates.
export PYO3_BUILD_EXTENSION_MODULE=1

# 1. What is published: the plain addon, the compiled TypeScript, the tarball.
npm ci --no-audit --no-fund --loglevel=error
node scripts/addon.mjs
node scripts/settings-types.mjs --check
rm -rf dist otpkit-*.tgz
npm run --silent build
npm pack --ignore-scripts --silent

# 2. The same with the addon of the tests, whose clock moves by hand.
node scripts/test-package.mjs

# 3. The tests. Examples of vendors run against the sandbox.
(cd .. && cargo build --release --quiet -p otpkit-sandbox)
export OTPKIT_SANDBOX="$(realpath "${CARGO_TARGET_DIR:-../target}")/release/otpkit-sandbox"
node --test --test-reporter=spec test/*.test.mjs test/*.test.cjs
