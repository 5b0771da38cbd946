"""Runs every suite, one after the other, and prints seconds and counts of each.

    python3 scripts/test.py [suite ...]

The last line is `N passed, N failed`. The exit status is 1 if a test failed, or if a suite ended without saying how
many tests it ran.
"""

import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOGS = ROOT / "target" / "test-logs"

# In this order: what builds first serves the ones behind it.
SUITES = {
    "format": "cargo fmt --all --check && echo 'format: 1 passed, 0 failed'",
    "rust": "cargo test --release --no-fail-fast",
    "rust-examples": "bash examples/rust/test.sh",
    "node": "bash bindings-node/test.sh",
    "sdks": "bash tests/sdks/test.sh",
    "python": "bash bindings-python/test.sh",
    "c": "bash bindings-c/test.sh",
    "readme": "python3 scripts/readme.py",
    "xtask": "cargo run --release --quiet -p xtask -- all",
    "demo": "CHECK=1 bash scripts/demo.sh",
    "browser": "bash tests/browser/test.sh",
}

# The closing lines of the runners: cargo test, node:test, pytest, and our own.
PASSED = [r"^test result: .*?(\d+) passed", r"^(?:#|ℹ) pass (\d+)", r"^=+ .*?(\d+) passed", r"^[\w-]+: (\d+) passed, \d+ failed"]
FAILED = [r"^test result: .*?(\d+) failed", r"^(?:#|ℹ) fail (\d+)", r"^=+ .*?(\d+) (?:failed|error)", r"^[\w-]+: \d+ passed, (\d+) failed"]


def count(patterns, text):
    return sum(int(number) for pattern in patterns for number in re.findall(pattern, text, re.MULTILINE))


def run(name, command, environment):
    print(f"\n=== {name}: {command}", flush=True)
    began = time.monotonic()
    lines = []
    with subprocess.Popen(
        ["bash", "-c", command], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
    ) as process:
        for line in process.stdout:
            lines.append(re.sub(r"\x1b\[[0-9;]*m", "", line))
            print(line, end="", flush=True)
    text = "".join(lines)
    (LOGS / f"{name}.log").write_text(text)
    passed, failed = count(PASSED, text), count(FAILED, text)
    if process.returncode != 0 and failed == 0:
        failed = 1
    if process.returncode == 0 and passed == 0:
        print(f"{name}: the suite ran no test", flush=True)
        failed = 1
    return passed, failed, time.monotonic() - began


def main():
    wanted = sys.argv[1:] or list(SUITES)
    unknown = [name for name in wanted if name not in SUITES]
    if unknown:
        sys.exit(f"no such suite: {', '.join(unknown)}; there are {', '.join(SUITES)}")
    LOGS.mkdir(parents=True, exist_ok=True)
    # One value for every build, so that the bindings share what was built (see CONTRIBUTING.md).
    environment = {**os.environ, "PYO3_BUILD_EXTENSION_MODULE": "1", "CARGO_TERM_COLOR": "never", "NO_COLOR": "1"}
    results = {name: run(name, SUITES[name], environment) for name in wanted}

    print(f"\n{'suite':<16}{'passed':>8}{'failed':>8}{'seconds':>9}")
    for name, (passed, failed, seconds) in results.items():
        print(f"{name:<16}{passed:>8}{failed:>8}{seconds:>9.0f}")
    passed = sum(result[0] for result in results.values())
    failed = sum(result[1] for result in results.values())
    print(f"{'in all':<32}{sum(result[2] for result in results.values()):>9.0f}\n")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
