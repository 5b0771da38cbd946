"""G17 through Python: marked recipients, codes, keys and secrets go through calls that succeed and calls that fail, and nothing
that Python can print, log, pickle or find on disk shows them."""

from __future__ import annotations

import base64
import contextlib
import copy
import json
import os
import pathlib
import pickle
import subprocess
import traceback
import urllib.parse
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from otpkit import AsyncOtpkit, Otpkit, OtpkitError
from otpkit.providers import Message
from support import run_python

KEY = "canarykey0123456789abcdef0123456"
TOKEN = "c0ffee0123456789abcdef0123456789"
SECRET = "canary-secret-0123456789abcdef-0123456789"
TO = "+31612345678"
MAILBOX = "canary.mailbox@example.com"
VALUE = "Canary Name"
MARKS = [KEY, TOKEN, SECRET, TO, TO[3:], MAILBOX, "canary.mailbox", VALUE]


def spellings(mark: str) -> list[str]:
    """The ways in which a mark could be written; in base64 it looks different at each of three places of a longer text."""
    raw = mark.encode()
    encoded = []
    for before in range(3):
        whole = bytes(before) + raw[: len(raw) - (len(raw) + before) % 3]
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            encoded.append(encode(whole).decode()[4 if before else 0 :])
    return [mark, mark.upper(), raw.hex(), raw.hex().upper(), *encoded, urllib.parse.quote(mark, safe="")]


def holds(text: str, marks: list[str]) -> list[str]:
    return [mark for mark in marks for spelling in spellings(mark) if spelling in text]


def shown(thing: Any) -> str:
    """Everything that Python shows of an object."""
    said = [repr(thing), str(thing), f"{thing}", repr(getattr(thing, "__dict__", "")), repr(dir(thing))]
    said.append(json.dumps(thing, default=repr))
    # Who pickles a message means to hand it on, with all it holds; its copy hides as much as it does.
    for attempt in (copy.copy, pickle.dumps)[: 1 if isinstance(thing, Message) else 2]:
        try:
            said.append(repr(attempt(thing)))
        except Exception as error:
            said.append(repr(error))
    if isinstance(thing, BaseException):
        said += traceback.format_exception(thing)
    return "\n".join(said)


class Told:
    def __init__(self) -> None:
        self.texts: list[str] = []
        self.codes: list[str] = []

    def failed(self, call: Any, *arguments: Any, **fields: Any) -> None:
        with pytest.raises(OtpkitError) as caught:
            call(*arguments, **fields)
        # The frames of this test hold the marks; what is looked at is the error.
        self.texts.append(shown(caught.value.with_traceback(None)))

    def either(self, call: Any, **fields: Any) -> None:
        """A reply or an error: what is unclear is a reply for some providers."""
        try:
            self.texts.append(shown(call(**fields)))
        except OtpkitError as error:
            self.texts.append(shown(error.with_traceback(None)))

    def send(self, message: Any) -> None:
        self.codes.append(message.code)
        self.texts.append(shown(message))

    def refuse(self, message: Any) -> None:
        self.send(message)
        raise ConnectionError(f"down for {TO}, {urllib.parse.quote(message.to, safe='')}: {message.code}")


