"""Races: one use, counted attempts and no lost right code, with many threads and many tasks (G1, G2, G3)."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from otpkit import AsyncOtpkit, Otpkit, OtpkitError
from support import OUTBOX, TO, WIDE, code_of, phone, wrong

THREADS = 16
CHECKS = 10_000


def in_threads(count: int, work: Callable[[int], None]) -> None:
    """Runs `work(0)`, `work(1)`, ... on threads that begin together."""
    barrier = threading.Barrier(count)
    failures: list[BaseException] = []

    def run(number: int) -> None:
        barrier.wait()
        try:
            work(number)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]


class ByHand:
    """A verifier whose service says yes to everything, every time."""

    def create(self, message: Any) -> str:
        return "r"

    async def check(self, attempt: Any) -> bool:
        return True


def storm(otp: Otpkit, codes: list[str], id: str) -> Counter[str]:
    """Checks every code, spread over the threads, and counts the answers."""
    counts = [Counter[str]() for _ in range(THREADS)]

    def work(number: int) -> None:
        for code in codes[number::THREADS]:
            try:
                reply = otp.check(id=id, code=code)
                counts[number][reply.reason or reply.status] += 1
            except OtpkitError as error:
                counts[number][error.code] += 1

    in_threads(THREADS, work)
    return sum(counts, Counter())


async def storm_of_tasks(otp: AsyncOtpkit, codes: list[str], id: str) -> Counter[str]:
    """Checks every code, a task each, and counts the answers."""

    async def check(code: str) -> str:
        try:
            reply = await otp.check(id=id, code=code)
            return reply.reason or reply.status
        except OtpkitError as error:
            return error.code

    return Counter(await asyncio.gather(*(check(code) for code in codes)))


def test_g1_ten_thousand_right_checks_by_threads_approve_once() -> None:
    otp = Otpkit(providers=OUTBOX)
    started = otp.start(to=TO)
    counts = storm(otp, [code_of(otp)] * CHECKS, started.id)
    assert counts == {"approved": 1, "used": CHECKS - 1}


def test_g1_ten_thousand_right_checks_by_tasks_approve_once() -> None:
    async def main() -> Counter[str]:
        otp = AsyncOtpkit(providers=OUTBOX)
        started = await otp.start(to=TO)
        return await storm_of_tasks(otp, [code_of(otp)] * CHECKS, started.id)

    assert asyncio.run(main()) == {"approved": 1, "used": CHECKS - 1}


def test_g2_of_ten_thousand_wrong_codes_by_threads_five_are_evaluated() -> None:
    otp = Otpkit(providers=OUTBOX)
    started = otp.start(to=TO)
    code = code_of(otp)
    counts = storm(otp, [wrong(code, number) for number in range(1, CHECKS + 1)], started.id)
    assert counts == {"wrong_code": 4, "locked": CHECKS - 4}
    assert not otp.check(id=started.id, code=code)


def test_g2_of_ten_thousand_wrong_codes_by_tasks_five_are_evaluated() -> None:
    async def main() -> None:
        otp = AsyncOtpkit(providers=OUTBOX)
        started = await otp.start(to=TO)
        code = code_of(otp)
        codes = [wrong(code, number) for number in range(1, CHECKS + 1)]
        # The fifth wrong code is the one that locks.
        assert await storm_of_tasks(otp, codes, started.id) == {"wrong_code": 4, "locked": CHECKS - 4}
        assert not await otp.check(id=started.id, code=code)

    asyncio.run(main())


def test_g3_the_right_code_is_never_lost_among_wrong_ones_by_threads() -> None:
    otp = Otpkit(providers=OUTBOX, **WIDE)
    trials: list[tuple[str, str]] = []
    for number in range(1000):
        trials.append((otp.start(to=phone(number)).id, code_of(otp)))
    approved = [0] * 4
    barrier = threading.Barrier(4)

    def work(place: int) -> None:
        for id, code in trials:
            barrier.wait()
            reply = otp.check(id=id, code=wrong(code, place) if place else code)
            approved[place] += bool(reply)

    in_threads(4, work)
    assert approved == [1000, 0, 0, 0]


def test_g3_the_right_code_is_never_lost_among_wrong_ones_by_tasks() -> None:
    async def main() -> None:
        otp = AsyncOtpkit(providers=OUTBOX, **WIDE)
        for number in range(1000):
            started = await otp.start(to=phone(number))
            code = code_of(otp)
            codes = [wrong(code, 1), wrong(code, 2), wrong(code, 3)]
            codes.insert(number % 4, code)
            replies = await asyncio.gather(*(otp.check(id=started.id, code=one) for one in codes))
            assert [bool(reply) for reply in replies] == [one == code for one in codes]

    asyncio.run(main())


def test_a_service_that_always_says_yes_approves_once_by_threads() -> None:
    otp = Otpkit(providers={"service": ByHand()}, policy={"attempts": 10})
    started = otp.start(to=TO)
    counts = storm(otp, ["123456"] * 1000, started.id)
    assert counts["approved"] == 1
    assert sum(counts.values()) == 1000
    assert not otp.check(id=started.id, code="123456")


def test_a_service_that_always_says_yes_approves_once_by_tasks() -> None:
    async def main() -> Counter[str]:
        otp = AsyncOtpkit(providers={"service": ByHand()}, policy={"attempts": 10})
        started = await otp.start(to=TO)
        return await storm_of_tasks(otp, ["123456"] * 1000, started.id)

    counts = asyncio.run(main())
    assert counts["approved"] == 1
    assert sum(counts.values()) == 1000


def test_one_client_serves_threads_and_loops_at_once() -> None:
    """Threads with a client of their own loop, all with one record to fight for."""
    sync = Otpkit(providers={"slow": Slow()}, deadline_ms=5000, **WIDE)
    asynchronous = AsyncOtpkit(providers={"slow": Slow()}, deadline_ms=5000, **WIDE)

    def work(number: int) -> None:
        if number % 2:
            for n in range(20):
                assert sync.start(to=phone(number * 100 + n)).delivery == "sent"
            return

        async def main() -> None:
            calls = (asynchronous.start(to=phone(number * 100 + n)) for n in range(20))
            assert all(reply.delivery == "sent" for reply in await asyncio.gather(*calls))

        asyncio.run(main())

    in_threads(THREADS, work)


class Slow:
    async def send(self, message: Any) -> None:
        await asyncio.sleep(0.005)


def test_waiting_calls_leave_the_interpreter_to_others() -> None:
    """While 8 threads wait for a slow provider, a thread that counts goes on nearly as fast as alone."""

    class Waiting:
        def __init__(self) -> None:
            self.gate = threading.Event()

        def send(self, message: Any) -> None:
            self.gate.wait()

    def count(seconds: float) -> int:
        turns = 0
        stop = threading.Event()
        timer = threading.Timer(seconds, stop.set)
        timer.start()
        while not stop.is_set():
            turns += 1
        timer.join()
        return turns

    provider = Waiting()
    otp = Otpkit(providers={"slow": provider}, **WIDE)
    best = 0.0
    for trial in range(3):
        alone = count(0.3)
        provider.gate.clear()
        callers = [threading.Thread(target=otp.start, kwargs={"to": phone(trial * 8 + n)}) for n in range(8)]
        for caller in callers:
            caller.start()
        among = count(0.3)
        provider.gate.set()
        for caller in callers:
            caller.join()
        best = max(best, among / alone)
    assert best > 0.9
