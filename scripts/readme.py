"""Runs the programs of README.md as a reader would: against a sandbox, typing the code that its inbox shows.

It uses what the suites of the bindings have built: the packed npm package, the wheel's environment, the installed C library. (The Rust
program is a documentation test of the crate.)
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "target" / "readme"


def block(language):
    found = re.search(rf"^```{language}\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    if not found:
        sys.exit(f"README.md has no {language} program")
    return found.group(1)


def node(source):
    package = OUT / "node_modules"
    package.mkdir(parents=True)
    tarball = next((ROOT / "bindings-node").glob("otpkit-*.tgz"))
    subprocess.check_call(["tar", "-xzf", str(tarball), "-C", str(package)])
    (package / "package").rename(package / "otpkit")
    (OUT / "readme.mjs").write_text(source)
    return ["node", str(OUT / "readme.mjs")]


def python(source):
    (OUT / "readme.py").write_text(source)
    return [str(ROOT / "target/python/venv/bin/python"), str(OUT / "readme.py")]


def c(source):
    (OUT / "readme.c").write_text(source)
    prefix = ROOT / "target/c/prefix"
    environment = {**os.environ, "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}
    flags = subprocess.check_output(["pkg-config", "--cflags", "--libs", "otpkit"], env=environment, text=True).split()
    command = ["gcc", "-std=c99", "-Wall", "-Wextra", "-Werror", str(OUT / "readme.c"), "-o", str(OUT / "readme")]
    subprocess.check_call([*command, *flags, f"-Wl,-rpath,{prefix}/lib"])
    return [str(OUT / "readme")]


def sandbox():
    command = [str(ROOT / "target/release/otpkit-sandbox"), "--exit-with-parent"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    if "listening on" not in line:
        sys.exit("the sandbox did not start; is its port 4680 taken?")
    return process, line.split()[-1]


def call(url, method="GET"):
    with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=30) as answer:
        return json.loads(answer.read() or b"null")


def run(command, url):
    """Types the code that the inbox shows; returns what the program says."""
    call(f"{url}/api/messages", "DELETE")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        messages = call(f"{url}/api/messages?to=%2B31612345678&wait_ms=20000")["messages"]
        code = messages[0]["code"] if messages else "000000"
        return program.communicate(f"{code}\n", timeout=60)[0]


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    process, url = sandbox()
    passed = failed = 0
    try:
        for language, prepare in {"js": node, "python": python, "c": c}.items():
            said = run(prepare(block(language)), url)
            if "welcome, +31612345678" in said:
                passed += 1
            else:
                failed += 1
                print(f"the {language} program said: {said!r}")
    finally:
        process.stdin.close()
        process.wait(timeout=10)
    print(f"readme: {passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
