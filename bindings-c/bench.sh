#!/usr/bin/env bash
# Builds and runs the measurements of the C interface: nanoseconds a call, memory store.
set -euo pipefail
cd "$(dirname "$0")/.."
target="$(realpath -m "${CARGO_TARGET_DIR:-target}")"
out="$target/c/bench"
PREFIX="$out/prefix" bindings-c/install.sh >/dev/null
gcc -O2 -std=c99 -Wall -Wextra -I"$out/prefix/include" bindings-c/bench/bench.c -o "$out/bench" -L"$out/prefix/lib" -lotpkit -lpthread \
    -Wl,-rpath,"$out/prefix/lib"
"$out/bench"
