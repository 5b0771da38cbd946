#!/usr/bin/env bash
# Builds the wheels and runs every test of the Python binding against them.
#
#     bindings-python/test.sh [arguments for pytest]
#
# It needs cargo, Python 3.11 or newer with venv, and node with npm (for pyright). Everything else it installs under target/python.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
here=$root/bindings-python
out=$root/target/python
python=${PYTHON:-python3}
export PYO3_BUILD_EXTENSION_MODULE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_WARN_SCRIPT_LOCATION=1 PYTHONDONTWRITEBYTECODE=1
mkdir -p "$out"

fresh() { # a new virtual environment
    rm -rf "$1"
    "$python" -m venv "$1"
}

# maturin, kept as long as its version is the pinned one.
if ! cmp -s "$here/requirements-build.txt" "$out/tools/requirements-build.txt"; then
    fresh "$out/tools"
    "$out/tools/bin/pip" install --quiet -r "$here/requirements-build.txt"
    cp "$here/requirements-build.txt" "$out/tools/"
fi

wheel() { # folder, arguments for maturin
    local folder=$out/wheels/$1
    shift
    rm -rf "$folder"
    (cd "$here" && "$out/tools/bin/maturin" build --quiet --release --interpreter "$python" --out "$folder" "$@")
    echo "$folder"/otpkit-*.whl
}
testing=$(wheel testing --features testing)
export OTPKIT_WHEEL=$(wheel plain)
cargo build --release --quiet -p otpkit-sandbox
export OTPKIT_SANDBOX=$root/target/release/otpkit-sandbox
echo "built $(basename "$OTPKIT_WHEEL"), $(stat -c %s "$OTPKIT_WHEEL") bytes"

# The environment of the tests has the plain wheel; the one of the seams has a wheel that no user gets.
fresh "$out/venv"
"$out/venv/bin/pip" install --quiet --no-deps -r "$here/requirements-test.txt" "$OTPKIT_WHEEL"
fresh "$out/venv-testing"
"$out/venv-testing/bin/pip" install --quiet --no-deps -r <(grep -E '^(pytest|pluggy|iniconfig|packaging|Pygments)==' "$here/requirements-test.txt") "$testing"
(cd "$here" && npm ci --silent)

failed=0
pytest() { # environment, arguments
    local venv=$1
    shift
    (cd "$here/tests" && "$venv/bin/python" -X faulthandler -m pytest -c ../pyproject.toml --rootdir .. -p no:cacheprovider "$@") || failed=1
}
"$out/venv-testing/bin/python" "$here/tests/vectors.py" "$root/tests/vectors" || failed=1
pytest "$out/venv-testing" --quiet seams "$@"
pytest "$out/venv" --durations 5 --ignore seams . "$@"
exit "$failed"
