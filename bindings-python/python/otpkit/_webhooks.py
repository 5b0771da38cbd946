"""Headers and bodies as frameworks have them. What they say is the core's matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from .errors import invalid_input

_SHAPE = "headers are a mapping of str to str (or to lists of str), or pairs of str or bytes as ASGI has them"


def pairs_of(headers: object) -> list[tuple[str, str]]:
    """Each header once with its name."""
    if headers is None:
        return []
    entries = cast("Mapping[object, object]", headers).items() if isinstance(headers, Mapping) else headers
    if isinstance(headers, str | bytes) or not isinstance(entries, Iterable):
        raise _wrong(headers)
    pairs: list[tuple[str, str]] = []
    for entry in cast("Iterable[object]", entries):
        if not isinstance(entry, tuple | list) or len(cast("tuple[object, ...]", entry)) != 2:
            raise _wrong(entry)
        name, value = cast("tuple[object, object]", entry)
        values = cast("Iterable[object]", value) if isinstance(value, tuple | list) else (value,)
        pairs.extend((_text(name), _text(one)) for one in values)
    return pairs


def bytes_of(body: object) -> bytes:
    """The raw body."""
    if body is None:
        return b""
    if type(body) is bytes:
        return body
    if type(body) is str:
        try:
            return body.encode()
        except UnicodeEncodeError:
            raise invalid_input("body", "this text holds a lone surrogate, half a character") from None
    if isinstance(body, bytearray | memoryview):
        return bytes(body)
    raise invalid_input("body", f"the raw body is bytes or a str, before it was parsed; this is {type(body).__name__}")


def _text(part: object) -> str:
    # Bytes are what ASGI gives: HTTP's own eight bits.
    if type(part) is bytes:
        return part.decode("latin-1")
    if type(part) is not str:
        raise _wrong(part)
    try:
        part.encode()
    except UnicodeEncodeError:
        raise invalid_input("headers", "this text holds a lone surrogate, half a character") from None
    return part


def _wrong(found: object) -> Exception:
    return invalid_input("headers", f"{_SHAPE}; this is {type(found).__name__}")
