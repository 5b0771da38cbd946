"""Providers of the tests, in every style that a host may write one."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from typing import Any

import pytest
from support import WIDE, Face

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
