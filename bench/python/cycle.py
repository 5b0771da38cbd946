"""One `start` and one `check` in process memory, with otpkit: blocking and asyncio."""

import asyncio
import itertools

from otpkit import AsyncOtpkit, Otpkit
from timed import Timed

# Of Dutch mobile numbers: those that wait, and those of the rounds. No number is used twice, as no person would be.
PENDING = 10_000_000
rounds = itertools.count(20_000_000)


def text(number):
    return f"+316{number:08d}"


def numbers(count):
    return [text(number) for number in itertools.islice(rounds, count)]


class Keep:
    """Every sender of these measurements does the same with a code: it keeps it."""

    code = ""

    def send(self, message):
        self.code = message.code


def client(kind, keep):
    return kind(
        store={"type": "memory", "max_entries": 8_000_000},
        policy={"ttl_seconds": 600},
        providers={"keep": keep},
    )


crowded = {}


def sync(count, kept=None):
    otp, keep = kept or fresh(Otpkit)
    to = numbers(count)
    with Timed() as timed:
        for number in to:
            started = otp.start(to=number)
            assert otp.check(id=started.id, code=keep.code)
    return timed.answer


def fresh(kind):
    keep = Keep()
    otp = client(kind, keep)
    # The first call of a client also reads the store's meta document.
    started = otp.start(to=text(50_000_000))
    if kind is AsyncOtpkit:
        asyncio.run(settled(started))
    return otp, keep


async def settled(call):
    return await call


def fill(count):
    with Timed() as timed:
        crowded["sync"] = otp, _ = fresh(Otpkit)
        for number in range(PENDING, PENDING + count):
            otp.start(to=text(number))
    return timed.answer


def asynchronous(count, kept=None):
    otp, keep = kept or fresh(AsyncOtpkit)
    to = numbers(count)

    async def cycles():
        with Timed() as timed:
            for number in to:
                started = await otp.start(to=number)
                assert await otp.check(id=started.id, code=keep.code)
        return timed.answer

    return asyncio.run(cycles())


def fill_asynchronous(count):
    crowded["async"] = otp, _ = fresh(AsyncOtpkit)

    async def starts():
        with Timed() as timed:
            for number in range(PENDING, PENDING + count):
                await otp.start(to=text(number))
        return timed.answer

    return asyncio.run(starts())


def empty(_):
    crowded.clear()
    return {"ns": 0}


CASES = {
    "otpkit": sync,
    "otpkit-fill": fill,
    "otpkit-crowded": lambda count: sync(count, crowded["sync"]),
    "asyncio": asynchronous,
    "asyncio-fill": fill_asynchronous,
    "asyncio-crowded": lambda count: asynchronous(count, crowded["async"]),
    "empty": empty,
}
