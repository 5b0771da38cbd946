"""Keyword arguments, as the one document of settings that every language passes to the core.

Only types are looked at here; names, ranges and defaults are the core's matter.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import _otpkit, _providers
from .errors import invalid_input, invalid_settings

if TYPE_CHECKING:
    from .settings import EventHandler

# Words of Python that cannot be keyword arguments.
_RENAMED = {"global_": "global"}


class Built:
    """A native client, and what its calls have to bring along."""

    __slots__ = ("live", "native")

    def __init__(self, document: str, secrets: list[bytes], live: list[_providers.Live], on_event: object) -> None:
        self.native = _otpkit.Client(document, secrets, live, on_event)
        self.live: _providers.LiveThings | None = None
        if live or on_event is not None:
            self.live = _providers.LiveThings(
                has_providers=bool(live),
                has_coroutines=any(one.has_coroutines for one in live),
                has_events=on_event is not None,
            )


def from_keywords(positional: tuple[object, ...], settings: dict[str, Any]) -> Built:
    """A client of keyword arguments."""
    if positional:
        raise invalid_settings("settings", "settings are keyword arguments; for a JSON text there is `from_json`")
    on_event = _handler(settings.pop("on_event", None))
    secrets = _secrets(settings.pop("secrets", None))
    providers, live = _mixed_providers(settings.pop("providers", None))
    document: dict[str, object] = {}
    for name, value in settings.items():
        if value is not None:
            document[_RENAMED.get(name, name)] = _plain(name, value)
    if providers:
        document["providers"] = providers
    return Built(json.dumps(document), secrets, live, on_event)


def from_json(document: object, providers: object, on_event: object) -> Built:
    """A client of a JSON text, with live providers beside it."""
    if type(document) is not str:
        raise invalid_settings("settings", "the document is a str of JSON")
    _check_text("settings", document)
    live: list[_providers.Live] = []
    for name, thing in _items("providers", providers):
        live.append(_providers.read(name, thing)[0])
    return Built(document, [], live, _handler(on_event))


def _mixed_providers(providers: object) -> tuple[dict[str, object], list[_providers.Live]]:
    """Settings of providers and live providers, in one order: each live one leaves a placeholder in the document."""
    document: dict[str, object] = {}
    live: list[_providers.Live] = []
    for name, thing in _items("providers", providers):
        if isinstance(thing, dict):
            document[name] = _plain(f"providers.{name}", thing)
        else:
            one, place = _providers.read(name, thing)
            live.append(one)
            document[name] = _plain(f"providers.{name}", place)
    return document, live


def _items(path: str, mapping: object) -> list[tuple[str, object]]:
    if mapping is None:
        return []
    if not isinstance(mapping, Mapping):
        raise invalid_settings(path, f"a dict by name, not {type(mapping).__name__}")
    items: list[tuple[str, object]] = []
    for name, value in mapping.items():
        _check_key(path, name)
        if value is not None:
            items.append((name, value))
    return items


def _secrets(secrets: object) -> list[bytes]:
    if secrets is None:
        return []
    if not isinstance(secrets, list | tuple):
        raise invalid_settings("secrets", "a list of secrets, each a str or bytes; the first is for new verifications")
    taken: list[bytes] = []
    for place, secret in enumerate(secrets):
        if type(secret) is bytes:
            taken.append(secret)
        elif type(secret) is str:
            _check_text(f"secrets[{place}]", secret)
            taken.append(secret.encode())
        else:
            raise invalid_settings(f"secrets[{place}]", f"a secret is a str or bytes, not {type(secret).__name__}")
    return taken


def _handler(on_event: object) -> EventHandler | None:
    if on_event is None:
        return None
    if not callable(on_event):
        raise invalid_settings("on_event", f"a function of one event, not {type(on_event).__name__}")
    if _providers.is_coroutine_function(on_event):
        raise invalid_settings("on_event", "a plain function: events are delivered on a thread of their own")
    return on_event


def _plain(path: str, value: object) -> object:
    """The value, if JSON has such a thing. Types are exact: a subclass may be something else than it shows."""
    kind = type(value)
    if value is None or kind is bool or kind is int:
        return value
    if kind is str:
        _check_text(path, str(value))
        return value
    if kind is float:
        if not math.isfinite(float(str(value))):
            raise invalid_settings(path, "this number is not finite")
        return value
    if isinstance(value, dict):
        plain: dict[str, object] = {}
        for name, inner in value.items():
            _check_key(path, name)
            if inner is not None:
                plain[name] = _plain(f"{path}.{name}", inner)
        return plain
    if isinstance(value, list | tuple):
        return [_plain(f"{path}[{place}]", inner) for place, inner in enumerate(value)]
    raise invalid_settings(path, f"a setting is a str, number, bool, list or dict, not {kind.__name__}")


def _check_key(path: str, name: object) -> None:
    if type(name) is not str:
        raise invalid_settings(path, f"the names in a dict of settings are str, not {type(name).__name__}")
    _check_text(path, name)


def _check_text(path: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise invalid_settings(path, "this text holds a lone surrogate, half a character") from None


_FIELDS = {
    "start": "to, purpose, channel, ip, context, locale, values",
    "check": "id, code, purpose, to, context",
    "resend": "id, purpose, to",
    "cancel": "id, purpose, to",
    "status": "id, purpose, to",
    "deliver": "to, code, purpose, channel, ip, locale, values",
    "unlock": "to, purpose",
    "webhook": "method, url, headers, body",
}


def refusal(verb: str, positional: tuple[object, ...], unknown: dict[str, object]) -> Exception:
    """The error of a call with arguments that the verb does not take."""
    if positional:
        return invalid_input("request", f"`{verb}` takes keyword arguments only: {_FIELDS[verb]}")
    name = "".join(character for character in next(iter(unknown)) if character.isascii() and character.isprintable())
    return invalid_input(name[:40], f"`{verb}` has no such field; it takes {_FIELDS[verb]}")
