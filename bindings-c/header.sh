#!/bin/sh
# Writes include/otpkit.h from the crate; with --check, fails if the committed one differs.
set -eu
cd "$(dirname "$0")/.."
exec cargo run --quiet --release -p otpkit-c --features header --bin otpkit-c-header -- "$@"
