"""Running one call of a host's provider: on a worker thread, or on an event loop.

The frames above a provider are all Python's own, and whatever it raises ends here.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Awaitable
from contextvars import Context, copy_context
from inspect import isawaitable
from typing import Any

from . import _otpkit, providers

log = logging.getLogger("otpkit")

_MESSAGES: dict[str, type[providers.Message]] = {
    "send": providers.Outgoing,
    "create": providers.Message,
    "check": providers.Attempt,
    "resend": providers.Existing,
    "cancel": providers.Existing,
}

_HERE = os.path.dirname(__file__)

# Event loops keep weak references to their tasks only.
_tasks: set[asyncio.Task[None]] = set()


class Depth(threading.local):
    """How deep in callbacks this thread is: each depth has a background loop of its own."""

    level = 0


depth = Depth()


def run_here(job: _otpkit.Job, loop_of: Any) -> None:
    """Runs a job on this thread. What turns out to be awaitable goes to the event loop that `loop_of` gives."""
    opened = job.open()
    if opened is None:
        return
    verb, method, fields, context = opened
    depth.level = job.level
    context = _copy(context)
    try:
        answer = context.run(method, _MESSAGES[verb](**fields))
        if isawaitable(answer):
            job.keep((verb, answer, context))
            (job.home or loop_of(job.level)).run(job)
            return
    except BaseException as error:
        _raised(job, verb, error)
    else:
        job.answered(answer)


def launch(job: _otpkit.Job, box: _otpkit.Mailbox) -> None:
    """Runs a job as a task of the running event loop."""
    kept = job.kept()
    if kept is not None:
        verb, awaitable, context = kept
        work = _drive(job, verb, awaitable)
    else:
        opened = job.open()
        if opened is None:
            return
        verb, method, fields, context = opened
        context = _copy(context)
        work = _begin(job, verb, method, fields)
    task = asyncio.get_running_loop().create_task(work, context=context)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    if not job.runs_in(task, box):
        task.cancel()


async def _begin(job: _otpkit.Job, verb: str, method: Any, fields: dict[str, Any]) -> None:
    try:
        awaitable = method(_MESSAGES[verb](**fields))
    except BaseException as error:
        _raised(job, verb, error)
    else:
        await _drive(job, verb, awaitable)


async def _drive(job: _otpkit.Job, verb: str, awaitable: Awaitable[object]) -> None:
    try:
        answer = await awaitable
    except BaseException as error:
        _raised(job, verb, error)
        # These two are how a loop ends its tasks; everything else was the provider's.
        if isinstance(error, asyncio.CancelledError | GeneratorExit):
            raise
    else:
        job.answered(answer)


def _copy(context: Context | None) -> Context:
    # A copy, because a context can be entered once at a time and a late callback may still be inside.
    return copy_context() if context is None else context.copy()


def _raised(job: _otpkit.Job, verb: str, error: BaseException) -> None:
    what = blame(error)
    job.raised(what)
    if not isinstance(error, asyncio.CancelledError | GeneratorExit):
        log.warning("provider %s: `%s` raised %s", job.provider, verb, what)


def blame(error: BaseException) -> str:
    """What was raised and where. Never the exception's own words: they may hold a code or a recipient."""
    what = type(error).__qualname__[:80]
    places: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if os.path.dirname(file) != _HERE:
            places.append(f"{os.path.basename(file)}:{trace.tb_lineno}")
        trace = trace.tb_next
    if not places:
        return what
    # Where the provider was left, and where the error began.
    return f"{what} at {places[0]}" + (f" (from {places[-1]})" if len(places) > 1 else "")
