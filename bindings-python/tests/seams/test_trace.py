"""G17: what reaches the log of Rust at its finest level holds no mark, from otpkit and from all that is inside it."""

from __future__ import annotations

import pathlib
from typing import Any

from otpkit import _otpkit
from test_canary import MARKS, Told, drive, holds, sandbox

testing: Any = _otpkit


def test_the_finest_log_holds_no_mark(tmp_path: pathlib.Path) -> None:
    told = Told()
    testing.testing_trace()
    with sandbox() as url:
        drive(told, f"sqlite:{tmp_path / 'canary.db'}", url)
    trace = testing.testing_trace()
    # It is a log of these calls: recipients by their masks, and what the HTTP client says.
    for told_of in ("+31*******78", "reqwest"):
        assert told_of in trace, trace
    assert not holds(trace, [*MARKS, *told.codes]), trace
