"""The end of the process: the exit code is kept, nothing crashes and nothing hangs, whatever is under way (G27)."""

from __future__ import annotations

import concurrent.futures
import os
import subprocess
import sys
import textwrap
import time

import pytest

RUNS = 50

BEGIN = """
    import asyncio, atexit, os, sys, threading, time
    from otpkit import AsyncOtpkit, Otpkit
    TO = "+31612345678"
    WIDE = {"per_ip": [], "policy": {"resend_after_seconds": [0]}}

    class Silent:
        def __init__(self):
            self.asked = threading.Event()
        def send(self, message):
            self.asked.set()
            time.sleep(100)

    class SilentCoroutine:
        def __init__(self):
            self.asked = threading.Event()
        async def send(self, message):
            self.asked.set()
            await asyncio.sleep(100)

    class Busy:
        def __init__(self):
            self.asked = threading.Event()
        def send(self, message):
            self.asked.set()
            while True:
                sum(range(100))

    def daemon(work):
        threading.Thread(target=work, daemon=True).start()
"""

SCENES = {
    "idle": """
        otp = Otpkit(providers={"outbox": {"type": "outbox"}}, on_event=lambda event: None)
        otp.start(to=TO)
    """,
    "idle after callbacks": """
        class Mine:
            async def send(self, message):
                await asyncio.sleep(0)
        Otpkit(providers={"mine": Mine()}, on_event=lambda event: None).start(to=TO)
        async def main():
            await AsyncOtpkit(providers={"mine": Mine()}).start(to=TO)
        asyncio.run(main())
    """,
    "a call waits in a daemon thread, its provider in a thread": """
        silent = Silent()
        otp = Otpkit(providers={"silent": silent})
        daemon(lambda: otp.start(to=TO))
        silent.asked.wait()
    """,
    "a call waits in a daemon thread, its provider on a loop": """
        silent = SilentCoroutine()
        otp = Otpkit(providers={"silent": silent})
        daemon(lambda: otp.start(to=TO))
        silent.asked.wait()
    """,
    "a provider is busy": """
        busy = Busy()
        otp = Otpkit(providers={"busy": busy}, deadline_ms=100)
        otp.start(to=TO)
    """,
    "many threads call without end": """
        otp = Otpkit(providers={"outbox": {"type": "outbox"}}, **WIDE)
        def work():
            while True:
                try:
                    otp.check(id=otp.start(to=TO).id, code="x")
                except Exception:
                    pass
        for _ in range(4):
            daemon(work)
        time.sleep(0.02)
    """,
    "a loop in a daemon thread calls without end": """
        class Mine:
            async def send(self, message):
                await asyncio.sleep(0)
        otp = AsyncOtpkit(providers={"mine": Mine(), "outbox": {"type": "outbox"}}, **WIDE)
        async def work(number):
            while True:
                try:
                    await otp.start(to=f"+3161000000{number}")
                except Exception:
                    await asyncio.sleep(0)
        async def main():
            await asyncio.gather(*(work(number) for number in range(8)))
        daemon(lambda: asyncio.run(main()))
        time.sleep(0.05)
    """,
    "the loop ends with calls under way": """
        otp = AsyncOtpkit(providers={"silent": SilentCoroutine()})
        async def main():
            asyncio.ensure_future(otp.start(to=TO))
            await asyncio.sleep(0.01)
        asyncio.run(main())
    """,
    "a handler of events is slow": """
        otp = Otpkit(providers={"outbox": {"type": "outbox"}}, on_event=lambda event: time.sleep(100))
        otp.start(to=TO)
    """,
    "a call in another handler of the exit": """
        silent = Silent()
        otp = Otpkit(providers={"outbox": {"type": "outbox"}})
        twin = Otpkit(providers={"silent": silent}, deadline_ms=100)
        @atexit.register
        def late():
            assert otp.start(to=TO).delivery == "sent"
            assert twin.start(to=TO).delivery == "unknown"
    """,
    "a call begins in a handler that runs after otpkit's own": """
        import otpkit._threads
        atexit.unregister(otpkit._threads._at_exit)
        otp = Otpkit(providers={"outbox": {"type": "outbox"}})
        def late():
            assert otp.start(to=TO).delivery == "sent"
        atexit.register(late)
        atexit.register(otpkit._threads._at_exit)
    """,
    "an exception ends the main thread": """
        silent = Silent()
        otp = Otpkit(providers={"silent": silent})
        daemon(lambda: otp.start(to=TO))
        silent.asked.wait()
        sys.stderr.close()
        sys.exit(7)
    """,
}


def end(script: str, code: int) -> float:
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30)
    took = time.monotonic() - began
    assert done.returncode == code, (done.returncode, done.stderr)
    assert done.stderr == "", done.stderr
    return took


@pytest.mark.parametrize("scene", SCENES)
def test_the_exit_is_clean_fifty_times(scene: str) -> None:
    ending = "" if "sys.exit" in SCENES[scene] else "\nsys.exit(7)\n"
    script = textwrap.dedent(BEGIN) + textwrap.dedent(SCENES[scene]) + ending
    with concurrent.futures.ThreadPoolExecutor(max_workers=2 * (os.cpu_count() or 1)) as pool:
        took = list(pool.map(lambda _: end(script, 7), range(RUNS)))
    # Bounded: what is left of the events, and the runtime's threads.
    assert sorted(took)[RUNS // 2] < 3.0


def test_events_that_wait_are_delivered_before_the_end() -> None:
    script = textwrap.dedent(BEGIN) + textwrap.dedent(
        """
        def on_event(event):
            time.sleep(0.01)
            print(event["event"], flush=True)
        otp = Otpkit(providers={"outbox": {"type": "outbox"}}, on_event=on_event, **WIDE)
        for _ in range(5):
            otp.deliver(to=TO, code="123456")
        """
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "send\n" * 5)
