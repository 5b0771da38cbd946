#!/usr/bin/env bash
# Runs the Rust examples and looks at what they print.
set -uo pipefail
cd "$(dirname "$0")/../.."
passed=0 failed=0
expect() { # example, text that it prints
    if output=$(cargo run --release --quiet -p otpkit --example "$1" 2>&1) && grep -qF "$2" <<<"$output"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf '%s did not print "%s":\n%s\n' "$1" "$2" "$output"
    fi
}
expect quickstart "sent to +31*******78"
expect quickstart "a wrong code: pending, 4 attempts left"
expect quickstart "the right code: approved, it was +31612345678"
expect custom-provider "second served, delivery sent"
expect custom-provider "is your Acme code"
expect custom-provider "approved"
# The vendors' programs, against the sandbox, with a person before them.
typed() { # vendor
    if output=$(python3 scripts/type-codes.py "$1" target/release/otpkit-sandbox cargo run --release --quiet -p otpkit --example "$1-verify" -- 2>&1); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf '%s-verify:\n%s\n' "$1" "$output"
    fi
}
cargo build --release --quiet -p otpkit-sandbox
typed twilio
typed messagebird
echo "rust-examples: $passed passed, $failed failed"
[ "$failed" = 0 ]
