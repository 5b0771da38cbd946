"""Providers of the host: every way in which a method can go wrong, plain and `async`, under both faces."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from typing import Any

import otpkit
import pytest
from callback_support import Body, Sender, Verifier, client, raises, style
from support import OUTBOX, TO, WIDE, Face, phone

@pytest.mark.parametrize("answer", [None, True, {"result": "sent"}, {"result": "sent", "reference": "m1", "reason": None}])
def test_a_message_was_sent(face: str, style: str, answer: Any) -> None:
    otp = client(face, Sender(style, lambda message: answer))
    assert otp.start(to=TO).delivery == "sent"
    reference = answer.get("reference") if isinstance(answer, dict) else None
    assert otp.deliver(to=TO, code="042424").reference == reference


def test_a_message_was_not_sent_rejected_or_limited(face: str, style: str) -> None:
    answers: dict[str, type[otpkit.OtpkitError]] = {
        "not_sent": otpkit.ProviderUnavailableError,
        "rejected": otpkit.RejectedError,
        "limited": otpkit.ProviderLimitedError,
    }
    for word, kind in answers.items():
        otp = client(face, Sender(style, lambda message, word=word: {"result": word, "retry_after_ms": 5000.0}))
        with pytest.raises(kind) as caught:
            otp.start(to=TO)
        after = caught.value.retry_after
        assert (after.total_seconds() if after else None) == (5.0 if word == "limited" else None)


NONSENSE: list[Any] = [
    False, 0, 1, 42, "", "sent", b"sent", [], ["sent"], (), {}, {"result": None}, {"result": "Sent"}, {"result": "approved"},
    {"result": True}, {"result": "sent", "reference": 5}, {"result": "limited", "retry_after_ms": "5"},
    {"result": "limited", "retry_after_ms": True}, {"results": "sent"}, object(), type, ..., float("nan"),
    {"result": "sent\ud800"}, {"result": type("Word", (str,), {})("sent")}, {5: "sent"},
]  # fmt: skip


def test_nonsense_is_never_read_as_sent(face: str, style: str) -> None:
    answers = iter(NONSENSE)
    otp = client(face, Sender(style, lambda message: next(answers)))
    for number in range(len(NONSENSE)):
        assert otp.start(to=phone(number)).delivery == "unknown"


# --- exceptions

ERRORS: list[BaseException] = [
    ValueError("to +31612345678"), KeyError("x"), StopIteration(), StopAsyncIteration(), SystemExit(3), KeyboardInterrupt(),
    GeneratorExit(), asyncio.CancelledError(), MemoryError(), RecursionError(), BaseException("bare"), TimeoutError(),
    BaseExceptionGroup("group", [SystemExit(1)]), otpkit.RateLimitedError("inner"),
]  # fmt: skip


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_exception_means_what_on_error_says(face: str, style: str, error: BaseException) -> None:
    assert client(face, Sender(style, raises(error))).start(to=TO).delivery == "unknown"
    assert client(face, Sender(style, raises(error), on_error="ambiguous")).start(to=TO).delivery == "unknown"
    with pytest.raises(otpkit.ProviderUnavailableError):
        client(face, Sender(style, raises(error), on_error="not_sent")).start(to=TO)
    # A verifier whose `create` may have begun and that cannot check without a reference.
    with pytest.raises(otpkit.CannotTellError):
        client(face, Verifier(style, raises(error), lambda attempt: True)).start(to=TO)
    otp = client(face, Verifier(style, lambda message: "r", raises(error)))
    started = otp.start(to=TO)
    with pytest.raises(otpkit.CannotTellError):
        otp.check(id=started.id, code="123456")
    assert otp.status(id=started.id).attempts_left == 4


def test_the_next_provider_serves_after_a_clear_not_sent(face: str, style: str) -> None:
    broken = Sender(style, raises(ValueError()), on_error="not_sent")
    otp = Face(face, providers={"broken": broken, **OUTBOX}, **WIDE)
    assert otp.start(to=TO).provider == "outbox"


def test_what_was_raised_is_told_to_the_operator_without_its_words(
    face: str, style: str, caplog: pytest.LogCaptureFixture
) -> None:
    events: list[Any] = []
    told = threading.Event()

    def on_event(event: Any) -> None:
        events.append(event)
        told.set()

    otp = client(face, Sender(style, raises(ValueError("to +31612345678"))), on_event=on_event)
    with caplog.at_level(logging.WARNING, "otpkit"):
        otp.start(to=TO)
        assert told.wait(5)
        # The log is written after the answer was given.
        deadline = time.monotonic() + 5
        while "raised" not in caplog.text and time.monotonic() < deadline:
            time.sleep(0.01)
    (event,) = [event for event in events if event["event"] == "send"]
    assert event["result"] == "ambiguous"
    assert event["detail"].startswith("ValueError at callback_support.py:")
    assert "612345678" not in str(events) + caplog.text
    assert "provider mine: `send` raised ValueError at callback_support.py:" in caplog.text


# --- verifiers


@pytest.mark.parametrize("created", ["r1", {"reference": "r1"}, {"result": "created", "reference": "r1"}])
def test_a_verifier_is_told_its_reference(face: str, style: str, created: Any) -> None:
    attempts: list[Any] = []

    def check(attempt: Any) -> Any:
        attempts.append(attempt)
        return attempt.code == "123456"

    otp = client(face, Verifier(style, lambda message: created, check))
    started = otp.start(to=TO, purpose="login")
    refused = otp.check(id=started.id, code="654321", purpose="login")
    assert (bool(refused), refused.status, refused.attempts_left) == (False, "pending", 4)
    assert otp.check(id=started.id, code=" 123456\n", purpose="login").to == TO
    last = attempts[-1]
    assert type(last) is otpkit.Attempt
    assert (last.to, last.reference, last.code, last.purpose, last.channel) == (TO, "r1", "123456", "login", "sms")


@pytest.mark.parametrize(
    ("answer", "status"),
    [(True, "approved"), ({"result": "approved"}, "approved"), (False, "pending"), ({"result": "wrong"}, "pending"),
     ({"result": "ended"}, "ended")],
)  # fmt: skip
def test_a_verifiers_answers(face: str, style: str, answer: Any, status: str) -> None:
    otp = client(face, Verifier(style, lambda message: "r", lambda attempt: answer))
    assert otp.check(id=otp.start(to=TO).id, code="123456").status == status


@pytest.mark.parametrize(
    "answer", [None, 1, 0, "approved", "", {}, {"approved": True}, {"result": "sent"}, {"result": "cannot_tell"}, object()]
)
def test_what_is_no_clear_yes_or_no_is_cannot_tell(face: str, style: str, answer: Any) -> None:
    otp = client(face, Verifier(style, lambda message: "r", lambda attempt: answer))
    started = otp.start(to=TO)
    with pytest.raises(otpkit.CannotTellError):
        otp.check(id=started.id, code="123456")
    assert otp.status(id=started.id).attempts_left == 4


@pytest.mark.parametrize("answer", [None, True, 5, b"r", {}, {"result": "created", "reference": 5}, {"result": "approved"}])
def test_a_create_without_a_reference_fails(face: str, style: str, answer: Any) -> None:
    with pytest.raises(otpkit.CannotTellError):
        client(face, Verifier(style, lambda message: answer, lambda attempt: True)).start(to=TO)


def test_resend_and_cancel_reach_a_verifier(face: str, style: str) -> None:
    asked: list[tuple[str, Any]] = []

    def note(verb: str, answer: Any) -> Body:
        def body(message: Any) -> Any:
            asked.append((verb, message))
            return answer

        return body

    provider = Verifier(
        style, note("create", "r1"), note("check", True), resend=note("resend", "r2"), cancel=note("cancel", 42)
    )
    otp = client(face, provider)
    started = otp.start(to=TO)
    otp.resend(id=started.id)
    assert otp.cancel(id=started.id)
    assert [verb for verb, _ in asked] == ["create", "resend", "cancel"]
    assert [type(message) for _, message in asked] == [otpkit.Message, otpkit.Existing, otpkit.Existing]
    assert [message.reference for _, message in asked[1:]] == ["r1", "r2"]


def test_a_verifier_that_checks_by_recipient_stays_checkable(face: str, style: str) -> None:
    provider = Verifier(style, raises(OSError()), lambda attempt: attempt.reference == "", checks_by_recipient=True)
    otp = client(face, provider)
    started = otp.start(to=TO)
    assert started.delivery == "unknown"
    assert otp.check(id=started.id, code="123456")


# --- silence and late answers
