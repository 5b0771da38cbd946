"""When and where a provider's methods run: deadlines, late answers, loops, threads, calls from within."""

from __future__ import annotations

import asyncio
import functools
import io
import threading
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import otpkit
import pytest
from callback_support import VARIABLE, Body, Sender, Verifier, client, method, raises, style
from otpkit import AsyncOtpkit, Otpkit
from support import FACES, OUTBOX, TO, WIDE, Face, phone

def test_silence_ends_at_the_deadline(face: str, style: str) -> None:
    released = threading.Event()

    async def never(message: Any) -> None:
        await asyncio.get_running_loop().create_future()

    silent: Body = {"plain": lambda message: released.wait(), "async": never, "awaitable": lambda message: never(message)}[style]
    provider = Sender("plain", silent)
    otp = client(face, provider, deadline_ms=150)
    began = time.monotonic()
    assert otp.start(to=TO).delivery == "unknown"
    assert time.monotonic() - began < 0.15 + 0.25
    verifier = Verifier("plain", silent, silent, timeout_ms=60)
    otp = client(face, verifier, deadline_ms=5000)
    began = time.monotonic()
    with pytest.raises(otpkit.CannotTellError):
        otp.start(to=TO)
    assert time.monotonic() - began < 0.06 + 0.25
    released.set()


def test_a_late_answer_is_dropped(face: str, style: str) -> None:
    codes: list[str] = []
    answered = threading.Event()

    async def late(message: Any) -> Any:
        codes.append(message.code)
        try:
            await asyncio.sleep(0.3)
        finally:
            answered.set()
        return {"result": "not_sent"}

    def late_plain(message: Any) -> Any:
        codes.append(message.code)
        time.sleep(0.3)
        answered.set()
        return {"result": "not_sent"}

    body: Body = {"plain": late_plain, "async": late, "awaitable": lambda message: late(message)}[style]
    otp = client(face, Sender("plain", body), deadline_ms=100)
    started = otp.start(to=TO)
    assert started.delivery == "unknown"
    assert answered.wait(5)
    # The answer "not sent" came too late to undo anything: the code is good.
    assert otp.check(id=started.id, code=codes[0])


@pytest.mark.parametrize("style", ["async", "awaitable"])
def test_a_coroutine_is_cancelled_when_nobody_waits_any_more(face: str, style: str) -> None:
    cancelled = threading.Event()

    async def send(message: Any) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    provider = Sender("plain", send if style == "async" else lambda message: send(message))

    async def under_asyncio(number: int) -> float:
        otp = AsyncOtpkit(providers={"mine": provider}, deadline_ms=60)
        assert (await otp.start(to=phone(number))).delivery == "unknown"
        began = time.monotonic()
        while not cancelled.is_set() and time.monotonic() - began < 5:
            await asyncio.sleep(0.001)
        return time.monotonic() - began

    def under_sync(number: int) -> float:
        otp = Otpkit(providers={"mine": provider}, deadline_ms=60)
        assert otp.start(to=phone(number)).delivery == "unknown"
        began = time.monotonic()
        assert cancelled.wait(5)
        return time.monotonic() - began

    took = []
    for number in range(9):
        cancelled.clear()
        took.append(under_sync(number) if face == "sync" else asyncio.run(under_asyncio(number)))
    assert median(took) < 0.2


