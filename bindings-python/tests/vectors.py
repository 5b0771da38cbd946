"""Runs tests/vectors/*.json through the public API of the Python package.

    python vectors.py [folder]

Each case is run four times: by `Otpkit` and by `AsyncOtpkit`, with settings as JSON and as keyword arguments, with plain
and with `async` providers. It needs a wheel that was built with the feature `testing`, for the clock.
"""

from __future__ import annotations

import asyncio
import json
import logging
import pathlib
import re
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from otpkit import AsyncOtpkit, Otpkit, OtpkitError, _otpkit

CALLS = {"start", "check", "resend", "cancel", "status", "deliver", "unlock", "webhook"}
STEPS = {"call", "advance_ms", "sent", "remember", "last_message", "last_check", "asked"}
BESIDE_CALL = {"call", "with", "save", "reply", "error", "absent", "repeat"}
CASE = {"name", "settings", "providers", "build_error", "steps"}
LONG = "1" * (10 * 1024 * 1024)
START = datetime(2026, 1, 1, tzinfo=UTC)


class Different(Exception):
    """What came is not what the vector says."""


class Scripted:
    """A provider that follows a script and keeps what it was asked."""

    def __init__(self, script: dict[str, Any], is_async: bool, note_code: Callable[[str], None]) -> None:
        kind = script["kind"]
        verbs = ["send"] if kind == "sender" else ["create", "check"] + [v for v in ("resend", "cancel") if v in script]
        unknown = set(script) - {"kind", "checks_by_recipient", *verbs}
        if kind not in ("sender", "verifier") or unknown:
            raise ValueError(f"a script with {kind!r} and {unknown}")
        self.asked: dict[str, list[Any]] = {verb: [] for verb in ("send", "create", "check", "resend", "cancel")}
        self.released = threading.Event()
        self._note_code = note_code
        if "checks_by_recipient" in script:
            self.checks_by_recipient = script["checks_by_recipient"]
        for verb in verbs:
            setattr(self, verb, self._method(verb, list(script.get(verb, [])), is_async))

    def last_message(self) -> Any:
        messages = self.asked["send"] + self.asked["create"] + self.asked["resend"]
        return messages[-1] if messages else None

    def _method(self, verb: str, entries: list[Any], is_async: bool) -> Callable[[Any], Any]:
        def next_entry(message: Any) -> Any:
            self.asked[verb].append(message)
            if verb == "send":
                self._note_code(message.code)
            entry = entries.pop(0) if len(entries) > 1 else entries[0] if entries else None
            if entry is not None and entry.get("throws"):
                raise RuntimeError("the script says so")
            return entry

        def answer(entry: Any) -> Any:
            if entry is None or (verb == "cancel" and entry == {}):
                return {"send": None, "create": "ref", "resend": "ref", "check": True, "cancel": None}[verb]
            return 42 if entry.get("nonsense") else entry

        def plain(message: Any) -> Any:
            entry = next_entry(message)
            if entry is not None and entry.get("never"):
                self.released.wait()
            return answer(entry)

        async def coroutine(message: Any) -> Any:
            entry = next_entry(message)
            if entry is not None and entry.get("never"):
                await asyncio.get_running_loop().create_future()
            return answer(entry)

        return coroutine if is_async else plain


