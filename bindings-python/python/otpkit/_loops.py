"""Event loops: how results reach them, and the ones in the background that run coroutines for `Otpkit`."""

from __future__ import annotations

import asyncio
import os
import threading
from weakref import ReferenceType, WeakKeyDictionary, ref

from . import _jobs
from ._otpkit import Mailbox

_lock = threading.Lock()
_boxes: WeakKeyDictionary[asyncio.AbstractEventLoop, Mailbox] = WeakKeyDictionary()
_background: dict[int, tuple[Mailbox, asyncio.AbstractEventLoop, threading.Thread]] = {}
_of_parents: list[object] = []

# Callbacks that call otpkit from within callbacks; deeper ones share the last loop.
_LEVELS = 16


def mailbox() -> Mailbox:
    """The mailbox of the running loop."""
    loop = asyncio.get_running_loop()
    box = _boxes.get(loop)
    if box is None:
        box = _open(loop)
    return box


def background(level: int) -> Mailbox:
    """The mailbox of a loop that runs coroutines for callers without one.

    There is one for each depth of callbacks: a coroutine that blocks its loop by calling `Otpkit` waits for
    coroutines that run on the next one.
    """
    level = min(level, _LEVELS - 1)
    known = _background.get(level)
    if known is not None:
        return known[0]
    with _lock:
        known = _background.get(level)
        if known is None:
            loop = asyncio.new_event_loop()
            box = _watch(loop)
            thread = threading.Thread(target=_run, args=(loop, level), name=f"otpkit-loop-{level}", daemon=True)
            thread.start()
            known = _background[level] = (box, loop, thread)
    return known[0]


def _run(loop: asyncio.AbstractEventLoop, level: int) -> None:
    _jobs.depth.level = level + 1
    asyncio.set_event_loop(loop)
    loop.run_forever()
    loop.close()


def _open(loop: asyncio.AbstractEventLoop) -> Mailbox:
    with _lock:
        return _watch(loop)


def _watch(loop: asyncio.AbstractEventLoop) -> Mailbox:
    # Loops that were closed give their pipe back now rather than when they are collected.
    for old in [old for old in _boxes if old.is_closed()]:
        _boxes.pop(old).wake()
    box = _boxes[loop] = Mailbox()
    try:
        loop.add_reader(box.fileno(), _drain, box)
    except (AttributeError, NotImplementedError):
        # The proactor loop of Windows cannot watch a pipe, so a thread does.
        loop_of = ref(loop, lambda _: box.wake())
        threading.Thread(target=_pump, args=(box, loop_of), name="otpkit-pump", daemon=True).start()
    return box


def _drain(box: Mailbox) -> None:
    """Takes what came for this loop; runs on it."""
    futures, jobs, given_up = box.take()
    for future in futures:
        if not future.done():
            future.set_result(None)
    for job in jobs:
        _jobs.launch(job, box)
    for job in given_up:
        task = job.task()
        if task is not None:
            task.cancel()


def _pump(box: Mailbox, loop_of: ReferenceType[asyncio.AbstractEventLoop]) -> None:
    drained = threading.Event()

    def drain() -> None:
        drained.set()
        _drain(box)

    while True:
        box.wait()
        loop = loop_of()
        if loop is None or loop.is_closed():
            return
        drained.clear()
        try:
            loop.call_soon_threadsafe(drain)
        except RuntimeError:
            return
        while not drained.wait(1.0):
            if loop.is_closed():
                return
        del loop


def stop_background(limit: float) -> None:
    """Ends the loops in the background, and what runs on them."""
    running = [(loop, thread) for _, loop, thread in _background.values()]
    _background.clear()
    for loop, _ in running:
        loop.call_soon_threadsafe(loop.create_task, _stop(loop, limit))
    for _, thread in running:
        thread.join(limit)


async def _stop(loop: asyncio.AbstractEventLoop, limit: float) -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=limit / 2)
    loop.stop()


def _after_fork() -> None:
    # The child has none of the parent's threads, and shares its pipes. The parent's loops are kept, unused: taking
    # them apart would touch what the two processes share.
    global _lock, _boxes, _background
    _of_parents.append((_boxes, _background))
    _lock = threading.Lock()
    _boxes = WeakKeyDictionary()
    _background = {}


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
