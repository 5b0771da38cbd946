from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Self, TypeAlias, final

from ._otpkit import Canceled, Checked, Delivered, Outbox, Reported, Started, StatusReply, Unlocked
from .settings import EventHandler, Policy, Provider, Route, Store, Window

_Headers: TypeAlias = (
    Mapping[str, str] | Mapping[str, Sequence[str]] | Iterable[tuple[str, str]] | Iterable[tuple[bytes, bytes]]
)

@final
class Otpkit:
    def __init__(
        self,
        *,
        secrets: list[str] | list[bytes] | None = None,
        tenant: str | None = None,
        store: Store | None = None,
        providers: Mapping[str, Provider] | None = None,
        routes: list[Route] | None = None,
        policy: Policy | None = None,
        purposes: Mapping[str, Policy] | None = None,
        per_ip: list[Window] | None = None,
        global_: list[Window] | None = None,
        deadline_ms: int | None = None,
        connect_ms: int | None = None,
        default_country: str | None = None,
        brand: str | None = None,
        templates: Mapping[str, str] | None = None,
        web_host: str | None = None,
        on_event: EventHandler | None = None,
    ) -> None: ...
    @classmethod
    def from_json(
        cls,
        document: str,
        *,
        providers: Mapping[str, Provider] | None = None,
        on_event: EventHandler | None = None,
    ) -> Self: ...
    def start(
        self,
        *,
        to: str,
        purpose: str | None = None,
        channel: str | None = None,
        ip: str | None = None,
        context: str | bytes | None = None,
        locale: str | None = None,
        values: dict[str, str] | None = None,
    ) -> Started: ...
    def check(
        self,
        *,
        id: str,
        code: str,
        purpose: str | None = None,
        to: str | None = None,
        context: str | bytes | None = None,
    ) -> Checked: ...
    def resend(self, *, id: str, purpose: str | None = None, to: str | None = None) -> Started: ...
    def cancel(self, *, id: str, purpose: str | None = None, to: str | None = None) -> Canceled: ...
    def status(self, *, id: str, purpose: str | None = None, to: str | None = None) -> StatusReply: ...
    def deliver(
        self,
        *,
        to: str,
        code: str,
        purpose: str | None = None,
        channel: str | None = None,
        ip: str | None = None,
        locale: str | None = None,
        values: dict[str, str] | None = None,
    ) -> Delivered: ...
    def unlock(self, *, to: str, purpose: str | None = None) -> Unlocked: ...
    def webhook(
        self,
        provider: str,
        *,
        method: str,
        url: str,
        headers: _Headers | None = None,
        body: str | bytes | bytearray | memoryview | None = None,
    ) -> Reported: ...
    def outbox(self, name: str) -> Outbox: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...

@final
class AsyncOtpkit:
    def __init__(
        self,
        *,
        secrets: list[str] | list[bytes] | None = None,
        tenant: str | None = None,
        store: Store | None = None,
        providers: Mapping[str, Provider] | None = None,
        routes: list[Route] | None = None,
        policy: Policy | None = None,
        purposes: Mapping[str, Policy] | None = None,
        per_ip: list[Window] | None = None,
        global_: list[Window] | None = None,
        deadline_ms: int | None = None,
        connect_ms: int | None = None,
        default_country: str | None = None,
        brand: str | None = None,
        templates: Mapping[str, str] | None = None,
        web_host: str | None = None,
        on_event: EventHandler | None = None,
    ) -> None: ...
    @classmethod
    def from_json(
        cls,
        document: str,
        *,
        providers: Mapping[str, Provider] | None = None,
        on_event: EventHandler | None = None,
    ) -> Self: ...
    async def start(
        self,
        *,
        to: str,
        purpose: str | None = None,
        channel: str | None = None,
        ip: str | None = None,
        context: str | bytes | None = None,
        locale: str | None = None,
        values: dict[str, str] | None = None,
    ) -> Started: ...
    async def check(
        self,
        *,
        id: str,
        code: str,
        purpose: str | None = None,
        to: str | None = None,
        context: str | bytes | None = None,
    ) -> Checked: ...
    async def resend(self, *, id: str, purpose: str | None = None, to: str | None = None) -> Started: ...
    async def cancel(self, *, id: str, purpose: str | None = None, to: str | None = None) -> Canceled: ...
    async def status(self, *, id: str, purpose: str | None = None, to: str | None = None) -> StatusReply: ...
    async def deliver(
        self,
        *,
        to: str,
        code: str,
        purpose: str | None = None,
        channel: str | None = None,
        ip: str | None = None,
        locale: str | None = None,
        values: dict[str, str] | None = None,
    ) -> Delivered: ...
    async def unlock(self, *, to: str, purpose: str | None = None) -> Unlocked: ...
    async def webhook(
        self,
        provider: str,
        *,
        method: str,
        url: str,
        headers: _Headers | None = None,
        body: str | bytes | bytearray | memoryview | None = None,
    ) -> Reported: ...
    def outbox(self, name: str) -> Outbox: ...
    async def close(self) -> None: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...
