"""What the two faces add to a native call: who calls, and how a call that is not ready is waited for."""

from __future__ import annotations

import asyncio
from contextvars import copy_context
from typing import Any

from . import _jobs, _loops, _threads
from ._otpkit import Caller, Pending
from ._providers import LiveThings


def caller_of_sync(live: LiveThings) -> Caller | None:
    """Who calls, for a call of `Otpkit`."""
    _threads.ensure(live)
    if not live.has_providers:
        return None
    level = _jobs.depth.level
    home = _loops.background(level) if live.has_coroutines else None
    return Caller(home, level, copy_context())


def caller_of_async(live: LiveThings) -> Caller | None:
    """Who calls, for a call of `AsyncOtpkit`."""
    _threads.ensure(live)
    if not live.has_providers:
        return None
    return Caller(_loops.mailbox(), _jobs.depth.level, copy_context())


async def finish(pending: Pending) -> Any:
    """Waits for a call in this task. Cancelling the task drops the call."""
    future = asyncio.get_running_loop().create_future()
    pending.launch(_loops.mailbox(), future)
    try:
        await future
    except BaseException:
        pending.abort()
        raise
    return pending.result()
