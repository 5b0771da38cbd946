#!/usr/bin/env bash
# Builds what the demo needs, starts the sandbox and the login page, and ends both on Ctrl-C.
#   CHECK=1      drives one login through over HTTP instead of waiting, and ends
#   BUILD_ONLY=1 builds and ends
#   PORT, SANDBOX_PORT   where to listen (4600 and 4680); a port that is taken is replaced by a free one
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
login_folder=$root/examples/node/web-login
# One value for every build, so that the bindings share what was built.
export PYO3_BUILD_EXTENSION_MODULE=1

main() {
    look_for_tools
    build
    [ -z "${BUILD_ONLY:-}" ] || return 0

    logs=$(mktemp -d)
    trap end EXIT
    trap 'echo; exit 0' INT
    trap 'exit 143' TERM
    begin sandbox "${SANDBOX_PORT:-4680}" sandbox_at
    inbox=$url
    begin login "${PORT:-4600}" login_at
    login=$url
    wait_for_answer "$inbox/healthz"
    wait_for_answer "$login/icon.svg"

    if [ -n "${CHECK:-}" ]; then
        node scripts/demo-check.mjs "$login" "$inbox"
        return
    fi
    printf '\n  Log in here:             %s\n  Read the messages here:  %s\n\n  Ctrl-C ends both.\n\n' "$login" "$inbox"
    # Either of them ending by itself ends the demo.
    wait -n "${pids[@]}" || true
    fail "a part of the demo ended by itself:" "$(cat "$logs"/*.err)"
}

look_for_tools() {
    local found=yes
    need cargo "Rust 1.95 or newer from https://rustup.rs" || found=
    need node "Node.js 20 or newer from https://nodejs.org" || found=
    need npm "npm, which comes with Node.js" || found=
    need cc "a C compiler: apt-get install gcc libc6-dev" || found=
    [ -n "$found" ] || exit 1
    local node_version
    node_version=$(node --version)
    node_version=${node_version#v}
    [ "${node_version%%.*}" -ge 20 ] || fail "Node.js 20 or newer is needed; this is $node_version"
}

need() { # command, where it comes from
    command -v "$1" >/dev/null || { echo "demo: '$1' is missing. Install $2" >&2; return 1; }
}

build() {
    echo "Building the sandbox and the Node package (the first time takes some minutes)" >&2
    cargo build --locked --release -p otpkit-sandbox
    packages "$root/bindings-node"
    (cd bindings-node && npm run --silent build:addon >/dev/null && npm run --silent build)
    packages "$login_folder"
}

packages() { # a folder; installs what its lock file names, unless that was done
    [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ] || (cd "$1" && npm ci --no-audit --no-fund --loglevel=error)
}

sandbox_at() { exec "${CARGO_TARGET_DIR:-$root/target}/release/otpkit-sandbox" --listen "127.0.0.1:$1"; }
login_at() { cd "$login_folder" && PORT=$1 SANDBOX_URL=$inbox exec node server.mjs; }

# Starts a part on the port it wants, or on a free one, and sets `url` to where it listens.
pids=()
begin() { # name, port, function that runs it
    local port out=$logs/$1.out
    for port in "$2" 0; do
        : >"$out"
        "$3" "$port" >>"$out" 2>"$logs/$1.err" </dev/null &
        local pid=$!
        # Each prints one line when it listens, and ends when it cannot.
        while kill -0 "$pid" 2>/dev/null && ! grep -q http "$out"; do sleep 0.05; done
        if grep -q http "$out"; then
            pids+=("$pid")
            url=$(grep -o 'http://[^ ]*' "$out")
            [ "$port" != 0 ] || echo "Port $2 is taken; the $1 listens on ${url##*:}" >&2
            return
        fi
        wait "$pid" || true
    done
    fail "the $1 did not start:" "$(cat "$logs/$1.err")"
}

wait_for_answer() { # url
    node -e '
      const [url] = process.argv.slice(1), until = Date.now() + 10_000
      const ask = () => fetch(url).then((answer) => answer.ok, () => false)
      ;(async () => { while (!(await ask())) if (Date.now() > until) process.exit(1) })()' "$1" || fail "$1 does not answer"
}

end() {
    [ ${#pids[@]} -eq 0 ] || { kill "${pids[@]}" 2>/dev/null; wait "${pids[@]}" 2>/dev/null; } || true
    rm -rf "$logs"
}

fail() {
    printf 'demo: %s\n' "$@" >&2
    exit 1
}

main
