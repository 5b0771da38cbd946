"""What providers of your own get and answer.

A *sender* delivers a code that otpkit made:

    class MySender:
        def send(self, message: Outgoing) -> None:
            gateway.push(message.to, message.text)

A *verifier* makes, sends and checks a code of its own, as verification services do:

    class MyVerifier:
        async def create(self, message: Message) -> str:
            return await service.begin(message.to)

        async def check(self, attempt: Attempt) -> bool:
            return await service.verify(attempt.reference, attempt.code)

Methods may be plain or `async`, under both clients. Plain methods run on a thread of their own, coroutines on the
event loop of the caller (under `Otpkit` on one event loop in the background).
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, Required, TypeAlias, TypedDict


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Message:
    """What a verifier's `create` gets: whom, how and what for."""

    to: str
    """The recipient: E.164, or an e-mail address in lower case."""
    channel: str = "sms"
    """The channel."""
    purpose: str = "default"
    """What the code is for."""
    tenant: str = ""
    """Whose user this is."""
    locale: str | None = None
    """The language that the caller asked for."""
    values: Mapping[str, str] = field(default_factory=lambda: {})
    """The values that the caller gave for the template."""
    ttl_ms: int = 300_000
    """How long the code lives."""
    idempotency_key: str = ""
    """Stable over repeats of the same send: an idempotency key for services that take one."""
    deadline_ms: int = 15_000
    """How long this call may take. It is given up then, and a late answer is dropped."""

    # A recipient and a code stay out of logs and tracebacks.
    def __repr__(self) -> str:
        return f"{type(self).__name__}(channel={self.channel!r}, purpose={self.purpose!r})"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Outgoing(Message):
    """What a sender's `send` gets: the message, the code and the text that holds it."""

    code: str
    """The code."""
    text: str
    """The rendered text; it holds the code."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Existing(Message):
    """What a verifier's `resend` and `cancel` get."""

    reference: str
    """What `create` returned."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Attempt(Message):
    """What a verifier's `check` gets."""

    reference: str
    """What `create` returned; empty if its answer never came and the verifier checks by recipient."""
    code: str
    """What the person typed."""


class SendResult(TypedDict, total=False):
    """How a send went. Returning nothing means `sent`."""

    result: Required[Literal["sent", "not_sent", "rejected", "limited", "ambiguous"]]
    reference: str
    retry_after_ms: float
    reason: str


class CreateResult(TypedDict, total=False):
    """How a `create` or `resend` went. Returning the reference as a `str` means `created`."""

    result: Literal["created", "not_sent", "rejected", "limited", "ambiguous"]
    reference: str
    retry_after_ms: float
    reason: str


class CheckResult(TypedDict, total=False):
    """How a `check` went. `True` means `approved`, `False` means `wrong`."""

    result: Required[Literal["approved", "wrong", "ended", "cannot_tell"]]
    reason: str


SendAnswer: TypeAlias = None | Literal[True] | SendResult
CreateAnswer: TypeAlias = str | CreateResult
CheckAnswer: TypeAlias = bool | CheckResult


class Sender(Protocol):
    """Delivers codes that otpkit made. It may also have `on_error`, `timeout_ms`, `reports_of` and
    `signing_key`; see `docs/python.md`."""

    def send(self, message: Outgoing, /) -> SendAnswer | Awaitable[SendAnswer]:
        """Sends one message. It must not retry by itself."""
        ...


class Verifier(Protocol):
    """Makes, sends and checks codes of its own. It may also have `resend` and `cancel` (they get an `Existing`),
    `checks_by_recipient`, `on_error`, `timeout_ms`, `reports_of` and `signing_key`; see `docs/python.md`."""

    def create(self, message: Message, /) -> CreateAnswer | Awaitable[CreateAnswer]:
        """Has the service send a code."""
        ...

    def check(self, attempt: Attempt, /) -> CheckAnswer | Awaitable[CheckAnswer]:
        """Asks the service whether a code is right."""
        ...
