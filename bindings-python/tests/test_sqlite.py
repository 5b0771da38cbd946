"""The SQLite store through Python: restarts, processes, fork."""

from __future__ import annotations

import asyncio
import pathlib

import otpkit
import pytest
from otpkit import AsyncOtpkit, Otpkit
from support import run_python

SECRETS = ["the-secret-of-these-tests-0123456789"]
OUTBOX = {"outbox": {"type": "outbox"}}


def settings(folder: pathlib.Path) -> dict[str, object]:
    return {"secrets": SECRETS, "store": f"sqlite:{folder}/otpkit.db", "providers": OUTBOX}


def test_a_restart_keeps_what_is_pending(tmp_path: pathlib.Path) -> None:
    first = Otpkit(**settings(tmp_path))
    started = first.start(to="+31612345678")
    message = first.outbox("outbox").last()
    assert message is not None
    del first
    again = Otpkit(**settings(tmp_path))
    assert again.check(id=started.id, code=message.code)
    assert not again.check(id=started.id, code=message.code)


def test_asyncio_waits_for_the_file(tmp_path: pathlib.Path) -> None:
    async def main() -> None:
        otp = AsyncOtpkit(**settings(tmp_path))
        started = await otp.start(to="+31612345678")
        message = otp.outbox("outbox").last()
        assert message is not None
        checks = [otp.check(id=started.id, code=message.code) for _ in range(50)]
        answers = await asyncio.gather(*checks)
        assert sum(answer.approved for answer in answers) == 1

    asyncio.run(main())


def test_secrets_are_required(tmp_path: pathlib.Path) -> None:
    with pytest.raises(otpkit.InvalidSettingsError) as raised:
        Otpkit(store=f"sqlite:{tmp_path}/otpkit.db", providers=OUTBOX)
    assert raised.value.field == "secrets"


SHARE = """
    import subprocess, sys
    from otpkit import Otpkit
    SETTINGS = dict(secrets=["the-secret-of-these-tests-0123456789"], store="sqlite:" + {path!r},
                    providers={{"outbox": {{"type": "outbox"}}}})
"""

def test_two_processes_share_limits(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "otpkit.db")
    otp = Otpkit(**settings(tmp_path))
    otp.start(to="+31612345678")
    script = SHARE.format(path=path) + """
    try:
        Otpkit(**SETTINGS).start(to="+31612345678")
    except Exception as error:
        print(error.code)
    """
    done = run_python(script)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "rate_limited", "")


FORK = SHARE + """
    import os, threading, time
    used, unused = Otpkit(**SETTINGS), Otpkit(**SETTINGS)
    other = dict(SETTINGS, store=SETTINGS["store"] + ".other")
    id = used.start(to="+31612345678").id

    def refused(otp):
        began = time.monotonic()
        try:
            otp.start(to="+31687654321")
        except Exception as error:
            return error.code == "store_unavailable" and "fork" in str(error) and time.monotonic() - began < 2
        return False

    for round in range(16):
        pid = os.fork()
        if pid == 0:
            try:
                # The parent's client, and every client on the file that the parent has open; another file serves.
                ok = refused(used) and refused(unused) and refused(Otpkit(**SETTINGS))
                if ok:
                    Otpkit(**other).start(to=f"+3168765{{round:04}}")
            except BaseException as error:
                print(repr(error), file=sys.stderr, flush=True)
                ok = False
            os._exit(0 if ok else 1)
        _, status = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0

    # While threads are busy in SQLite a child is refused or served, at once, and never hangs.
    stop = threading.Event()
    def busy(number):
        n = 0
        while not stop.is_set():
            n += 1
            used.check(id=id, code="123456") if n % 2 else used.unlock(to=f"user{{number}}.{{n}}@example.com")
    threads = [threading.Thread(target=busy, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for round in range(32):
        pid = os.fork()
        if pid == 0:
            ok = refused(used) and refused(Otpkit(**SETTINGS))
            os._exit(0 if ok else 1)
        _, status = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0
    stop.set()
    for thread in threads:
        thread.join()
    assert used.start(to="+31611111111").delivery == "sent"
    print("done")
"""


def test_a_forked_child_is_refused_and_its_parent_goes_on(tmp_path: pathlib.Path) -> None:
    script = FORK.format(path=str(tmp_path / "otpkit.db"))
    done = run_python(script, timeout=120, options=("-W", "ignore::DeprecationWarning"))
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "done", "")
