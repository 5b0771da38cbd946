"""asyncio: cancellation, time-outs, loops that come and go, and nothing left behind."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
import warnings
from collections.abc import Callable, Coroutine, Iterator
from statistics import median
from typing import Any

import otpkit
import pytest
import uvloop
from otpkit import AsyncOtpkit, Otpkit
from support import OUTBOX, TO, WIDE, phone, run_python


class Slow:
    """A provider that takes its time, and tells when it was cancelled."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.begun = 0
        self.cancelled_at: list[float] = []

    async def send(self, message: Any) -> None:
        self.begun += 1
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled_at.append(time.monotonic())
            raise


class SlowPlain:
    def send(self, message: Any) -> None:
        time.sleep(0.02)


class WithoutReader(asyncio.SelectorEventLoop):
    """A loop that cannot watch a pipe, as the proactor loop of Windows."""

    def add_reader(self, *arguments: Any) -> None:
        raise NotImplementedError


Main = Coroutine[Any, Any, None]
LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
    "without a reader": WithoutReader,
}


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Callable[[Main], None]:
    """Runs a coroutine on a loop of each kind; what the loop complains about fails the test."""

    def run(main: Main) -> None:
        complaints: list[Any] = []
        with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
            runner.get_loop().set_exception_handler(lambda loop, context: complaints.append(context))
            runner.run(main)
            gc.collect()
        gc.collect()
        assert not complaints

    return run


Run = Callable[[Main], None]


def test_calls_that_wait_come_back(run: Run) -> None:
    async def main() -> None:
        for provider in (Slow(0.01), SlowPlain()):
            otp = AsyncOtpkit(providers={"slow": provider}, **WIDE)
            replies = await asyncio.gather(*(otp.start(to=phone(number)) for number in range(200)))
            assert len({reply.id for reply in replies}) == 200

    run(main())


def test_cancelling_a_task_drops_the_call_and_what_runs_for_it(run: Run) -> None:
    async def main() -> None:
        took = []
        for number in range(9):
            provider = Slow(60)
            otp = AsyncOtpkit(providers={"slow": provider}, **WIDE)
            task = asyncio.create_task(otp.start(to=phone(number)))
            while not provider.begun:
                await asyncio.sleep(0.001)
            began = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            while not provider.cancelled_at and time.monotonic() - began < 5:
                await asyncio.sleep(0.001)
            took.append(provider.cancelled_at[0] - began)
        assert median(took) < 0.2

    run(main())


def test_wait_for_and_timeout_end_a_call(run: Run) -> None:
    async def main() -> None:
        provider = Slow(60)
        otp = AsyncOtpkit(providers={"slow": provider}, **WIDE)
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(otp.start(to=TO), 0.05)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await otp.start(to=phone(1))
        assert time.monotonic() - began < 1.0
        while len(provider.cancelled_at) < 2:
            await asyncio.sleep(0.001)

    run(main())


def test_a_task_that_is_cancelled_before_it_ran_does_nothing(run: Run) -> None:
    async def main() -> None:
        otp = AsyncOtpkit(providers=OUTBOX)
        task = asyncio.create_task(otp.start(to=TO))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert otp.outbox("outbox").last() is None

    run(main())


def test_errors_of_calls_that_nobody_awaits_are_quiet_and_results_too(run: Run) -> None:
    async def main() -> None:
        otp = AsyncOtpkit(providers={"slow": Slow(0.01)}, **WIDE)
        tasks = [asyncio.create_task(otp.start(to=phone(number))) for number in range(50)]
        await asyncio.sleep(0.005)
        for task in tasks[::2]:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError | otpkit.Started) for result in results)
        # Cancelled in the very turn in which their results came.
        tasks = [asyncio.create_task(otp.start(to=phone(100 + number))) for number in range(50)]
        await asyncio.sleep(0.0)
        time.sleep(0.05)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    run(main())


def test_a_call_that_is_not_awaited_is_not_made() -> None:
    otp = AsyncOtpkit(providers=OUTBOX)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        otp.start(to=TO)  # type: ignore[unused-coroutine]
        gc.collect()
    assert any("never awaited" in str(warning.message) for warning in caught)
    assert otp.outbox("outbox").last() is None


