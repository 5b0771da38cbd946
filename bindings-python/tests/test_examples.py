"""The examples run, with messages in memory and with the sandbox."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from support import ROOT

EXAMPLES = ROOT / "examples" / "python"


def run(example: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "main.py"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=EXAMPLES / example,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def sandbox() -> Iterator[str]:
    """The address of a running sandbox."""
    command = [os.environ["OTPKIT_SANDBOX"], "--listen", "127.0.0.1:0", "--exit-with-parent"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        assert "listening on http://127.0.0.1:" in line
        yield line.split()[-1]
        assert process.stdin
        process.stdin.close()
        assert process.wait(10) == 0


def says_what_the_quickstart_says(output: str) -> None:
    lines = output.splitlines()
    assert lines[0].startswith("a code is on its way to +31*******78, good until ")
    assert "is your Acme code" in lines[1]
    assert lines[2:] == [
        "a wrong code: approved False, 4 attempts left",
        "the right code: approved, welcome +31612345678",
        "an error: invalid_input, field to",
    ]


def test_the_quickstart_runs() -> None:
    says_what_the_quickstart_says(run("quickstart"))


def test_the_quickstart_runs_with_the_sandbox(sandbox: str) -> None:
    says_what_the_quickstart_says(run("quickstart", SANDBOX_URL=sandbox))


@pytest.mark.parametrize("vendor", ["twilio", "messagebird"])
def test_the_vendors_quickstarts_run_against_the_sandbox(vendor: str) -> None:
    program = [sys.executable, str(EXAMPLES / f"{vendor}-verify" / "main.py")]
    driver = [sys.executable, str(ROOT / "scripts" / "type-codes.py"), vendor, os.environ["OTPKIT_SANDBOX"]]
    done = subprocess.run([*driver, *program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_custom_providers_run() -> None:
    lines = run("custom-provider").splitlines()
    assert [line for line in lines if not line.startswith("  event: ")] == [
        "gateway served +32*******56",
        "approved: True",
        "service served +31*******78",
        "approved: True",
    ]
    events = [line.removeprefix("  event: ") for line in lines if line.startswith("  event: ")]
    assert events[0].startswith("broken not_sent (URLError at main.py:")
    assert events[1:] == ["gateway sent", "service sent"]


@pytest.mark.parametrize("face", ["sync", "asyncio"])
def test_the_sandbox_as_a_provider(face: str, sandbox: str) -> None:
    """A provider that waits for the network, under both faces and many at once."""
    import asyncio
    import json
    import threading
    import urllib.request

    from otpkit import AsyncOtpkit, Otpkit
    from support import WIDE, phone

    providers = {"sandbox": {"type": "sandbox", "url": sandbox}}
    numbers = [phone(number) for number in range(50)]
    ids: dict[str, str] = {}
    if face == "sync":
        otp = Otpkit(providers=providers, **WIDE)  # type: ignore[arg-type]

        def start(number: str) -> None:
            ids[number] = otp.start(to=number).id

        threads = [threading.Thread(target=start, args=(number,)) for number in numbers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    else:

        async def main() -> AsyncOtpkit:
            twin = AsyncOtpkit(providers=providers, **WIDE)  # type: ignore[arg-type]
            replies = await asyncio.gather(*(twin.start(to=number) for number in numbers))
            ids.update(zip(numbers, (reply.id for reply in replies), strict=True))
            return twin

        asynchronous = asyncio.run(main())
    with urllib.request.urlopen(f"{sandbox}/api/messages?limit=100") as answer:
        codes = {message["to"]: message["code"] for message in json.load(answer)["messages"]}
    assert set(codes) == set(numbers)
    for number in numbers:
        if face == "sync":
            assert otp.check(id=ids[number], code=codes[number]).to == number
        else:
            assert asyncio.run(asynchronous.check(id=ids[number], code=codes[number])).to == number


def test_a_sandbox_that_is_not_there_is_said() -> None:
    from otpkit import Otpkit, ProviderUnavailableError

    otp = Otpkit(providers={"sandbox": {"type": "sandbox", "url": "http://127.0.0.1:1"}})
    with pytest.raises(ProviderUnavailableError):
        otp.start(to="+31612345678")
