"""Read by type checkers, not run: what is right passes, and each `type: ignore` stands on an error that must be there."""

from datetime import datetime, timedelta
from typing import Any, Literal, assert_type

from otpkit import (
    AsyncOtpkit,
    Attempt,
    Checked,
    Existing,
    Message,
    Otpkit,
    OtpkitError,
    Outgoing,
    RateLimitedError,
    Reported,
    Sender,
    Started,
    Verifier,
)
from otpkit.providers import CheckAnswer, CreateAnswer, CreateResult, SendAnswer, SendResult
from otpkit.settings import Settings


class PlainSender:
    on_error = "not_sent"

    def send(self, message: Outgoing) -> None:
        assert_type(message.code, str)


class AsyncSender:
    async def send(self, message: Outgoing) -> SendResult:
        return {"result": "limited", "retry_after_ms": 1000}


class AnySender:
    def send(self, message: Outgoing) -> SendAnswer:
        return True


class PlainVerifier:
    checks_by_recipient = True

    def create(self, message: Message) -> str:
        return message.to

    def check(self, attempt: Attempt) -> bool:
        assert_type(attempt.reference, str)
        return attempt.code == "042424"

    def resend(self, existing: Existing) -> CreateResult:
        return {"reference": existing.reference}


class AsyncVerifier:
    async def create(self, message: Message) -> CreateAnswer:
        return {"result": "created", "reference": "r"}

    async def check(self, attempt: Attempt) -> CheckAnswer:
        return {"result": "cannot_tell", "reason": "asleep"}


class NoProvider:
    def deliver(self, message: Outgoing) -> None: ...


class WrongAnswer:
    def send(self, message: Outgoing) -> int:
        return 42


senders: list[Sender] = [PlainSender(), AsyncSender(), AnySender()]
verifiers: list[Verifier] = [PlainVerifier(), AsyncVerifier()]
wrong_sender: Sender = NoProvider()  # type: ignore[assignment]
wrong_answer: Sender = WrongAnswer()  # type: ignore[assignment]

otp = Otpkit(
    secrets=["..."],
    store={"type": "memory", "max_entries": 1000},
    providers={"plain": PlainSender(), "verifier": AsyncVerifier(), "outbox": {"type": "outbox", "keep": 5}},
    routes=[{"country": ["NL"], "use": ["plain"]}],
    policy={"length": 8, "resend": "new"},
    purposes={"payment": {"ttl_seconds": 60}},
    per_ip=[{"max": 5, "per_seconds": 60}],
    on_event=print,
)
settings: Settings = {"brand": "Acme", "providers": {"outbox": {"type": "outbox"}}}
twin = Otpkit(**settings)
parsed = Otpkit.from_json("{}", providers={"plain": PlainSender()})
assert_type(parsed, Otpkit)

started = otp.start(to="+31612345678", purpose="login", context=b"x", values={"a": "b"})
assert_type(started, Started)
assert_type(started.expires_at, datetime)
assert_type(started.delivery, Literal["sent", "unknown"])
checked = otp.check(id=started.id, code="042424")
assert_type(checked, Checked)
assert_type(checked.to, str | None)
assert_type(checked.status, Literal["approved", "pending", "ended"])

otp.start()  # type: ignore[call-arg]
assert_type(otp.webhook("mine", method="GET", url="https://example.com/", headers={"a": "b"}, body=b""), Reported)
assert_type(otp.webhook("mine", method="GET", url="u", headers=[(b"a", b"b")]).reports[0].at, datetime | None)
otp.webhook("mine", method="GET")  # type: ignore[call-arg]
otp.webhook("mine", method="GET", url="u", body={})  # type: ignore[arg-type]
otp.start("+31612345678")  # type: ignore[call-arg]
otp.start(to=31612345678)  # type: ignore[arg-type]
otp.start(to="+31612345678", surprise=1)  # type: ignore[call-arg]
otp.check(id=started.id, code=None)  # type: ignore[arg-type]
Otpkit(polcy={})  # type: ignore[call-arg]
Otpkit(policy={"lenght": 8})  # type: ignore[arg-type]
Otpkit(providers={"x": {"type": "pigeon"}})  # type: ignore[dict-item]
started.id = "x"  # type: ignore[misc]


async def asynchronous() -> None:
    async with AsyncOtpkit(providers={"plain": PlainSender()}) as other:
        assert_type(await other.start(to="jo@example.com"), Started)
        assert_type(await other.check(id="x", code="y", to="jo@example.com"), Checked)
        other.start(to="+31612345678")  # type: ignore[unused-coroutine]


try:
    otp.resend(id="x")
except RateLimitedError as error:
    assert_type(error.retry_after, timedelta | None)
except OtpkitError as error:
    assert_type(error.field, str | None)
    assert_type(error.code, str)


def on_event(event: dict[str, Any]) -> None: ...


Otpkit(on_event=on_event)
