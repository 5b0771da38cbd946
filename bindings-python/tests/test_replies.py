"""Replies: what they hold, what they show, and what they are worth in an `if`."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import otpkit
import pytest
from support import OUTBOX, TO, WIDE, Face, code_of, wrong


def test_the_whole_way_of_a_verification(face: str) -> None:
    otp = Face(face, providers=OUTBOX)
    before = datetime.now(UTC)
    started = otp.start(to="+31 6 1234 5678", purpose="login")
    assert (started.channel, started.to_masked) == ("sms", "+31*******78")
    assert (started.provider, started.delivery) == ("outbox", "sent")
    assert started.expires_at.tzinfo is UTC or started.expires_at.utcoffset() == timedelta(0)
    assert abs(started.expires_at - before - timedelta(seconds=300)) < timedelta(seconds=2)
    assert abs(started.resend_at - before - timedelta(seconds=30)) < timedelta(seconds=2)
    assert started.expires_at.microsecond % 1000 == 0
    code = code_of(otp)

    refused = otp.check(id=started.id, code=wrong(code), purpose="login")
    assert not refused
    assert (refused.approved, refused.status, refused.to, refused.attempts_left) == (False, "pending", None, 4)
    assert refused.reason == "wrong_code"

    status = otp.status(id=started.id, purpose="login")
    assert (status.status, status.to_masked, status.attempts_left) == ("pending", "+31*******78", 4)
    assert status.created_at <= status.expires_at

    approved = otp.check(id=started.id, code=code, purpose="login")
    assert approved
    assert (approved.approved, approved.status, approved.to) == (True, "approved", TO)
    assert (approved.attempts_left, approved.reason) == (None, None)

    again = otp.check(id=started.id, code=code, purpose="login")
    assert (bool(again), again.status, again.reason) == (False, "ended", "used")


def test_resend_cancel_deliver_and_unlock(face: str) -> None:
    otp = Face(face, providers=OUTBOX, **WIDE)
    started = otp.start(to=TO)
    again = otp.resend(id=started.id)
    assert (again.id, bool(again), len(otp.outbox("outbox").messages())) == (started.id, True, 2)
    assert bool(otp.cancel(id=started.id)) is True
    assert bool(otp.cancel(id=started.id)) is False
    delivered = otp.deliver(to=TO, code="042424", purpose="login")
    assert (delivered.channel, delivered.to_masked, delivered.delivery) == ("sms", "+31*******78", "sent")
    assert code_of(otp) == "042424"
    assert bool(otp.unlock(to=TO)) is False


def test_a_status_is_no_proof() -> None:
    otp = otpkit.Otpkit(providers=OUTBOX)
    status = otp.status(id=otp.start(to=TO).id)
    with pytest.raises(TypeError, match="proves nothing"):
        bool(status)


def test_nothing_shows_a_code_or_a_recipient(face: str) -> None:
    otp = Face(face, providers=OUTBOX, **WIDE)
    started = otp.start(to=TO, purpose="login")
    code = code_of(otp)
    shown: list[Any] = [
        started,
        otp.outbox("outbox").last(),
        otp.outbox("outbox").messages(),
        otp.outbox("outbox"),
        otp.otp,
        otp.status(id=started.id, purpose="login"),
        otp.deliver(to=TO, code=code),
        otp.check(id=started.id, code=wrong(code), purpose="login"),
        otp.check(id=started.id, code=code, purpose="login"),
        otp.check(id=started.id, code=code, purpose="login"),
        otp.cancel(id=started.id),
        otp.unlock(to=TO),
        otpkit.Outgoing(to=TO, code=code, text=f"Your code is {code}"),
        otpkit.Attempt(to=TO, code=code, reference="r"),
        otpkit.Message(to=TO),
        otpkit.Existing(to=TO, reference="r"),
    ]
    for thing in shown:
        for text in (repr(thing), str(thing), f"{thing}", f"{thing!r}", "%s" % (thing,)):
            assert code not in text
            assert "612345678" not in text


def test_replies_cannot_be_changed_or_made() -> None:
    otp = otpkit.Otpkit(providers=OUTBOX)
    started: Any = otp.start(to=TO)
    with pytest.raises(AttributeError):
        started.id = "x"
    with pytest.raises((AttributeError, TypeError)):
        started.approved = True
    checked: Any = otp.check(id=started.id, code="000000")
    with pytest.raises(AttributeError):
        checked.approved = True
    for kind in (otpkit.Started, otpkit.Checked, otpkit.StatusReply):
        with pytest.raises(TypeError):
            kind()


def test_replies_compare_by_what_they_hold() -> None:
    otp = otpkit.Otpkit(providers=OUTBOX)
    started = otp.start(to=TO)
    code = code_of(otp)
    assert otp.status(id=started.id) == otp.status(id=started.id)
    assert otp.check(id=started.id, code=wrong(code)) != otp.check(id=started.id, code=code)


def test_an_outbox_is_found_by_its_name(face: str) -> None:
    otp = Face(face, providers=OUTBOX)
    assert otp.outbox("outbox").last() is None
    otp.start(to=TO, locale="de")
    message = otp.outbox("outbox").last()
    assert (message.to, message.channel, message.purpose, message.locale) == (TO, "sms", "default", "de")
    assert message.code in message.text
    assert abs(message.at - datetime.now(UTC)) < timedelta(seconds=5)
    otp.outbox("outbox").clear()
    assert otp.outbox("outbox").messages() == []
    for wrong_name in ("other", "", 5, None, "\ud800"):
        with pytest.raises(otpkit.InvalidInputError) as caught:
            otp.outbox(wrong_name)
        assert caught.value.field == "name"


def test_clients_close_at_the_end_of_a_with() -> None:
    with otpkit.Otpkit(providers=OUTBOX) as otp:
        assert otp.start(to=TO)
    with pytest.raises(otpkit.ClosedError):
        otp.start(to=TO)

    async def main() -> None:
        async with otpkit.AsyncOtpkit(providers=OUTBOX) as twin:
            assert await twin.start(to=TO)
        with pytest.raises(otpkit.ClosedError):
            await twin.start(to=TO)

    asyncio.run(main())


def test_context_binds_a_code_as_text_and_as_bytes(face: str) -> None:
    otp = Face(face, providers=OUTBOX, **WIDE)
    for given, same, other in (("12 € to Jo", "12 € to Jo".encode(), "13 € to Jo"), (b"\x00\xff", b"\x00\xff", b"\x00")):
        started = otp.start(to=TO, context=given)
        code = code_of(otp)
        assert not otp.check(id=started.id, code=code, context=other)
        assert not otp.check(id=started.id, code=code)
        assert otp.check(id=started.id, code=code, context=same)
