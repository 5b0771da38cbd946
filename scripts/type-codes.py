"""Plays the person before a quickstart of a vendor: reads the sandbox's inbox, types a wrong code and then the right one.

    python3 scripts/type-codes.py twilio|messagebird SANDBOX_PROGRAM COMMAND...

The command gets a phone number as its last word. Prints what the program said; the status is 1 if that is not what it has to say.
"""

import json
import os
import re
import subprocess
import sys
import urllib.parse
import urllib.request

TO = "+12025550147"
CREDENTIALS = {
    "twilio": {
        "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000001",
        "TWILIO_AUTH_TOKEN": "0123456789abcdef0123456789abcdef",
        "TWILIO_SERVICE_SID": "VA00000000000000000000000000000001",
    },
    "messagebird": {"MESSAGEBIRD_ACCESS_KEY": "test_0123456789012345678901"},
}
EXPECTED = [
    r"a code is on its way to \+1\S*47; type it here",
    r"not approved \(\w+\), 4 attempts left",
    re.escape(f"welcome, {TO}"),
]


def main(vendor: str, sandbox: str, *command: str) -> int:
    options = [sandbox, "--listen", "127.0.0.1:0", "--exit-with-parent"]
    with subprocess.Popen(options, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        url = server.stdout.readline().split()[-1]
        said, status = play(vendor, url, command)
        server.stdin.close()
    print("".join(said), end="")
    right = len(said) == len(EXPECTED) and all(re.fullmatch(e, s.strip()) for e, s in zip(EXPECTED, said, strict=True))
    if status != 0 or not right:
        print(f"type-codes: it ended with {status} and did not say what it has to", file=sys.stderr)
        return 1
    return 0


def play(vendor: str, url: str, command: tuple[str, ...]) -> tuple[list[str], int]:
    environment = {**os.environ, **CREDENTIALS[vendor], f"{vendor.upper()}_BASE_URL": url}
    with subprocess.Popen(
        [*command, TO], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        said = [program.stdout.readline()]
        for code in typed(url):
            program.stdin.write(code + "\n")
            program.stdin.flush()
            said.append(program.stdout.readline())
        rest, _ = program.communicate(timeout=60)
    return [line for line in [*said, *rest.splitlines(keepends=True)] if line], program.returncode


def typed(url: str) -> list[str]:
    query = urllib.parse.urlencode({"to": TO, "limit": 1, "wait_ms": 10_000})
    with urllib.request.urlopen(f"{url}/api/messages?{query}") as answer:
        code = json.load(answer)["messages"][0]["code"]
    return [f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}", code]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
