"""Memory: what is no longer used is given back."""

from __future__ import annotations

import asyncio
import gc
import pathlib
import threading
import time
import weakref
from typing import Any

import pytest
from otpkit import AsyncOtpkit, InvalidInputError, Otpkit
from support import OUTBOX, TO, WIDE


class Mine:
    """A provider that holds the client that holds it."""

    otp: Any = None

    async def send(self, message: Any) -> None:
        await asyncio.sleep(0)

    def note(self, event: Any) -> None:
        pass


def gone(reference: weakref.ref[Any]) -> bool:
    until = time.monotonic() + 5
    while reference() is not None and time.monotonic() < until:
        gc.collect()
        time.sleep(0.01)
    return reference() is None


@pytest.mark.parametrize("kind", [Otpkit, AsyncOtpkit])
def test_a_client_and_a_provider_that_hold_each_other_are_collected(kind: Any) -> None:
    mine = Mine()
    mine.otp = kind(providers={"mine": mine}, on_event=mine.note)
    reply = mine.otp.start(to=TO)
    assert (reply if kind is Otpkit else asyncio.run(reply)).delivery == "sent"
    reference = weakref.ref(mine)
    del mine, reply
    assert gone(reference)


def test_a_client_is_not_collected_under_a_call() -> None:
    began, gate = threading.Event(), threading.Event()
    seen: list[Any] = []

    class Slow:
        otp: Any = None

        def send(self, message: Any) -> None:
            began.set()
            gate.wait()
            seen.append(self.otp)

    def call() -> None:
        slow = Slow()
        slow.otp = Otpkit(providers={"slow": slow})
        start = slow.otp.start
        del slow
        start(to=TO)

    caller = threading.Thread(target=call)
    caller.start()
    began.wait()
    for _ in range(5):
        gc.collect()
    gate.set()
    caller.join()
    assert isinstance(seen[0], Otpkit)


def resident() -> int:
    pages = pathlib.Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * 4096


def test_calls_leave_nothing_behind() -> None:
    otp = Otpkit(providers=OUTBOX, **WIDE)
    started = otp.start(to=TO)
    code = "000000"

    def calls(count: int) -> None:
        for _ in range(count):
            otp.status(id=started.id)
            otp.check(id=started.id, code=code, purpose="other")
            try:
                otp.check(id=started.id, code=None)  # type: ignore[arg-type]
            except InvalidInputError:
                pass

    calls(20_000)
    before = resident()
    calls(100_000)
    # 300,000 calls and 100,000 errors: less than 4 bytes each.
    assert resident() - before < 1_200_000


def test_calls_with_callbacks_leave_nothing_behind() -> None:
    class Quick:
        async def send(self, message: Any) -> None:
            pass

    async def calls(count: int) -> None:
        otp = AsyncOtpkit(providers={"quick": Quick()}, **WIDE)
        for _ in range(count):
            await otp.deliver(to=TO, code="123456")

    asyncio.run(calls(3_000))
    gc.collect()
    before = resident()
    asyncio.run(calls(15_000))
    gc.collect()
    assert resident() - before < 3_000_000
