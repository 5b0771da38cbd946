"""Panics of the native half become `InternalError`, and the next call works (G32). Needs the feature `testing`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from otpkit import InternalError, _otpkit
from support import OUTBOX, TO, WIDE, Face, code_of

testing: Any = _otpkit


class Mine:
    """A provider of either kind of method."""

    def __init__(self, is_async: bool) -> None:
        self.codes: list[str] = []
        self.send = self.coroutine if is_async else self.plain

    def plain(self, message: Any) -> None:
        self.codes.append(message.code)

    async def coroutine(self, message: Any) -> None:
        await asyncio.sleep(0)
        self.codes.append(message.code)


@pytest.fixture(autouse=True)
def quiet(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    # What Rust writes about a panic is the panic hook's; it is a constant text of the test.
    yield
    assert "a fault that a test asked for" in capfd.readouterr().err


@pytest.mark.parametrize("place", ["inline", "reply"])
def test_a_panic_in_a_call_is_an_error(face: str, place: str) -> None:
    otp = Face(face, providers=OUTBOX, **WIDE)
    testing.testing_fault(place)
    with pytest.raises(InternalError, match="defect") as caught:
        otp.start(to=TO)
    assert "fault" not in str(caught.value)
    started = otp.start(to=TO)
    assert otp.check(id=started.id, code=code_of(otp))


@pytest.mark.parametrize("is_async", [False, True])
def test_a_panic_in_a_call_that_waits_is_an_error(face: str, is_async: bool) -> None:
    mine = Mine(is_async)
    otp = Face(face, providers={"mine": mine}, **WIDE)
    testing.testing_fault("later")
    with pytest.raises(InternalError):
        otp.start(to=TO)
    started = otp.start(to=TO)
    assert otp.check(id=started.id, code=mine.codes[-1])


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("place", ["provider", "answer"])
def test_a_panic_around_a_provider_is_an_unclear_answer(face: str, is_async: bool, place: str) -> None:
    mine = Mine(is_async)
    otp = Face(face, providers={"mine": mine}, **WIDE)
    testing.testing_fault(place)
    assert otp.start(to=TO).delivery == "unknown"
    started = otp.start(to=TO)
    assert started.delivery == "sent"
    assert otp.check(id=started.id, code=mine.codes[-1])
