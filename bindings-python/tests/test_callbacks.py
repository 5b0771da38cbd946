"""Providers of the host: every way in which a method can go wrong, plain and `async`, under both faces."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import io
import logging
import threading
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import otpkit
import pytest
from otpkit import AsyncOtpkit, Otpkit
from support import FACES, OUTBOX, TO, WIDE, Face, phone

STYLES = ["plain", "async", "awaitable"]
VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")
Body = Callable[[Any], Any]


@pytest.fixture(params=STYLES)
def style(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def method(style: str, body: Body) -> Callable[[Any], Any]:
    """A method that does `body`: plain, `async`, or plain but returning something to await."""

    async def coroutine(message: Any) -> Any:
        await asyncio.sleep(0)
        return body(message)

    return {"plain": body, "async": coroutine, "awaitable": lambda message: coroutine(message)}[style]


class Sender:
    def __init__(self, style: str, body: Body, **options: Any) -> None:
        self.send = method(style, body)
        self.__dict__.update(options)


class Verifier:
    def __init__(self, style: str, create: Body, check: Body, **options: Any) -> None:
        self.create = method(style, create)
        self.check = method(style, check)
        for verb in ("resend", "cancel"):
            if verb in options:
                options[verb] = method(style, options[verb])
        self.__dict__.update(options)


def raises(error: BaseException) -> Body:
    def body(message: Any) -> Any:
        raise error

    return body


def client(face: str, provider: Any, **settings: Any) -> Face:
    return Face(face, providers={"mine": provider}, **{**WIDE, **settings})


# --- what a sender may answer


@pytest.mark.parametrize("answer", [None, True, {"result": "sent"}, {"result": "sent", "reference": "m1", "reason": None}])
def test_a_message_was_sent(face: str, style: str, answer: Any) -> None:
    otp = client(face, Sender(style, lambda message: answer))
    assert otp.start(to=TO).delivery == "sent"
    reference = answer.get("reference") if isinstance(answer, dict) else None
    assert otp.deliver(to=TO, code="042424").reference == reference


def test_a_message_was_not_sent_rejected_or_limited(face: str, style: str) -> None:
    answers: dict[str, type[otpkit.OtpkitError]] = {
        "not_sent": otpkit.ProviderUnavailableError,
        "rejected": otpkit.RejectedError,
        "limited": otpkit.ProviderLimitedError,
    }
    for word, kind in answers.items():
        otp = client(face, Sender(style, lambda message, word=word: {"result": word, "retry_after_ms": 5000.0}))
        with pytest.raises(kind) as caught:
            otp.start(to=TO)
        after = caught.value.retry_after
        assert (after.total_seconds() if after else None) == (5.0 if word == "limited" else None)


NONSENSE: list[Any] = [
    False, 0, 1, 42, "", "sent", b"sent", [], ["sent"], (), {}, {"result": None}, {"result": "Sent"}, {"result": "approved"},
    {"result": True}, {"result": "sent", "reference": 5}, {"result": "limited", "retry_after_ms": "5"},
    {"result": "limited", "retry_after_ms": True}, {"results": "sent"}, object(), type, ..., float("nan"),
    {"result": "sent\ud800"}, {"result": type("Word", (str,), {})("sent")}, {5: "sent"},
]  # fmt: skip


def test_nonsense_is_never_read_as_sent(face: str, style: str) -> None:
    answers = iter(NONSENSE)
    otp = client(face, Sender(style, lambda message: next(answers)))
    for number in range(len(NONSENSE)):
        assert otp.start(to=phone(number)).delivery == "unknown"


# --- exceptions

ERRORS: list[BaseException] = [
    ValueError("to +31612345678"), KeyError("x"), StopIteration(), StopAsyncIteration(), SystemExit(3), KeyboardInterrupt(),
    GeneratorExit(), asyncio.CancelledError(), MemoryError(), RecursionError(), BaseException("bare"), TimeoutError(),
    BaseExceptionGroup("group", [SystemExit(1)]), otpkit.RateLimitedError("inner"),
]  # fmt: skip


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_exception_means_what_on_error_says(face: str, style: str, error: BaseException) -> None:
    assert client(face, Sender(style, raises(error))).start(to=TO).delivery == "unknown"
    assert client(face, Sender(style, raises(error), on_error="ambiguous")).start(to=TO).delivery == "unknown"
    with pytest.raises(otpkit.ProviderUnavailableError):
        client(face, Sender(style, raises(error), on_error="not_sent")).start(to=TO)
    # A verifier whose `create` may have begun and that cannot check without a reference.
    with pytest.raises(otpkit.CannotTellError):
        client(face, Verifier(style, raises(error), lambda attempt: True)).start(to=TO)
    otp = client(face, Verifier(style, lambda message: "r", raises(error)))
    started = otp.start(to=TO)
    with pytest.raises(otpkit.CannotTellError):
        otp.check(id=started.id, code="123456")
    assert otp.status(id=started.id).attempts_left == 4


def test_the_next_provider_serves_after_a_clear_not_sent(face: str, style: str) -> None:
    broken = Sender(style, raises(ValueError()), on_error="not_sent")
    otp = Face(face, providers={"broken": broken, **OUTBOX}, **WIDE)
    assert otp.start(to=TO).provider == "outbox"


def test_what_was_raised_is_told_to_the_operator_without_its_words(
    face: str, style: str, caplog: pytest.LogCaptureFixture
) -> None:
    events: list[Any] = []
    told = threading.Event()

    def on_event(event: Any) -> None:
        events.append(event)
        told.set()

    otp = client(face, Sender(style, raises(ValueError("to +31612345678"))), on_event=on_event)
    with caplog.at_level(logging.WARNING, "otpkit"):
        otp.start(to=TO)
        assert told.wait(5)
        # The log is written after the answer was given.
        deadline = time.monotonic() + 5
        while "raised" not in caplog.text and time.monotonic() < deadline:
            time.sleep(0.01)
    (event,) = [event for event in events if event["event"] == "send"]
    assert event["result"] == "ambiguous"
    assert event["detail"].startswith("ValueError at test_callbacks.py:")
    assert "612345678" not in str(events) + caplog.text
    assert "provider mine: `send` raised ValueError at test_callbacks.py:" in caplog.text


# --- verifiers


@pytest.mark.parametrize("created", ["r1", {"reference": "r1"}, {"result": "created", "reference": "r1"}])
def test_a_verifier_is_told_its_reference(face: str, style: str, created: Any) -> None:
    attempts: list[Any] = []

    def check(attempt: Any) -> Any:
        attempts.append(attempt)
        return attempt.code == "123456"

    otp = client(face, Verifier(style, lambda message: created, check))
    started = otp.start(to=TO, purpose="login")
    refused = otp.check(id=started.id, code="654321", purpose="login")
    assert (bool(refused), refused.status, refused.attempts_left) == (False, "pending", 4)
    assert otp.check(id=started.id, code=" 123456\n", purpose="login").to == TO
    last = attempts[-1]
    assert type(last) is otpkit.Attempt
    assert (last.to, last.reference, last.code, last.purpose, last.channel) == (TO, "r1", "123456", "login", "sms")


@pytest.mark.parametrize(
    ("answer", "status"),
    [(True, "approved"), ({"result": "approved"}, "approved"), (False, "pending"), ({"result": "wrong"}, "pending"),
     ({"result": "ended"}, "ended")],
)  # fmt: skip
def test_a_verifiers_answers(face: str, style: str, answer: Any, status: str) -> None:
    otp = client(face, Verifier(style, lambda message: "r", lambda attempt: answer))
    assert otp.check(id=otp.start(to=TO).id, code="123456").status == status


@pytest.mark.parametrize(
    "answer", [None, 1, 0, "approved", "", {}, {"approved": True}, {"result": "sent"}, {"result": "cannot_tell"}, object()]
)
def test_what_is_no_clear_yes_or_no_is_cannot_tell(face: str, style: str, answer: Any) -> None:
    otp = client(face, Verifier(style, lambda message: "r", lambda attempt: answer))
    started = otp.start(to=TO)
    with pytest.raises(otpkit.CannotTellError):
        otp.check(id=started.id, code="123456")
    assert otp.status(id=started.id).attempts_left == 4


@pytest.mark.parametrize("answer", [None, True, 5, b"r", {}, {"result": "created", "reference": 5}, {"result": "approved"}])
def test_a_create_without_a_reference_fails(face: str, style: str, answer: Any) -> None:
    with pytest.raises(otpkit.CannotTellError):
        client(face, Verifier(style, lambda message: answer, lambda attempt: True)).start(to=TO)


def test_resend_and_cancel_reach_a_verifier(face: str, style: str) -> None:
    asked: list[tuple[str, Any]] = []

    def note(verb: str, answer: Any) -> Body:
        def body(message: Any) -> Any:
            asked.append((verb, message))
            return answer

        return body

    provider = Verifier(
        style, note("create", "r1"), note("check", True), resend=note("resend", "r2"), cancel=note("cancel", 42)
    )
    otp = client(face, provider)
    started = otp.start(to=TO)
    otp.resend(id=started.id)
    assert otp.cancel(id=started.id)
    assert [verb for verb, _ in asked] == ["create", "resend", "cancel"]
    assert [type(message) for _, message in asked] == [otpkit.Message, otpkit.Existing, otpkit.Existing]
    assert [message.reference for _, message in asked[1:]] == ["r1", "r2"]


def test_a_verifier_that_checks_by_recipient_stays_checkable(face: str, style: str) -> None:
    provider = Verifier(style, raises(OSError()), lambda attempt: attempt.reference == "", checks_by_recipient=True)
    otp = client(face, provider)
    started = otp.start(to=TO)
    assert started.delivery == "unknown"
    assert otp.check(id=started.id, code="123456")


# --- silence and late answers


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
