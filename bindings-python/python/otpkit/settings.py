"""The types of the settings, for type checkers and editors. At run time settings are plain dicts.

What is left out has the default that `docs/python.md` tells. `None` is the same as left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, Required, TypeAlias, TypedDict

from .providers import Sender, Verifier


class Window(TypedDict):
    """At most `max` in any `per_seconds`."""

    max: int
    per_seconds: int


class Policy(TypedDict, total=False):
    """The rules of a purpose."""

    length: int | None
    alphabet: Literal["digits", "unambiguous"] | None
    ttl_seconds: int | None
    ceiling_seconds: int | None
    attempts: int | None
    resend_after_seconds: list[int] | None
    resend: Literal["same", "new"] | None
    per_recipient: list[Window] | None
    lock_release: Literal["wait", "operator"] | None
    countries: list[str] | None
    allow_unsafe: bool | None


class Route(TypedDict, total=False):
    """Which providers serve which recipients, in which order. What is left out fits everything."""

    country: list[str]
    channel: list[str]
    purpose: list[str]
    use: Required[list[str]]


class MemoryStore(TypedDict, total=False):
    """The store in this process."""

    type: Required[Literal["memory"]]
    max_entries: int


class SqliteStore(TypedDict, total=False):
    """The store in a file, which survives restarts and is shared by the processes of one machine."""

    type: Required[Literal["sqlite"]]
    path: Required[str]
    synchronous: Literal["full", "normal"]
    busy_ms: int


class OutboxProvider(TypedDict, total=False):
    """Keeps messages in memory, for tests and development."""

    type: Required[Literal["outbox"]]
    keep: int | None


class ConsoleProvider(TypedDict):
    """Prints messages on standard error, for development."""

    type: Literal["console"]


class SandboxProvider(TypedDict, total=False):
    """Posts messages to a running `otpkit-sandbox`."""

    type: Required[Literal["sandbox"]]
    url: str | None


class MessageBirdVerifyProvider(TypedDict, total=False):
    """MessageBird Verify: the service makes, sends and checks its own codes."""

    type: Required[Literal["messagebird-verify"]]
    access_key: Required[str]
    originator: str | None
    template: str | None
    datacoding: Literal["plain", "unicode", "auto"] | None
    token_length: int | None
    voice: Literal["male", "female"] | None
    language: str | None
    subject: str | None
    message_type: Literal["sms", "flash"] | None
    report_url: str | None
    signing_key: str | None
    base_url: str | None
    allow_private: bool
    timeout_ms: int | None
    max_connections: int | None


class MessageBirdSmsProvider(TypedDict, total=False):
    """MessageBird SMS: delivers otpkit's codes as text messages."""

    type: Required[Literal["messagebird-sms"]]
    access_key: Required[str]
    originator: Required[str]
    message_type: Literal["sms", "flash"] | None
    datacoding: Literal["plain", "unicode", "auto"] | None
    gateway: int | None
    report_url: str | None
    signing_key: str | None
    base_url: str | None
    allow_private: bool
    timeout_ms: int | None
    max_connections: int | None


class TwilioVerifyProvider(TypedDict, total=False):
    """Twilio Verify: the service makes, sends and checks its own codes."""

    type: Required[Literal["twilio-verify"]]
    account_sid: Required[str]
    auth_token: str | None
    api_key: str | None
    api_key_secret: str | None
    service_sid: Required[str]
    template_sid: str | None
    custom_friendly_name: str | None
    app_hash: str | None
    rate_limits: Mapping[str, str]
    tags: Mapping[str, str]
    channel_configuration: Mapping[str, str]
    risk_check: Literal["enable", "disable"] | None
    region: str | None
    edge: str | None
    base_url: str | None
    allow_private: bool
    timeout_ms: int | None
    max_connections: int | None


# `from` is a word of Python, which a class cannot have as a field.
_From = TypedDict("_From", {"from": str | None}, total=False)


class TwilioSmsProvider(_From, total=False):
    """Twilio Programmable Messaging: delivers otpkit's codes as text messages."""

    type: Required[Literal["twilio-sms"]]
    account_sid: Required[str]
    auth_token: str | None
    api_key: str | None
    api_key_secret: str | None
    messaging_service_sid: str | None
    status_callback: str | None
    webhook_auth_token: str | None
    region: str | None
    edge: str | None
    base_url: str | None
    allow_private: bool
    timeout_ms: int | None
    max_connections: int | None


Provider: TypeAlias = (
    OutboxProvider
    | ConsoleProvider
    | SandboxProvider
    | MessageBirdVerifyProvider
    | MessageBirdSmsProvider
    | TwilioVerifyProvider
    | TwilioSmsProvider
    | Sender
    | Verifier
)
#: `"memory"`, `"sqlite:path/to/file.db"`, or an object with a `type`.
Store: TypeAlias = str | MemoryStore | SqliteStore
Event: TypeAlias = dict[str, Any]
EventHandler: TypeAlias = Callable[[Event], object]


class Settings(TypedDict, total=False):
    """What `Otpkit` and `AsyncOtpkit` take: `Otpkit(**settings)`."""

    secrets: list[str] | list[bytes] | None
    tenant: str | None
    store: Store | None
    providers: Mapping[str, Provider] | None
    routes: list[Route] | None
    policy: Policy | None
    purposes: Mapping[str, Policy] | None
    per_ip: list[Window] | None
    # `global` is a keyword of Python, so it is written with an underscore.
    global_: list[Window] | None
    deadline_ms: int | None
    connect_ms: int | None
    default_country: str | None
    brand: str | None
    templates: Mapping[str, str] | None
    web_host: str | None
    on_event: EventHandler | None