def test_a_plain_method_that_was_not_begun_is_not_begun_late() -> None:
    """What waits for a free worker past its deadline is never run."""
    began = 0
    gate = threading.Event()

    def send(message: Any) -> None:
        nonlocal began
        began += 1
        gate.wait()

    otp = client("sync", Sender("plain", send), deadline_ms=200)
    callers = [threading.Thread(target=otp.start, kwargs={"to": phone(n)}) for n in range(600)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    gate.set()
    time.sleep(0.5)
    assert began <= 512


# --- where methods run


def test_coroutines_run_on_the_callers_loop_with_the_callers_context() -> None:
    seen: list[Any] = []

    async def send(message: Any) -> None:
        seen.append((asyncio.get_running_loop(), VARIABLE.get(), threading.current_thread()))
        VARIABLE.set("changed by the provider")

    class Mine:
        async def create(self, message: Any) -> str:
            await send(message)
            return "r"

        def check(self, attempt: Any) -> Any:
            return self.slowly(attempt)

        async def slowly(self, attempt: Any) -> bool:
            await send(attempt)
            return True

    async def main() -> None:
        otp = AsyncOtpkit(providers={"mine": Mine()})
        VARIABLE.set("set by the caller")
        started = await otp.start(to=TO)
        assert await otp.check(id=started.id, code="123456")
        here = (asyncio.get_running_loop(), "set by the caller", threading.current_thread())
        assert seen == [here, here]
        assert VARIABLE.get() == "set by the caller"

    asyncio.run(main())


def test_plain_methods_run_elsewhere_with_the_callers_context(face: str) -> None:
    seen: list[Any] = []

    def send(message: Any) -> None:
        seen.append((threading.current_thread(), VARIABLE.get()))

    otp = client(face, Sender("plain", send))
    token = VARIABLE.set("set by the caller")
    otp.start(to=TO)
    VARIABLE.reset(token)
    thread, variable = seen[0]
    assert thread is not threading.current_thread()
    assert (thread.daemon, variable) == (True, "set by the caller")


def test_a_slow_plain_method_does_not_block_the_loop() -> None:
    async def main() -> None:
        otp = AsyncOtpkit(providers={"mine": Sender("plain", lambda message: time.sleep(0.3))})
        turns = 0
        call = asyncio.create_task(otp.start(to=TO))
        while not call.done():
            turns += 1
            await asyncio.sleep(0.01)
        assert turns > 15

    asyncio.run(main())


def test_many_slow_methods_run_at_the_same_time(face: str, style: str) -> None:
    async def slowly(message: Any) -> None:
        await asyncio.sleep(0.3)

    body: Body = {"plain": lambda message: time.sleep(0.3), "async": slowly, "awaitable": lambda message: slowly(message)}[style]
    numbers = [phone(n) for n in range(40)]
    provider = Sender("plain", body)
    began = time.monotonic()
    if face == "sync":
        otp = client("sync", provider)
        threads = [threading.Thread(target=otp.start, kwargs={"to": number}) for number in numbers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    else:

        async def main() -> None:
            twin = AsyncOtpkit(providers={"mine": provider}, **WIDE)
            await asyncio.gather(*(twin.start(to=number) for number in numbers))

        asyncio.run(main())
    assert time.monotonic() - began < 2.0


def test_methods_may_be_any_callable(face: str) -> None:
    class Callable_:
        async def __call__(self, message: Any) -> None:
            assert asyncio.get_running_loop()

    async def bound(extra: int, message: Any) -> None:
        assert asyncio.get_running_loop()

    class Static:
        @staticmethod
        def send(message: Any) -> None: ...

    class ByClass:
        @classmethod
        async def send(cls, message: Any) -> None: ...

    for body in (Callable_(), functools.partial(bound, 5), functools.partial(print, file=io.StringIO())):
        assert client(face, Sender("plain", body)).start(to=TO).delivery == "sent"
    for provider in (Static(), ByClass()):
        assert client(face, provider).start(to=TO).delivery == "sent"


# --- calling otpkit from within a callback


@pytest.mark.parametrize("inner", FACES)
def test_callbacks_call_otpkit_again_three_deep(face: str, style: str, inner: str) -> None:
    """Each `send` starts and checks a verification whose own `send` does the same, down to the outbox."""
    depth = 3
    last: Any = Otpkit(providers=OUTBOX, **WIDE) if inner == "sync" else AsyncOtpkit(providers=OUTBOX, **WIDE)
    reached: list[int] = []

    def body_for(level: int, next_client: Any) -> Callable[[Any], Any]:
        async def coroutine(message: Any) -> None:
            reached.append(level)
            if isinstance(next_client, AsyncOtpkit):
                assert await next_client.start(to=message.to)
            else:
                assert next_client.start(to=message.to)

        def plain(message: Any) -> None:
            reached.append(level)
            if isinstance(next_client, AsyncOtpkit):
                assert asyncio.run(next_client.start(to=message.to))
            else:
                assert next_client.start(to=message.to)

        return {"plain": plain, "async": coroutine, "awaitable": lambda message: coroutine(message)}[style]

    otp: Any = last
    for level in range(depth):
        kind: Any = {"sync": Otpkit, "asyncio": AsyncOtpkit}[inner if level < depth - 1 else face]
        otp = kind(providers={"mine": Sender("plain", body_for(level, otp))}, deadline_ms=5000, **WIDE)
    began = time.monotonic()
    started = otp.start(to=TO) if face == "sync" else asyncio.run(otp.start(to=TO))
    assert started.delivery == "sent"
    assert sorted(reached) == [0, 1, 2]
    assert time.monotonic() - began < 3.0
    assert last.outbox("outbox").last().to == TO


def test_plain_and_async_callbacks_in_turn_do_not_wait_for_each_other() -> None:
    """A coroutine that blocks its background loop by `Otpkit`, over a plain method, down to another coroutine."""
    bottom = Otpkit(providers=OUTBOX, **WIDE)

    async def lowest(message: Any) -> None:
        bottom.start(to=message.to)

    third = Otpkit(providers={"mine": Sender("plain", lowest)}, deadline_ms=5000, **WIDE)
    second = Otpkit(providers={"mine": Sender("plain", lambda message: third.start(to=message.to) and None)}, **WIDE)

    async def blocking(message: Any) -> None:
        second.start(to=message.to)

    first = Otpkit(providers={"mine": Sender("plain", blocking)}, deadline_ms=5000, **WIDE)
    began = time.monotonic()
    assert first.start(to=TO).delivery == "sent"
    assert time.monotonic() - began < 3.0


def test_the_same_client_may_be_called_from_its_own_callback(face: str, style: str) -> None:
    holder: list[Any] = []

    def plain(message: Any) -> None:
        if message.purpose == "default":
            reply = holder[0].start(to=message.to, purpose="inner")
            if face == "asyncio":
                asyncio.run(reply)

    async def coroutine(message: Any) -> None:
        if message.purpose == "default":
            reply = holder[0].start(to=message.to, purpose="inner")
            if face == "asyncio":
                await reply

    body: Body = {"plain": plain, "async": coroutine, "awaitable": lambda message: coroutine(message)}[style]
    otp = client(face, Sender("plain", body), deadline_ms=5000)
    holder.append(otp.otp)
    assert otp.start(to=TO).delivery == "sent"


# --- events


def test_events_come_in_order_on_a_thread_of_their_own(face: str) -> None:
    events: list[Any] = []
    threads: set[str] = set()
    done = threading.Event()

    def on_event(event: Any) -> None:
        events.append(event)
        threads.add(threading.current_thread().name)
        if len(events) >= 4:
            done.set()
        raise SystemExit("a handler that fails")

    otp = Face(face, providers=OUTBOX, on_event=on_event)
    started = otp.start(to=TO, purpose="login")
    code = otp.outbox("outbox").last().code
    otp.check(id=started.id, code=str((int(code) + 1) % 10**6).zfill(6), purpose="login")
    assert otp.check(id=started.id, code=code, purpose="login")
    with pytest.raises(otpkit.InvalidInputError):
        otp.check(id="x", code=code)
    assert done.wait(5)
    assert [event["event"] for event in events] == ["send", "check", "check", "error"]
    assert [event.get("status") for event in events[1:3]] == ["pending", "approved"]
    assert threads == {"otpkit-events"}
    assert "612345678" not in str(events)
    assert code not in str(events)


def test_an_event_handler_may_call_otpkit_and_may_be_slow(face: str) -> None:
    done = threading.Event()
    holder: list[Any] = []

    def on_event(event: Any) -> None:
        if event["event"] == "send":
            status = holder[0].status(id=event["id"])
            if face == "asyncio":
                status = asyncio.run(status)
            time.sleep(0.2)
            done.set()

    otp = Face(face, providers=OUTBOX, on_event=on_event)
    holder.append(otp.otp)
    began = time.monotonic()
    otp.start(to=TO)
    assert time.monotonic() - began < 0.15
    assert done.wait(5)
