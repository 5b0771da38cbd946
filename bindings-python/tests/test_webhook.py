"""Delivery reports: what the edge of Python takes and refuses. What is signed and how is in tests/vectors/webhook.json."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import pickle
from collections import UserDict
from datetime import UTC, datetime
from typing import Any

import otpkit
import pytest
from support import TO, Face

KEY = "0123456789abcdef0123456789abcdef"
URL = "https://example.com/otpkit/mine"
BODY = "MessageSid=SM1&MessageStatus=delivered"


class Gateway:
    reports_of = "twilio"
    signing_key = KEY

    def send(self, message: otpkit.Outgoing) -> dict[str, str]:
        return {"result": "sent", "reference": "SM1"}


def sign(text: str) -> str:
    return base64.b64encode(hmac.new(KEY.encode(), text.encode(), hashlib.sha1).digest()).decode()


SIGNATURE = sign(URL + "MessageSidSM1MessageStatusdelivered")


def client(face: str) -> Any:
    return Face(face, providers={"mine": Gateway()})


def request(**more: Any) -> dict[str, Any]:
    return {"method": "POST", "url": URL, "headers": {"X-Twilio-Signature": SIGNATURE}, "body": BODY, **more}


def test_headers_and_body_are_taken_as_frameworks_have_them(face: str) -> None:
    otp = client(face)
    started = otp.start(to=TO)
    named = {"host": "example.com", "x-twilio-signature": SIGNATURE}
    shapes: list[Any] = [
        named,
        UserDict(named),
        list(named.items()),
        iter(named.items()),
        [(name.encode(), value.encode()) for name, value in named.items()],
        {name: [value] for name, value in named.items()},
    ]
    for at, headers in enumerate(shapes):
        (report,) = otp.webhook("mine", **request(headers=headers)).reports
        assert (report.id, report.provider, report.reference) == (started.id, "mine", "SM1")
        assert (report.status, report.changed) == ("delivered", at == 0)
        assert (report.error_code, report.to_masked, report.at) == (None, None, None)
    for body in (BODY.encode(), bytearray(BODY.encode()), memoryview(BODY.encode())):
        assert len(otp.webhook("mine", **request(body=body)).reports) == 1
    assert otp.webhook(provider="mine", **request()).reports[0].changed is False
    assert otp.status(id=started.id).delivery_report == "delivered"


def test_a_report_has_no_truth_and_cannot_be_changed(face: str) -> None:
    reported = client(face).webhook("mine", **request())
    (report,) = reported.reports
    for thing in (reported, report):
        with pytest.raises(TypeError, match="proves nothing"):
            bool(thing)
    with pytest.raises(AttributeError):
        report.status = "read"
    assert repr(report) == "Report(provider='mine', reference=\"SM1\", status='delivered', changed=False)"
    assert repr(reported) == f"Reported(reports=[{report!r}])"
    assert report == client(face).webhook("mine", **request()).reports[0]


def test_times_are_aware(face: str) -> None:
    body = json.dumps({"messageSid": "SM1", "messageStatus": "sent", "timestamp": "2026-01-02T04:04:05+01:00"})
    url = f"{URL}?bodySHA256={hashlib.sha256(body.encode()).hexdigest()}"
    headers = {"X-Twilio-Signature": sign(url)}
    (report,) = client(face).webhook("mine", **request(url=url, headers=headers, body=body)).reports
    assert report.at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"method": None}, "method"),
        ({"method": 7}, "method"),
        ({"url": b"https://example.com/"}, "url"),
        ({"url": "/otpkit/mine"}, "url"),
        ({"headers": "x: y"}, "headers"),
        ({"headers": 7}, "headers"),
        ({"headers": {"a": 1}}, "headers"),
        ({"headers": {"a": None}}, "headers"),
        ({"headers": [("a",)]}, "headers"),
        ({"headers": ["ab"]}, "headers"),
        ({"headers": {"a": "\ud800"}}, "headers"),
        ({"body": {"MessageSid": "SM1"}}, "body"),
        ({"body": 7}, "body"),
        ({"body": "\ud800"}, "body"),
        ({"body": b"x" * (10 << 20)}, "body"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_what_is_no_request_is_refused_with_its_field(face: str, more: dict[str, Any], field: str) -> None:
    with pytest.raises(otpkit.InvalidInputError) as caught:
        client(face).webhook("mine", **request(**more))
    assert caught.value.field == field


@pytest.mark.parametrize("provider", [None, 7, b"mine", "nobody", ""])
def test_a_provider_that_is_none_is_refused(face: str, provider: Any) -> None:
    with pytest.raises(otpkit.InvalidInputError) as caught:
        client(face).webhook(provider, **request())
    assert caught.value.field == "provider"


def test_a_bad_signature_is_an_error_of_its_own(face: str) -> None:
    for more in ({"headers": {}}, {"headers": None}, {"body": BODY + "&x=1"}, {"url": URL + "?"}):
        with pytest.raises(otpkit.InvalidSignatureError) as caught:
            client(face).webhook("mine", **request(**more))
        assert (caught.value.code, caught.value.group) == ("invalid_signature", "input")
        assert isinstance(pickle.loads(pickle.dumps(caught.value)), otpkit.InvalidSignatureError)


def test_reports_need_the_key_that_signs_them(face: str) -> None:
    class Keyless(Gateway):
        signing_key = None  # type: ignore[assignment]

    with pytest.raises(otpkit.InvalidSettingsError) as caught:
        Face(face, providers={"mine": Keyless()})
    assert caught.value.field == "providers.mine.signing_key"