def test_a_loop_may_be_closed_while_a_call_waits() -> None:
    for make in LOOPS.values():
        loop = make()
        otp = AsyncOtpkit(providers={"slow": Slow(0.05)}, **WIDE)
        task = loop.create_task(otp.start(to=TO))
        loop.call_later(0.01, loop.stop)
        loop.run_forever()
        assert not task.done()
        task.cancel()
        loop.close()
        # The result comes for a loop that is no more.
        time.sleep(0.1)
        other = AsyncOtpkit(providers={"slow": Slow(0.01)}, **WIDE)
        assert asyncio.run(other.start(to=TO)).delivery == "sent"
        # The task is lost with its loop; that asyncio says so is its own matter.
        task._log_destroy_pending = False  # type: ignore[attr-defined]


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("kind", LOOPS)
def test_two_hundred_loops_leave_no_threads_and_no_descriptors(kind: str) -> None:
    class Mixed:
        async def create(self, message: Any) -> str:
            await asyncio.sleep(0)
            return "r"

        def check(self, attempt: Any) -> bool:
            return True

    otp = AsyncOtpkit(providers={"mixed": Mixed()}, **WIDE)

    async def main(number: int) -> None:
        started = await otp.start(to=phone(number))
        assert await otp.check(id=started.id, code="123456")

    def once(number: int) -> None:
        with asyncio.Runner(loop_factory=LOOPS[kind]) as runner:
            runner.run(main(number))

    for number in range(10):
        once(number)
    gc.collect()
    threads, open_before = threading.active_count(), descriptors()
    for number in range(10, 210):
        once(number)
    until = time.monotonic() + 5
    while threading.active_count() > threads + 3 and time.monotonic() < until:
        gc.collect()
        time.sleep(0.01)
    assert threading.active_count() <= threads + 3
    assert descriptors() <= open_before + 4


def test_one_client_serves_loops_in_several_threads() -> None:
    otp = AsyncOtpkit(providers={"slow": Slow(0.005)}, **WIDE)
    failures: list[BaseException] = []

    def work(number: int) -> None:
        async def main() -> None:
            await asyncio.gather(*(otp.start(to=phone(number * 100 + n)) for n in range(50)))

        try:
            asyncio.run(asyncio.wait_for(main(), 20))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_a_task_group_and_a_deadline(run: Run) -> None:
    async def main() -> None:
        otp = AsyncOtpkit(providers={"slow": Slow(0.01)}, **WIDE)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(otp.start(to=phone(number))) for number in range(20)]
        assert all(task.result().delivery == "sent" for task in tasks)
        slow = AsyncOtpkit(providers={"slow": Slow(60)}, deadline_ms=60, **WIDE)
        assert (await slow.start(to=TO)).delivery == "unknown"

    run(main())


def test_without_a_loop_of_asyncio_nothing_is_done() -> None:
    otp = AsyncOtpkit(providers=OUTBOX)
    call = otp.start(to=TO)
    with pytest.raises(RuntimeError, match="no running event loop"):
        call.send(None)
    assert otp.outbox("outbox").last() is None


def test_the_sync_client_works_inside_a_running_loop() -> None:
    async def main() -> None:
        for provider in (Slow(0.01), SlowPlain()):
            assert Otpkit(providers={"slow": provider}).start(to=TO).delivery == "sent"

    asyncio.run(main())


def test_nothing_is_said_on_standard_error_in_development_mode() -> None:
    script = """
        import asyncio, warnings
        from otpkit import AsyncOtpkit, Otpkit
        warnings.simplefilter("error")

        class Mine:
            async def send(self, message):
                await asyncio.sleep(0.01)

        async def main():
            async with AsyncOtpkit(providers={"mine": Mine()}) as otp:
                await asyncio.gather(*(otp.start(to=f"+3161{n:07}") for n in range(20)))

        asyncio.run(main())
        Otpkit(providers={"mine": Mine()}).start(to="+31612345678")
    """
    done = run_python(script, options=("-X", "dev"))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture(autouse=True)
def no_complaints() -> Iterator[None]:
    """Coroutines and tasks that were forgotten are errors, at the latest when they are collected."""
    yield
    gc.collect()
