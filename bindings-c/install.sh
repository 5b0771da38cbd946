#!/usr/bin/env bash
# Builds the C library and installs it: header, shared and static library, pkg-config and CMake files.
#
#   PREFIX=/usr/local bindings-c/install.sh       (DESTDIR is honoured, for packagers)
#   PROFILE=dist bindings-c/install.sh            smaller and faster, slower to build
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
prefix="${PREFIX:-/usr/local}"
profile="${PROFILE:-release}"
to="${DESTDIR:-}$prefix"

if [ "$(uname -s)" != Linux ]; then
    echo "install.sh knows Linux only; build with: cargo build --release -p otpkit-c" >&2
    exit 1
fi

cd "$here/.."
# One value for every build of the workspace, so that the bindings share what was built.
export PYO3_BUILD_EXTENSION_MODULE=1
cargo build --quiet --profile "$profile" -p otpkit-c
built="${CARGO_TARGET_DIR:-target}/$profile"

version="$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)"
major="${version%%.*}"
minor="${version#*.}"
minor="${minor%%.*}"
soversion="$(sed -n 's/.*libotpkit\.so\.\([0-9]*\).*/\1/p' bindings-c/build.rs | head -n 1)"
# What the static library needs besides itself: `cargo rustc -p otpkit-c -- --print native-static-libs`.
static_libs="-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc"

install -d "$to/include" "$to/lib/pkgconfig" "$to/lib/cmake/otpkit"
install -m 644 bindings-c/include/otpkit.h bindings-c/include/otpkit.hpp "$to/include/"
install -m 755 "$built/libotpkit_c.so" "$to/lib/libotpkit.so.$version"
ln -sf "libotpkit.so.$version" "$to/lib/libotpkit.so.$soversion"
ln -sf "libotpkit.so.$soversion" "$to/lib/libotpkit.so"
install -m 644 "$built/libotpkit_c.a" "$to/lib/libotpkit.a"

fill() {
    sed -e "s/@VERSION@/$version/g" -e "s/@SOVERSION@/$soversion/g" -e "s/@MAJOR@/$major/g" -e "s/@MINOR@/$minor/g" \
        -e "s/@STATIC_LIBS@/$static_libs/g" -e "s/@CMAKE_STATIC_LIBS@/$(echo "$static_libs" | sed 's/-l//g; s/ /;/g')/g" "$1" >"$2"
}
fill bindings-c/otpkit.pc.in "$to/lib/pkgconfig/otpkit.pc"
fill bindings-c/cmake/otpkit-config.cmake.in "$to/lib/cmake/otpkit/otpkit-config.cmake"
fill bindings-c/cmake/otpkit-config-version.cmake.in "$to/lib/cmake/otpkit/otpkit-config-version.cmake"
echo "otpkit $version is in $prefix"
