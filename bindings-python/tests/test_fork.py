"""`fork`: a client of the parent says why it cannot serve, a new one serves, and nothing hangs (G25)."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from typing import Any

import otpkit
import pytest
from otpkit import Otpkit
from support import OUTBOX, phone, run_python

# Python 3.12 and later warn whoever forks a process with threads, which is what these tests do.
QUIET = ("-W", "ignore::DeprecationWarning")

# What a child does, and says in one line.
CHILD = """
    import asyncio, os, sys, threading, time
    import otpkit
    from otpkit import AsyncOtpkit, Otpkit

    class Plain:
        def send(self, message):
            pass

    class Coroutine:
        async def send(self, message):
            await asyncio.sleep(0.001)

    WIDE = {"per_ip": [], "policy": {"resend_after_seconds": [0]}}
    OUTBOX = {"outbox": {"type": "outbox"}}

    def serves(providers):
        otp = Otpkit(providers=providers, on_event=lambda event: None, **WIDE)
        assert otp.start(to="+31612345678").delivery == "sent"
        async def main():
            twin = AsyncOtpkit(providers=providers, on_event=lambda event: None, **WIDE)
            assert (await twin.start(to="+31612345678")).delivery == "sent"
        asyncio.run(main())

    def everything_serves():
        for providers in ({"p": Plain()}, {"c": Coroutine()}, OUTBOX):
            serves(providers)

    def draws():
        otp = Otpkit(providers=OUTBOX, **WIDE)
        drawn = []
        for n in range(4):
            drawn.append(otp.start(to=f"+3161000000{n}").id)
            drawn.append(otp.outbox("outbox").last().code)
        return drawn

    def refuses(otp):
        try:
            otp.start(to="+31687654321")
        except otpkit.StoreUnavailableError as error:
            return "fork" in str(error)
        return False

    def child(parents):
        began = time.monotonic()
        for otp in parents:
            assert refuses(otp)
        everything_serves()
        return " ".join(draws()) + f" {time.monotonic() - began:.3f}"