class Run:
    """One case under one face."""

    def __init__(self, case: dict[str, Any], face: str, form: str, is_async: bool) -> None:
        self.case, self.face, self.form = case, face, form
        self.variables: dict[str, str] = {"long": LONG}
        scripts = case.get("providers", {})
        self.scripted = {name: Scripted(script, is_async, self.note_code) for name, script in scripts.items()}
        self.clock = _otpkit.TestClock(START)
        self.otp: Any = None

    def note_code(self, code: str) -> None:
        self.variables["code"] = code

    def build(self) -> None:
        settings = self.case.get("settings", {})
        face: Any = Otpkit if self.face == "sync" else AsyncOtpkit
        self.clock.install()
        try:
            if self.form == "json":
                self.otp = face.from_json(json.dumps(settings), providers=self.scripted)
            else:
                self.otp = face(**self.keywords(settings))
        finally:
            self.clock.uninstall()

    def keywords(self, settings: dict[str, Any]) -> dict[str, Any]:
        """The settings with the scripted providers at their places, their options as attributes."""
        mixed = settings.get("providers", {})
        if isinstance(mixed, dict):
            mixed = dict(mixed)
            for name, provider in self.scripted.items():
                place = mixed.get(name, {"type": "callback"})
                if place.get("type") == "callback":
                    for option in place.keys() - {"type"}:
                        setattr(provider, option, place[option])
                    mixed[name] = provider
        return {**settings, "providers": mixed}

    async def steps(self) -> None:
        for number, step in enumerate(self.case.get("steps", []), 1):
            try:
                for _ in range(step.get("repeat", 1)):
                    await self.step(step)
            except Different as different:
                raise Different(f"step {number}: {different}") from None

    async def step(self, step: dict[str, Any]) -> None:
        keys = set(step)
        if "call" in keys:
            if keys - BESIDE_CALL or step["call"] not in CALLS:
                raise ValueError(f"an unknown step: {step}")
            await self.call(step)
            return
        if len(keys) != 1 or not keys <= STEPS:
            raise ValueError(f"an unknown step: {step}")
        (kind,) = keys
        for name, wanted in step[kind].items() if kind != "advance_ms" else [("", step[kind])]:
            match kind:
                case "advance_ms":
                    self.clock.advance(timedelta(milliseconds=wanted))
                case "remember":
                    self.variables[name] = self.replaced(wanted)
                case "sent":
                    asked = self.scripted[name].asked
                    same(f"sent.{name}", sum(len(asked[verb]) for verb in ("send", "create", "resend")), wanted)
                case "asked":
                    for verb, count in wanted.items():
                        same(f"asked.{name}.{verb}", len(self.scripted[name].asked[verb]), count)
                case "last_message":
                    self.message(name, wanted)
                case "last_check":
                    checks = self.scripted[name].asked["check"]
                    self.fields(f"last_check.{name}", checks[-1] if checks else None, wanted)

    async def call(self, step: dict[str, Any]) -> None:
        arguments = {name: self.replaced(value) for name, value in step.get("with", {}).items()}
        if step["call"] == "webhook" and self.face == "async":
            as_asgi(arguments)
        try:
            reply = getattr(self.otp, step["call"])(**arguments)
            if self.face == "async":
                reply = await reply
        except OtpkitError as error:
            self.expect(step, "error", "reply", error)
        else:
            self.note_outbox()
            self.expect(step, "reply", "error", reply)
            for variable, field in step.get("save", {}).items():
                self.variables[variable] = getattr(reply, field)

    def expect(self, step: dict[str, Any], came: str, other: str, thing: Any) -> None:
        if other in step:
            raise Different(f"`{step['call']}` gave {shown(thing)} where {other} {step[other]} was expected")
        for name, wanted in self.replaced(step.get(came, {})).items():
            same(f"{came}.{name} of {shown(thing)}", wire(thing, name), wanted)
        for name in step.get("absent", []):
            same(f"{came}.{name} of {shown(thing)}", wire(thing, name), None)

    def note_outbox(self) -> None:
        """The newest code may be in an outbox of the settings rather than with a scripted sender."""
        providers = self.case.get("settings", {}).get("providers", {})
        for name, provider in providers.items():
            if provider.get("type") == "outbox":
                last = self.otp.outbox(name).last()
                if last is not None and last.at is not None and last.code not in self.codes(name):
                    self.codes(name).append(last.code)
                    self.note_code(last.code)

    def codes(self, name: str) -> list[str]:
        known: dict[str, list[str]] = self.__dict__.setdefault("_codes", {})
        return known.setdefault(name, [])

    def message(self, name: str, wanted: dict[str, Any]) -> None:
        scripted = self.scripted.get(name)
        message = scripted.last_message() if scripted is not None else self.otp.outbox(name).last()
        self.fields(f"last_message.{name}", message, wanted)

    def fields(self, what: str, message: Any, wanted: dict[str, Any]) -> None:
        if message is None:
            raise Different(f"{what}: there is none")
        for name, value in self.replaced(wanted).items():
            match name:
                case "code_length":
                    same(f"{what}.code_length", len(message.code), value)
                case "code_in":
                    same(f"{what}.code_in", set(message.code) <= set(value), True)
                case _:
                    same(f"{what}.{name}", getattr(message, name, None), value)

    def replaced(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self.replaced(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.replaced(inner) for inner in value]
        if not isinstance(value, str):
            return value
        whole = re.fullmatch(r"\$([a-z][a-z0-9_]*(?::[0-9]+)?)", value)
        if whole:
            return self.variable(whole[1])
        return re.sub(r"\$\{([a-z][a-z0-9_]*(?::[0-9]+)?)\}", lambda found: self.variable(found[1]), value)

    def variable(self, name: str) -> str:
        base, _, number = name.partition(":")
        if (base if base != "wrong" else "code") not in self.variables:
            raise ValueError(f"{self.case['name']}: no variable `{name}`")
        if base == "wrong":
            return wrong(self.variables["code"], int(number or 1))
        return self.variables[name]


def as_asgi(arguments: dict[str, Any]) -> None:
    """Headers and body of a request as ASGI has them."""
    headers = arguments.get("headers", {})
    arguments["headers"] = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    arguments["body"] = arguments.get("body", "").encode()


REPORT = ("id", "provider", "reference", "status", "changed", "error_code", "to_masked", "at")


def wrong(code: str, number: int) -> str:
    if code.isdigit():
        return str((int(code) + number) % 10 ** len(code)).zfill(len(code))
    # Letters: the last one moves on within the alphabet.
    alphabet = "23456789BCDFGHJKMNPQRSTVWXZ"
    place = (alphabet.index(code[-1]) + number) % len(alphabet)
    return code[:-1] + alphabet[place]


def wire(thing: Any, name: str) -> Any:
    if name == "retry_after_ms":
        after = thing.retry_after
        return None if after is None else round(after / timedelta(milliseconds=1))
    value = getattr(thing, name, None)
    if name == "reports":
        reports = [{field: wire(report, field) for field in REPORT} for report in value]
        return [{field: value for field, value in report.items() if value is not None} for report in reports]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


def same(what: str, came: Any, wanted: Any) -> None:
    # `True == 1` in Python, not in a vector.
    if came != wanted or isinstance(came, bool) != isinstance(wanted, bool):
        raise Different(f"{what} is {came!r}, not {wanted!r}")


def shown(thing: Any) -> str:
    return f"{thing.code}({thing})" if isinstance(thing, OtpkitError) else repr(thing)


def run_case(case: dict[str, Any], face: str, form: str, is_async: bool) -> str | None:
    """Nothing, or what is different."""
    if set(case) - CASE:
        raise ValueError(f"an unknown part of a case: {set(case) - CASE}")
    run = Run(case, face, form, is_async)
    try:
        try:
            run.build()
        except OtpkitError as error:
            if "build_error" not in case:
                return f"it cannot be built: {shown(error)}"
            for name, wanted in case["build_error"].items():
                same(f"build_error.{name} of {shown(error)}", wire(error, name), wanted)
            return None
        if "build_error" in case:
            return f"it was built where {case['build_error']} was expected"
        asyncio.run(run.steps())
    except (Different, ValueError) as different:
        return str(different)
    finally:
        for scripted in run.scripted.values():
            scripted.released.set()
    return None


VARIANTS = [("sync", "json", False), ("sync", "keywords", True), ("async", "keywords", False), ("async", "json", True)]


def main() -> int:
    # Providers raise by the hundred here, as their scripts say.
    logging.getLogger("otpkit").setLevel(logging.CRITICAL)
    here = pathlib.Path(__file__).resolve()
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here.parents[2] / "tests" / "vectors"
    files = sorted(folder.glob("*.json"))
    passed = failed = 0
    for file in files:
        cases = json.loads(file.read_text())["cases"]
        if not cases:
            print(f"{file.name}: there is no case")
            failed += 1
        for case in cases:
            for face, form, is_async in VARIANTS:
                different = run_case(case, face, form, is_async)
                if different is None:
                    passed += 1
                else:
                    failed += 1
                    print(f"{file.name} {case['name']} ({face}, {form}): {different}")
    if not files:
        print(f"{folder} has no vectors")
        failed += 1
    # Python can express every value of the vectors.
    print("vectors: 0 not expressible")
    print(f"vectors: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
