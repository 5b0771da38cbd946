"""Settings: keyword arguments and JSON, and everything that is refused when a client is built."""

from __future__ import annotations

import inspect
import json
import types
import typing
from collections import OrderedDict
from typing import Any

import otpkit
import pytest
from otpkit import AsyncOtpkit, InvalidSettingsError, Otpkit, _otpkit, settings
from support import OUTBOX, TO, Face

SECRET = "0123456789abcdef0123456789abcdef-A"
OTHER = "fedcba9876543210fedcba9876543210-B"


class Mine:
    def send(self, message: otpkit.Outgoing) -> None:
        pass


class Service:
    def create(self, message: otpkit.Message) -> str:
        return "r"

    def check(self, attempt: otpkit.Attempt) -> bool:
        return True


def refused(**given: Any) -> InvalidSettingsError:
    with pytest.raises(InvalidSettingsError) as caught:
        Otpkit(**given)
    with pytest.raises(InvalidSettingsError) as twin:
        AsyncOtpkit(**given)
    assert (caught.value.field, str(caught.value)) == (twin.value.field, str(twin.value))
    return caught.value


def test_every_setting_of_the_schema_is_a_keyword() -> None:
    schema = json.loads(_otpkit.settings_schema())
    names = {settings_name(name) for name in schema["properties"]} | {"on_event"}
    assert set(typing.get_type_hints(settings.Settings)) == names


def test_every_setting_within_is_in_the_types() -> None:
    schema = json.loads(_otpkit.settings_schema())
    classes = {
        "PolicySettings": settings.Policy,
        "RouteSettings": settings.Route,
        "Window": settings.Window,
        "MemorySettings": settings.MemoryStore,
        "SqliteSettings": settings.SqliteStore,
        "OutboxSettings": settings.OutboxProvider,
        "ConsoleSettings": settings.ConsoleProvider,
        "SandboxSettings": settings.SandboxProvider,
        "MessageBirdVerifySettings": settings.MessageBirdVerifyProvider,
        "MessageBirdSmsSettings": settings.MessageBirdSmsProvider,
        "TwilioVerifySettings": settings.TwilioVerifyProvider,
        "TwilioSmsSettings": settings.TwilioSmsProvider,
    }
    for name, kind in classes.items():
        properties = set(schema["$defs"][name].get("properties", {}))
        assert set(typing.get_type_hints(kind)) - {"type"} == properties - {"type"}, name
    providers = {variant["x-type"] for variant in schema["$defs"].values() if "x-type" in variant}
    vendors = {"messagebird-verify", "messagebird-sms", "twilio-verify", "twilio-sms"}
    assert providers == {"outbox", "console", "sandbox", "callback"} | vendors


def settings_name(name: str) -> str:
    return "global_" if name == "global" else name


def test_settings_may_be_anything_that_a_dict_literal_can_say(face: str) -> None:
    everything: dict[str, Any] = {
        "secrets": [SECRET, OTHER.encode()],
        "tenant": "acme",
        "store": {"type": "memory", "max_entries": 100},
        "providers": OrderedDict(a={"type": "outbox", "keep": 5}, b=Mine(), c=Service()),
        "routes": ({"country": ["NL", "BE"], "use": ["a", "b"]}, {"use": ["c"]}),
        "policy": {"length": 8, "attempts": 3, "alphabet": "digits"},
        "purposes": {"payment": {"ttl_seconds": 60}},
        "per_ip": [{"max": 5, "per_seconds": 60}],
        "global_": [{"max": 1000, "per_seconds": 60}],
        "deadline_ms": 5000,
        "connect_ms": 1000,
        "default_country": "NL",
        "brand": "Acme",
        "templates": {"en": "{brand}: {code}"},
        "web_host": "example.com",
        "on_event": lambda event: None,
    }
    otp = Face(face, **everything)
    assert otp.start(to="06 1234 5678", ip="192.0.2.1").to_masked == "+31*******78"
    assert len(otp.outbox("a").last().code) == 8
    assert otp.outbox("a").last().text.startswith("Acme: ")


def test_none_is_the_same_as_left_out(face: str) -> None:
    hints = typing.get_type_hints(settings.Settings)
    otp = Face(face, **{**dict.fromkeys(hints), "providers": {**OUTBOX, "unused": None}})
    assert otp.start(to=TO, purpose=None, channel=None, ip=None, context=None, locale=None, values=None)


def test_global_is_understood_in_both_spellings() -> None:
    for spelling in ("global", "global_"):
        otp = Otpkit(providers=OUTBOX, **{spelling: [{"max": 1, "per_seconds": 60}]})
        otp.start(to=TO)
        with pytest.raises(otpkit.RateLimitedError):
            otp.start(to="+31687654321")


def test_a_json_document_builds_the_same_client(face: str) -> None:
    kind: Any = Otpkit if face == "sync" else AsyncOtpkit
    document = json.dumps({"secrets": [SECRET], "providers": {"outbox": {"type": "outbox"}, "mine": {"type": "callback"}}})
    otp = kind.from_json(document, providers={"mine": Mine()})
    assert otp.outbox("outbox").last() is None
    otp = kind.from_json("{}", providers={"mine": Mine()}, on_event=print)
    for wrong in (None, b"{}", {}, "", "[]", "{", '{"providers": {"a": {"type": "outbox"}, "a": {"type": "outbox"}}}', "\ud800"):
        with pytest.raises(InvalidSettingsError):
            kind.from_json(wrong)
    with pytest.raises(InvalidSettingsError) as caught:
        kind.from_json('{"providers": {"mine": {"type": "callback"}}}')
    assert caught.value.field == "providers.mine"
    with pytest.raises(InvalidSettingsError):
        kind.from_json('{"providers": {"mine": {"type": "outbox"}}}', providers={"mine": Mine()})


