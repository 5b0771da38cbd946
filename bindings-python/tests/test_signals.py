"""Ctrl-C and other signals while a call waits (G26)."""

from __future__ import annotations

from support import run_python

BEGIN = """
    import os, random, signal, sys, threading, time
    from otpkit import AsyncOtpkit, Otpkit

    class Silent:
        def __init__(self):
            self.gate = threading.Event()
        def send(self, message):
            self.gate.wait(20)

    silent = Silent()
    WIDE = {"per_ip": [], "policy": {"resend_after_seconds": [0]}}
    otp = Otpkit(providers={"silent": silent}, **WIDE)

    def later(seconds, number):
        def send():
            global sent_at
            sent_at = time.monotonic()
            os.kill(os.getpid(), number)
        timer = threading.Timer(seconds, send)
        timer.start()
        return timer
"""


def test_ctrl_c_ends_a_waiting_call_fifty_times() -> None:
    script = (
        BEGIN
        + """
    took = []
    for number in range(50):
        timer = later(random.uniform(0.01, 0.12), signal.SIGINT)
        try:
            otp.start(to=f"+3161{number:07}")
            print("the call came back")
        except KeyboardInterrupt:
            took.append(time.monotonic() - sent_at)
        timer.join()
        silent.gate.set()
        silent.gate.clear()
    assert len(took) == 50, len(took)
    assert sum(one < 0.2 for one in took) >= 48, sorted(took)[-5:]
    assert max(took) < 1.0, max(took)
    # The handler is still Python's own, and the client still serves.
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert Otpkit(providers={"outbox": {"type": "outbox"}}).start(to="+31612345678")
    print("ok")
    """
    )
    done = run_python(script)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ok\n", "")


def test_a_handler_that_returns_does_not_end_the_call() -> None:
    script = (
        BEGIN
        + """
    served = []
    signal.signal(signal.SIGUSR1, lambda *_: served.append(time.monotonic() - sent_at))
    for number in range(10):
        timer = later(0.03, signal.SIGUSR1)
        opener = threading.Timer(0.2, silent.gate.set)
        opener.start()
        assert otp.start(to=f"+3161{number:07}").delivery == "sent"
        timer.join(), opener.join()
        silent.gate.clear()
    assert len(served) == 10 and sorted(served)[5] < 0.2, served
    print("ok")
    """
    )
    done = run_python(script)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ok\n", "")


def test_an_exception_of_a_handler_comes_out_of_the_call() -> None:
    script = (
        BEGIN
        + """
    class Enough(Exception):
        pass

    def handler(*_):
        raise Enough
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        otp.start(to="+31612345678")
    except Enough:
        print("ok")
    silent.gate.set()
    """
    )
    done = run_python(script)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ok\n", "")


def test_ctrl_c_ends_asyncio_run() -> None:
    script = (
        BEGIN
        + """
    import asyncio

    class SilentCoroutine:
        async def send(self, message):
            await asyncio.sleep(20)

    async def main(provider):
        await AsyncOtpkit(providers={"silent": provider}, **WIDE).start(to="+31612345678")

    for provider in (SilentCoroutine(), silent):
        timer = later(0.1, signal.SIGINT)
        began = time.monotonic()
        try:
            asyncio.run(main(provider))
        except KeyboardInterrupt:
            assert time.monotonic() - began < 2
            print("ok")
        timer.join()
    silent.gate.set()
    """
    )
    done = run_python(script)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ok\nok\n", "")


def test_a_script_without_a_handler_ends_by_ctrl_c() -> None:
    script = (
        BEGIN
        + """
    later(0.1, signal.SIGINT)
    otp.start(to="+31612345678")
    """
    )
    done = run_python(script)
    # Python ends itself by the signal, after its traceback.
    assert done.returncode == -2
    assert done.stderr.strip().endswith("KeyboardInterrupt")
