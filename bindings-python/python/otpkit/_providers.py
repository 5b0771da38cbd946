"""What a provider of the host is: a sender or a verifier, with which methods."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .errors import InvalidSettingsError, invalid_settings


@dataclass(frozen=True, slots=True)
class Method:
    """A method, and whether calling it makes a coroutine."""

    function: Callable[..., object]
    is_async: bool


@dataclass(frozen=True, slots=True)
class Live:
    """A provider of the host, as the native half reads it."""

    name: str
    send: Method | None
    create: Method | None
    check: Method | None
    resend: Method | None
    cancel: Method | None
    checks_by_recipient: bool

    @property
    def has_coroutines(self) -> bool:
        methods = (self.send, self.create, self.check, self.resend, self.cancel)
        return any(method is not None and method.is_async for method in methods)


@dataclass(frozen=True, slots=True)
class LiveThings:
    """What the calls of a client need beside the native half."""

    has_providers: bool
    has_coroutines: bool
    has_events: bool


_SHAPE = "a provider is a dict with a `type`, or an object with `send`, or with `create` and `check`"


def read(name: str, thing: object) -> tuple[Live, dict[str, object]]:
    """The provider, and the placeholder that stands for it in the document of settings."""
    path = f"providers.{name}"
    if isinstance(thing, type):
        raise invalid_settings(path, f"{thing.__name__} is a class; give an object of it")
    send, create, check = (_method(path, thing, verb) for verb in ("send", "create", "check"))
    if send is not None and (create is not None or check is not None):
        raise invalid_settings(path, "a provider has either `send`, or `create` and `check`; this one has both")
    if send is None and (create is None or check is None):
        raise _not_a_provider(path, thing)
    by_recipient = getattr(thing, "checks_by_recipient", False)
    if type(by_recipient) is not bool:
        raise invalid_settings(f"{path}.checks_by_recipient", "True or False")
    live = Live(
        name=name,
        send=send,
        create=create,
        check=check,
        resend=_method(path, thing, "resend") if send is None else None,
        cancel=_method(path, thing, "cancel") if send is None else None,
        checks_by_recipient=by_recipient,
    )
    place: dict[str, object] = {"type": "callback"}
    for setting in ("on_error", "timeout_ms", "reports_of", "signing_key"):
        value = getattr(thing, setting, None)
        if value is not None:
            place[setting] = value
    return live, place


def is_coroutine_function(function: Any) -> bool:
    """Whether calling it makes a coroutine and runs nothing yet."""
    call = getattr(function, "__call__", None)  # noqa: B004
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)


def _method(path: str, thing: object, verb: str) -> Method | None:
    function = getattr(thing, verb, None)
    if function is None:
        return None
    if not callable(function):
        raise invalid_settings(f"{path}.{verb}", f"this is a method, not {type(function).__name__}")
    return Method(function, is_coroutine_function(function))


def _not_a_provider(path: str, thing: object) -> InvalidSettingsError:
    if callable(thing):
        return invalid_settings(path, f"{_SHAPE}; put this function into a class as its `send`")
    return invalid_settings(path, f"{_SHAPE}, not {type(thing).__name__}")