def test_providers_keep_the_order_in_which_they_were_given() -> None:
    class Down:
        def __init__(self) -> None:
            self.asked = 0

        def send(self, message: otpkit.Outgoing) -> dict[str, str]:
            self.asked += 1
            return {"result": "not_sent"}

    first, last = Down(), Down()
    otp = Otpkit(providers={"z": first, "outbox": {"type": "outbox"}, "a": last})  # type: ignore[dict-item]
    assert otp.start(to=TO).provider == "outbox"
    assert (first.asked, last.asked) == (1, 0)


def test_secrets_are_text_or_bytes_and_rotate(face: str) -> None:
    first = Face(face, providers=OUTBOX, secrets=[SECRET])
    assert first.start(to=TO)
    for wrong in (
        SECRET, [5], [None], [["x"]], {"a": SECRET}, ["short"], [b"short"], [bytearray(SECRET.encode())], ["x" * 40],
        ["\ud800" * 40], 5,
    ):  # fmt: skip
        error = refused(providers=OUTBOX, secrets=wrong)
        assert (error.field or "").startswith("secrets")
        assert SECRET not in str(error)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"surprise": 1}, "surprise"),
        ({"policy": {"surprise": 1}}, "policy.surprise"),
        ({"policy": {"ttl_seconds": 601}}, "policy.ttl_seconds"),
        ({"policy": {"ttl_seconds": "60"}}, "policy.ttl_seconds"),
        ({"policy": {"length": 5}}, "policy.length"),
        ({"policy": {"length": 6.5}}, "policy.length"),
        ({"policy": {"length": True}}, "policy.length"),
        ({"policy": {"length": float("nan")}}, "policy.length"),
        ({"policy": {5: 1}}, "policy"),
        ({"policy": 5}, "policy"),
        ({"tenant": b"acme"}, "tenant"),
        ({"tenant": "\ud800"}, "tenant"),
        ({"brand": type("Text", (str,), {})("Acme")}, "brand"),
        ({"brand": {1, 2}}, "brand"),
        ({"deadline_ms": 2**80}, "deadline_ms"),
        ({"deadline_ms": 10}, "deadline_ms"),
        ({"routes": [{"use": ["nobody"]}]}, "routes[0].use"),
        ({"routes": [{"use": []}]}, "routes[0].use"),
        ({"routes": [{"use": [object()]}]}, "routes[0].use[0]"),
        ({"store": "redis://localhost"}, "store"),
        ({"on_event": 5}, "on_event"),
        ({"providers": [1]}, "providers"),
        ({"providers": {5: {"type": "outbox"}}}, "providers"),
        ({"providers": {"a": {"type": "carrier-pigeon"}}}, "providers.a"),
        ({"providers": {"a": {"type": "callback"}}}, "providers.a"),
        ({"providers": {"a": Mine}}, "providers.a"),
        ({"providers": {"a": lambda message: None}}, "providers.a"),
        ({"providers": {"a": object()}}, "providers.a"),
        ({"providers": {"a": "outbox"}}, "providers.a"),
        ({"providers": {"a": types.SimpleNamespace(send=5)}}, "providers.a.send"),
        ({"providers": {"a": types.SimpleNamespace(create=print)}}, "providers.a"),
        ({"providers": {"a": types.SimpleNamespace(send=print, create=print, check=print)}}, "providers.a"),
        ({"providers": {"a": types.SimpleNamespace(send=print, on_error="maybe")}}, "providers.a.on_error"),
        ({"providers": {"a": types.SimpleNamespace(send=print, timeout_ms="1")}}, "providers.a.timeout_ms"),
        ({"providers": {"a": types.SimpleNamespace(send=print, timeout_ms=0)}}, "providers.a.timeout_ms"),
        (
            {"providers": {"a": types.SimpleNamespace(create=print, check=print, checks_by_recipient=1)}},
            "providers.a.checks_by_recipient",
        ),
    ],
)
def test_what_cannot_work_is_refused_with_its_path(given: dict[str, Any], field: str) -> None:
    error = refused(**{"providers": OUTBOX, **given})
    assert error.field == field, str(error)
    assert error.message


def test_a_coroutine_function_is_no_event_handler() -> None:
    async def handler(event: settings.Event) -> None:
        pass

    assert refused(providers=OUTBOX, on_event=handler).field == "on_event"


def test_a_dict_is_not_taken_for_settings() -> None:
    for kind in (Otpkit, AsyncOtpkit):
        untyped: Any = kind
        with pytest.raises(InvalidSettingsError, match="keyword arguments"):
            untyped({"providers": OUTBOX})


def test_both_faces_have_the_same_verbs_with_the_same_arguments() -> None:
    verbs = ["start", "check", "resend", "cancel", "status", "deliver", "unlock", "webhook", "outbox", "close", "from_json", "__init__"]
    public = {name for name in vars(Otpkit) if not name.startswith("_")}
    assert public == {name for name in vars(AsyncOtpkit) if not name.startswith("_")} == set(verbs) - {"__init__"}
    for verb in verbs:
        assert inspect.signature(getattr(Otpkit, verb)) == inspect.signature(getattr(AsyncOtpkit, verb)), verb
        assert inspect.getdoc(getattr(Otpkit, verb)) == inspect.getdoc(getattr(AsyncOtpkit, verb))
