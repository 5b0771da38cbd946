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
    """Every sender in Python does the same with a code: it keeps it."""

    code = ""

    def send(self, message):
        self.code = message.code


class KeepAsync(Keep):
    async def send(self, message):
        self.code = message.code


class Kept:
    """A client, and where its last code is found."""

    def __init__(self, kind, keep=None):
        settings = {"store": {"type": "memory", "max_entries": 8_000_000}, "policy": {"ttl_seconds": 600}}
        # Without a sender in Python, the one of the library that keeps messages: it does nothing else, as the floor's.
        self.otp = kind(providers={"it": keep or {"type": "outbox", "keep": 1}}, **settings)
        if keep is None:
            outbox = self.otp.outbox("it")
            self.code = lambda: outbox.last().code
        else:
            self.code = lambda: keep.code
        # The first call of a client also reads the store's meta document.
        started = self.otp.start(to=text(50_000_000))
        if kind is AsyncOtpkit:
            asyncio.run(settled(started))


async def settled(call):
    return await call


def cycles(kept, count):
    otp, code, to = kept.otp, kept.code, numbers(count)
    with Timed() as timed:
        for number in to:
            started = otp.start(to=number)
            assert otp.check(id=started.id, code=code())
    return timed.answer


def asyncio_cycles(kept, count):
    otp, code, to = kept.otp, kept.code, numbers(count)

    async def run():
        with Timed() as timed:
            for number in to:
                started = await otp.start(to=number)
                assert await otp.check(id=started.id, code=code())
        return timed.answer

    return asyncio.run(run())


crowded = {}


def fill(count):
    with Timed() as timed:
        kept = crowded["sync"] = Kept(Otpkit)
        for number in range(PENDING, PENDING + count):
            kept.otp.start(to=text(number))
    return timed.answer


def asyncio_fill(count):
    kept = crowded["asyncio"] = Kept(AsyncOtpkit)

    async def starts():
        with Timed() as timed:
            for number in range(PENDING, PENDING + count):
                await kept.otp.start(to=text(number))
        return timed.answer

    return asyncio.run(starts())


def empty(_):
    crowded.clear()
    return {"ns": 0}


CASES = {
    "otpkit": lambda count: cycles(Kept(Otpkit), count),
    "otpkit-callback": lambda count: cycles(Kept(Otpkit, Keep()), count),
    "otpkit-fill": fill,
    "otpkit-crowded": lambda count: cycles(crowded["sync"], count),
    "asyncio": lambda count: asyncio_cycles(Kept(AsyncOtpkit), count),
    "asyncio-callback": lambda count: asyncio_cycles(Kept(AsyncOtpkit, KeepAsync()), count),
    "asyncio-fill": asyncio_fill,
    "asyncio-crowded": lambda count: asyncio_cycles(crowded["asyncio"], count),
    "empty": empty,
}