def drive(told: Told, store: str, sandbox: str) -> None:
    settings: dict[str, Any] = {
        "secrets": [SECRET],
        "store": store,
        "policy": {"resend_after_seconds": [0], "length": 10},
        "on_event": lambda event: told.texts.append(shown(event)),
    }
    otp = Otpkit(**settings, providers={"mine": SimpleNamespace(send=told.send)})
    told.texts += [shown(otp), shown(AsyncOtpkit(**settings, providers={"mine": SimpleNamespace(send=told.send)}))]
    started = otp.start(to=TO, purpose="login", values={"name": VALUE})
    told.texts.append(shown(started))
    code = told.codes[-1]
    for to in (TO + "x", "0031 6-12345678", MAILBOX + "\0"):
        told.failed(otp.start, to=to)
        told.failed(otp.unlock, to=to)
    told.failed(otp.check, id="no-id", code=code)
    told.failed(otp.check, id=started.id, code=f"{code[:5]} {code[5:]}")
    told.failed(otp.check, id=started.id, code=int(code))
    told.texts.append(shown(otp.status(id=started.id)))
    told.texts.append(shown(otp.check(id=started.id, code=code[::-1], purpose="login")))
    told.texts.append(shown(otp.resend(id=started.id, purpose="login")))
    told.texts.append(shown(otp.deliver(to=MAILBOX, channel="email", code=code)))

    down = Otpkit(**settings, providers={"mine": SimpleNamespace(send=told.refuse)})
    told.either(down.start, to=TO, purpose="other")
    told.either(down.deliver, to=MAILBOX, channel="email", code=code)

    vendors = {
        "twilio": {"type": "twilio-verify", "account_sid": "AC" + "0" * 32, "auth_token": TOKEN, "service_sid": "VA" + "0" * 32},
        "bird": {"type": "messagebird-sms", "access_key": KEY, "originator": "Acme", "signing_key": SECRET},
    }
    for name, provider in vendors.items():
        there = Otpkit(**settings, providers={name: {**provider, "base_url": sandbox, "allow_private": True}})
        told.texts.append(shown(there))
        # Special numbers of the sandbox: refused, limited, broken, a page, cut off.
        for last in ("0001", "0008", "0012", "0013", "0014"):
            told.either(there.start, to="+1500555" + last)
        request = {"method": "POST", "url": "https://example.com/x", "headers": {"MessageBird-Signature": KEY}, "body": TO}
        told.failed(there.webhook, name, request)

    for wrong in (
        {"providers": {"t": {**vendors["twilio"], "auth_token": TOKEN + "\n"}}},
        {"providers": {"t": {**vendors["twilio"], "base_url": f"http://user:{TOKEN}@10.0.0.1/"}}},
        {"providers": {"t": {**vendors["twilio"], "aut_token": TOKEN}}},
        {"secrets": [SECRET[:8]], "providers": {"mine": SimpleNamespace(send=told.send)}},
    ):
        told.failed(Otpkit, **{**settings, **wrong})


@contextlib.contextmanager
def sandbox() -> Iterator[str]:
    command = [os.environ["OTPKIT_SANDBOX"], "--listen", "127.0.0.1:0", "--exit-with-parent"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout and server.stdin
        yield server.stdout.readline().split()[-1]
        server.stdin.close()


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_nothing_that_python_shows_holds_a_mark(kind: str, tmp_path: pathlib.Path) -> None:
    told = Told()
    with sandbox() as url:
        drive(told, "memory:" if kind == "memory" else f"sqlite:{tmp_path / 'canary.db'}", url)

    marks = [*MARKS, *told.codes]
    assert len(told.codes) >= 3 and len(told.texts) > 40
    for text in told.texts:
        assert not holds(text, marks), text
    files = list(tmp_path.iterdir())
    assert bool(files) == (kind == "sqlite")
    for file in files:
        assert not holds(file.read_bytes().decode("latin-1"), marks), file

    # The test of the test: where a mark is, it is found.
    assert holds(f"x{KEY}y", marks) and holds(TO.encode().hex(), marks) and holds(urllib.parse.quote(MAILBOX), marks)
    assert holds(repr(told.codes), marks)
    for user in ("a", "ab", "abc"):
        assert holds(base64.b64encode(f"{user}:{TOKEN}".encode()).decode(), marks)


PROCESS = """
    import logging
    logging.basicConfig(level=1)
    from types import SimpleNamespace
    from otpkit import Otpkit
    codes = []
    otp = Otpkit(secrets=[{secret!r}], providers={{"mine": SimpleNamespace(send=lambda message: codes.append(message.code))}}, policy={{"length": 10}})
    started = otp.start(to={to!r})
    otp.check(id=started.id, code="0000000000")
    try:
        otp.start(to={to!r})
    except Exception:
        logging.exception("it waits")
    import pathlib
    pathlib.Path({path!r}).write_text(codes[0])
    otp.check(id="no", code=codes[0])
"""


def test_the_log_of_python_and_a_crash_hold_no_mark(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "code"
    script = PROCESS.format(secret=SECRET, to=TO, path=str(file))
    done = run_python(script, RUST_BACKTRACE="full")
    said = done.stdout + done.stderr
    assert done.returncode == 1 and "it waits" in said and "InvalidInputError" in said, said
    assert not holds(said, [SECRET, TO, TO[3:], file.read_text()]), said