"""

FORKS = (
    CHILD
    + """
    parents = [Otpkit(providers=OUTBOX, **WIDE), Otpkit(providers={"p": Plain()}, **WIDE),
               Otpkit(providers={"c": Coroutine()}, on_event=lambda event: None, **WIDE)]
    everything_serves()
    for otp in parents:
        otp.start(to="+31612345678")

    # Threads of the parent that are busy with otpkit while it forks.
    stop = threading.Event()
    def busy(number):
        n = 0
        while not stop.is_set():
            n += 1
            parents[number % 3].start(to=f"+3161{number}{n:06}")
    threads = [threading.Thread(target=busy, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()

    children = []
    for number in range(64):
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            said = "failed"
            try:
                said = child(parents)
            except BaseException as error:
                said = f"failed: {type(error).__name__} {error}"
            os.write(writer, said.encode())
            os._exit(0 if not said.startswith("failed") else 1)
        os.close(writer)
        children.append((pid, reader))
        if number % 4 == 3:
            time.sleep(0.1)
    results = []
    for pid, reader in children:
        said = b""
        while chunk := os.read(reader, 65536):
            said += chunk
        os.close(reader)
        _, status = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0, said
        results.append(said.decode().split())
    stop.set()
    for thread in threads:
        thread.join()
    everything_serves()
    drawn = [tuple(result[:-1]) for result in results] + [tuple(draws())]
    ids = [id for one in drawn for id in one[::2]]
    codes = [one[1::2] for one in drawn]
    assert len(set(ids)) == 65 * 4, "two processes drew one id"
    assert len(set(codes)) == 65, "two processes drew the same codes"
    times = sorted(float(result[-1]) for result in results)
    print("slowest", times[-1], "median", times[32])
    assert times[32] < 2.0
"""
)


def test_sixty_four_forks_of_a_busy_process_all_serve() -> None:
    done = run_python(FORKS, timeout=120, options=QUIET)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("slowest")


def test_forks_of_forks_serve() -> None:
    script = (
        CHILD
        + """
    otp = Otpkit(providers=OUTBOX, **WIDE)
    for generation in range(8):
        everything_serves()
        pid = os.fork()
        if pid:
            _, status = os.waitpid(pid, 0)
            sys.exit(os.waitstatus_to_exitcode(status))
        assert refuses(otp)
        otp = Otpkit(providers=OUTBOX, **WIDE)
        otp.start(to="+31612345678")
    """
    )
    done = run_python(script, options=QUIET)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_fork_within_a_callback_and_within_a_loop_serves() -> None:
    script = (
        CHILD
        + """
    def fork():
        pid = os.fork()
        if pid == 0:
            try:
                everything_serves() if threading.current_thread() is threading.main_thread() else serves(OUTBOX)
                os._exit(0)
            except BaseException as error:
                print(repr(error), file=sys.stderr, flush=True)
                os._exit(1)
        _, status = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0

    class Forks:
        def send(self, message):
            pid = os.fork()
            if pid == 0:
                os._exit(0)
            os.waitpid(pid, 0)

    assert Otpkit(providers={"f": Forks()}).start(to="+31612345678").delivery == "sent"

    class ForksAndServes:
        def send(self, message):
            fork()

    assert Otpkit(providers={"f": ForksAndServes()}).start(to="+31612345678").delivery == "sent"
    """
    )
    done = run_python(script, options=QUIET)
    assert (done.returncode, done.stderr) == (0, "")


def serve_in_a_process(number: int) -> str:
    otp = Otpkit(providers=OUTBOX)
    started = otp.start(to="+31612345678")
    message = otp.outbox("outbox").last()
    assert message is not None
    assert otp.check(id=started.id, code=message.code)
    return started.id


PARENTS = Otpkit(providers=OUTBOX)
NUMBERS = itertools.count()


def use_the_parents(number: int) -> str:
    try:
        PARENTS.start(to="+31612345678")
    except otpkit.OtpkitError as error:
        return error.code
    return "served"


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(method: str) -> None:
    PARENTS.status(id=PARENTS.start(to=phone(next(NUMBERS))).id)
    with multiprocessing.get_context(method).Pool(4) as pool:
        ids = pool.map(serve_in_a_process, range(16), chunksize=1)
        codes = set(pool.map(use_the_parents, range(4), chunksize=1))
    assert len(set(ids)) == 16
    if method == "fork":
        assert codes == {"store_unavailable"}
    else:
        # A process of its own made a client of its own when it imported this module.
        assert codes <= {"served", "rate_limited"}


APP = '''
import os
from otpkit import Otpkit, OtpkitError

OUTBOX = {"outbox": {"type": "outbox"}}
PRELOADED = Otpkit(providers=OUTBOX)
PRELOADED.start(to="+31612345678")
_clients = {}

def client():
    """One client a process: made when a worker first needs it."""
    if os.getpid() not in _clients:
        _clients[os.getpid()] = Otpkit(providers=OUTBOX)
    return _clients[os.getpid()]

def app(environ, start_response):
    otp = PRELOADED if environ["PATH_INFO"] == "/preloaded" else client()
    try:
        id = otp.start(to="+3161%07d" % int(environ["QUERY_STRING"])).id
        said = "approved" if otp.check(id=id, code=otp.outbox("outbox").last().code) else "refused"
    except OtpkitError as error:
        said = error.code
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{os.getpid()} {said}".encode()]
'''


def test_gunicorn_with_preload(tmp_path: Any) -> None:
    (tmp_path / "app.py").write_text(APP)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--preload", "--workers", "2", "--bind", f"127.0.0.1:{port}", "app:app"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        answers = [ask(port, f"/?{number}", 10) for number in range(24)]
        assert {answer.split()[1] for answer in answers} == {"approved"}
        assert ask(port, "/preloaded?99", 2).split()[1] == "store_unavailable"
    finally:
        server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=20)
    assert server.returncode == 0, said
    assert "SIG" not in said.replace("Handling signal: term", "")


def ask(port: int, path: str, seconds: float) -> str:
    until = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as answer:
                return str(answer.read().decode())
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
