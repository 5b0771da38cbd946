"""What the tests share."""

from __future__ import annotations

import asyncio
import os
import pathlib
import signal
import subprocess
import sys
import textwrap
from typing import Any

from otpkit import AsyncOtpkit, Otpkit

ROOT = pathlib.Path(__file__).resolve().parents[2]
TO = "+31612345678"
OUTBOX = {"outbox": {"type": "outbox"}}
FACES = ["sync", "asyncio"]
# Limits that do not get in the way of a test that is about something else.
WIDE: dict[str, Any] = {
    "per_ip": [],
    "policy": {"resend_after_seconds": [0], "per_recipient": [{"max": 1_000_000, "per_seconds": 3600}]},
}


class Face:
    """A client of either face, called the same way. Under asyncio each call has an event loop of its own."""

    def __init__(self, face: str, **settings: Any) -> None:
        self.face = face
        self.otp: Any = Otpkit(**settings) if face == "sync" else AsyncOtpkit(**settings)

    def __getattr__(self, verb: str) -> Any:
        method = getattr(self.otp, verb)
        if self.face == "sync" or verb == "outbox":
            return method

        def call(*positional: Any, **fields: Any) -> Any:
            return asyncio.run(method(*positional, **fields))

        return call


def phone(number: int) -> str:
    """A phone number of its own for each number."""
    return f"+3161{number:07}"


def code_of(otp: Any, name: str = "outbox") -> str:
    message = otp.outbox(name).last()
    assert message is not None
    return str(message.code)


def wrong(code: str, number: int = 1) -> str:
    return str((int(code) + number) % 10 ** len(code)).zfill(len(code))


def run_python(
    script: str, *arguments: str, timeout: float = 60, options: tuple[str, ...] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    """Runs a script in a process of its own."""
    return subprocess.run(
        [sys.executable, *options, "-c", textwrap.dedent(script), *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, **environment},
        # A shell ignores Ctrl-C for what it runs in the background, and so would the script.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
