"""The threads that run the host's code: workers for providers, a keeper that starts them, and one for `on_event`.

They are Python's own daemon threads, so they hold up no exit and run no Rust frame under a provider.
"""

from __future__ import annotations

import atexit
import json
import os
import threading
import time
from collections.abc import Callable

from . import _jobs, _loops, _otpkit
from ._providers import LiveThings
from .errors import ClosedError

# How long an exit may take, in milliseconds: for events that were not delivered yet, and for the runtime.
_FLUSH = 1000
_SHUT_DOWN = 500

_lock = threading.Lock()
_keeper: threading.Thread | None = None
_courier: threading.Thread | None = None


def ensure(live: LiveThings) -> None:
    """Starts the threads that a client's live things need, once a process."""
    if live.has_providers and _keeper is None:
        _start_keeper()
    if live.has_events and _courier is None:
        _start_courier()


def _start_keeper() -> None:
    global _keeper
    with _lock:
        if _keeper is None:
            _keeper = _start("otpkit-keeper", _keep)


def _start_courier() -> None:
    global _courier
    with _lock:
        if _courier is None:
            _courier = _start("otpkit-events", _deliver)


def _start(name: str, target: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=target, name=name, daemon=True)
    if not _started(thread):
        raise ClosedError("Python is exiting, or has no more threads to give")
    return thread


def _keep() -> None:
    while _otpkit.keeper_wait():
        while not _started(threading.Thread(target=_work, name="otpkit-worker", daemon=True)):
            time.sleep(0.05)


def _started(thread: threading.Thread) -> bool:
    try:
        thread.start()
    except RuntimeError:
        # No thread to be had now; what waits meanwhile is given up at its deadline.
        return False
    return True


def _work() -> None:
    first = True
    while (job := _otpkit.next_job(first)) is not None:
        first = False
        _jobs.run_here(job, _loops.background)
        # So that a provider's last message does not stay in memory while this thread waits.
        del job


def _deliver() -> None:
    # In a function of its own, so that the last handler does not stay in memory while this thread waits.
    while _deliver_batch():
        pass


def _deliver_batch() -> bool:
    batch = _otpkit.next_events()
    for handler, text in batch:
        try:
            handler(json.loads(text))
        except BaseException as error:
            _jobs.log.warning("on_event raised %s", _jobs.blame(error))
    return bool(batch)


def _at_exit() -> None:
    if _courier is not None:
        _otpkit.flush_events(_FLUSH)
    _loops.stop_background(0.3)
    _otpkit.shut_down(_SHUT_DOWN)


def _after_fork() -> None:
    # The child has none of the parent's threads; the one that forked is its main thread.
    global _lock, _keeper, _courier
    _lock = threading.Lock()
    _keeper = _courier = None
    _otpkit.this_is_main()


if threading.current_thread() is threading.main_thread():
    _otpkit.this_is_main()
atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
