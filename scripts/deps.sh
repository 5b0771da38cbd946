#!/usr/bin/env bash
# Installs the Debian packages that the tests need, if it may; otherwise says which are missing.
set -euo pipefail
cd "$(dirname "$0")/.."

need() { # name, least version, version found
    if [ -z "$3" ] || [ "$(printf '%s\n%s\n' "$2" "$3" | sort -V | head -n 1)" != "$2" ]; then
        echo "otpkit needs $1 $2 or newer; found: ${3:-none}" >&2
        missing=1
    fi
}
missing=0
need cargo 1.95 "$(cargo --version 2>/dev/null | cut -d' ' -f2)"
need node 20.0 "$(node --version 2>/dev/null | tr -d v)"
need python3 3.11 "$(python3 --version 2>/dev/null | cut -d' ' -f2)"
need gcc 9.0 "$(gcc -dumpfullversion 2>/dev/null)"
[ "$missing" = 0 ] || exit 1

packages=()
for package in $(cat scripts/apt.txt bindings-*/apt.txt 2>/dev/null | grep -v '^#' | sort -u); do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || packages+=("$package")
done
[ ${#packages[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ]; then
    echo "The tests need these Debian packages: ${packages[*]}" >&2
    echo "Install them with: sudo apt-get install ${packages[*]}" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${packages[@]}"
