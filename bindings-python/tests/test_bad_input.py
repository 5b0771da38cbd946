"""Bad input: whatever is given as code, id, recipient, purpose and the rest is refused by name, and spends nothing."""

from __future__ import annotations

import enum
import re
import time
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import otpkit
import pytest
from otpkit import InvalidInputError
from support import OUTBOX, TO, WIDE, Face, code_of, wrong

BIG = "1" * (10 * 1024 * 1024)


class Text(str):
    """A `str` that says something else than it holds."""

    def __str__(self) -> str:
        return "424242"

    def encode(self, *arguments: Any) -> bytes:
        return b"424242"

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


class Speaking:
    """An object that turns into text when asked."""

    def __str__(self) -> str:
        return "424242"

    __repr__ = __format__ = __str__  # type: ignore[assignment]

    def __index__(self) -> int:
        return 424242

    def __bytes__(self) -> bytes:
        return b"424242"

    def __fspath__(self) -> str:
        return "424242"


class Word(str, enum.Enum):
    CODE = "424242"


# What no `str` is. `None` stands apart: where a field may be left out it means just that.
NO_STR: list[Any] = [
    True, False, 0, 424242, -1, 2**70, 4.24242e5, float("nan"), float("inf"), 1j, Decimal(424242), Fraction(424242),
    b"424242", bytearray(b"424242"), memoryview(b"424242"), [], ["424242"], [4, 2, 4, 2, 4, 2], (), ("424242",), {},
    {"$ne": None}, {"$gt": ""}, {"code": "424242"}, set(), frozenset({"424242"}), range(6), iter("424242"), object(),
    Speaking(), Text("424242"), Text("+31612345678"), Word.CODE, str, Speaking, lambda: "424242", NotImplemented, ...,
    type("Long" * 100, (), {})(), type("ü\n'", (), {})(),
]  # fmt: skip

# Texts that are no code of the alphabet `digits` (security list G14 and its relatives).
BAD_CODES = [
    "", " ", "      ", "\t\t\t\t\t\t", "\n", "\0", "\0\0\0\0\0\0", "1", "12", "123", "12345678901", "1" * 64, "1" * 65,
    "1" * 1000, BIG, " " * 1000 + "424242", "+42424", "+424242", "-42424", "-424242", "42 4242", "424 242", "4242 42",
    "424-242", "424_242", "424,242", "424.242", "424242.0", "4.24242e5", "0x67932", "0b1010", "0o1472", "1e5", "424242n",
    "42424a", "abcdef", "ABCDEF", "null", "None", "undefined", "true", "True", "NaN", "[object Object]", "[]", "{}",
    '{"$ne":null}', "' OR '1'='1", "../../etc", "%34%32%34%32%34%32", "&#52;24242", "４２４２４２", "٤٢٤٢٤٢", "۴۲۴۲۴۲",
    "४२४२४२", "४२४२42", "²²²²²²", "①②③④⑤⑥", "𝟒𝟐𝟒𝟐𝟒𝟐", "42424２", "42424\u0662", "424242\0", "\x00424242", "424\x00242",
    "424242\u200b", "\u200b424242", "424\u200b242", "\u00a0424242", "424242\u00a0", "\u2007424242", "\u3000424242",
    "\ufeff424242", "\u202e242424", "424242\u0301", "424242\x0b", "424242\x0c", "424242\x1c", "424242\x85",
    "\u2028424242", "424242\ud800", "\ud800", "\udfff424242", "•••••", "😀😀😀😀😀😀",
]  # fmt: skip

BAD_RECIPIENTS = [
    "", " ", "+", "++", "++31612345678", "0", "00", "12", "+12", "+1", "abc", "+31 6 1234 567x", "+31612345678,5",
    "+31612345678;ext=9", "tel:+31612345678;x=1", "+31612345678\0", "\0+31612345678", "+3161234\x005678", "+٣١٦١٢٣٤٥٦٧٨",
    "+３１６１２３４５６７８", "+31\u200b612345678", "+31612345678\u202e", "+31612345678\r\nBcc: a@b.c", "+" + "1" * 16,
    "+" + "1" * 400, BIG, "\ud800", "+31612345678\ud800", "@", "a@", "@b.c", "a@b@c.d", "a b@c.d", "a@b.c\r\nBcc: x@y.z",
    "a\0@b.c", "a@" + "b" * 300 + ".c", "a@\ud800.c", "' OR 1=1", "null", "[object Object]", "{}", "+99999999999",
]  # fmt: skip

BAD_IDS = [
    "", " ", "x", "\0", "a" * 37, "a" * 39, "!" * 38, "é" * 19, BIG, "\ud800" * 38, "null", "../" * 12 + "aa",
    "=" * 38, "a" * 37 + "\n", " " + "a" * 37,
]  # fmt: skip

BAD_PURPOSES = [
    "", " ", "log in", "login\0", "\0", "löginn", "login/../x", "a" * 65, BIG, "\ud800", "login\n", "<script>", "ｌｏｇｉｎ",
]  # fmt: skip

BAD_OTHERS: dict[str, list[Any]] = {
    "channel": ["", " ", "SMS", "s ms", "sms\0", "a" * 33, BIG, "\ud800", "ｓｍｓ", "email"],
    "ip": ["", " ", "1", "256.1.1.1", "1.2.3", "1.2.3.4:80", "1.2.3.4/8", "::g", "[::1]", "localhost", BIG, "\ud800", "1.2.3.4\0"],
    "locale": ["", "e", "en us", "en\0", "é", "a" * 36, BIG, "\ud800"],
    "context": ["x" * 4097, b"x" * 4097, BIG, BIG.encode(), "\ud800"],
    "values": [
        {"a": 1}, {"a": None}, {1: "a"}, {"a": b"b"}, {"a": Text("b")}, {Text("a"): "b"}, {"a": ["b"]}, {"a": "\ud800"},
        {"\ud800": "a"}, {"a": "b" * 257}, {"a" * 65: "b"}, {str(n): "b" for n in range(17)}, {"a": BIG},
        [("a", "b")], (), "a=b", type("Dict", (dict,), {})(a="b"), 5, True, object(),
    ],
}  # fmt: skip

# Where each field is taken, with what else the call needs.
TAKES = {
    "to": ["start", "deliver", "unlock", "check", "resend", "cancel", "status"],
    "id": ["check", "resend", "cancel", "status"],
    "code": ["check", "deliver"],
    "purpose": ["start", "check", "resend", "cancel", "status", "deliver", "unlock"],
    "channel": ["start", "deliver"],
    "ip": ["start", "deliver"],
    "locale": ["start", "deliver"],
    "context": ["start", "check"],
    "values": ["start", "deliver"],
}
REQUIRED = {("start", "to"), ("deliver", "to"), ("deliver", "code"), ("unlock", "to")} | {
    (verb, "id") for verb in TAKES["id"]
} | {("check", "code")}  # fmt: skip
BAD = {"to": BAD_RECIPIENTS, "id": BAD_IDS, "code": BAD_CODES, "purpose": BAD_PURPOSES, **BAD_OTHERS}


class Scene:
    """A client with one pending verification, which nothing here may touch."""

    def __init__(self, face: str) -> None:
        self.events: list[Any] = []
        self.otp = Face(face, providers=OUTBOX, **WIDE)
        self.id = self.otp.start(to=TO, purpose="login", context="c").id
        self.code = code_of(self.otp)

    def needs(self, verb: str) -> dict[str, Any]:
        match verb:
            case "start":
                return {"to": "+31687654321"}
            case "deliver":
                return {"to": "+31687654321", "code": "424242"}
            case "unlock":
                return {"to": TO, "purpose": "login"}
            case "check":
                return {"id": self.id, "code": self.code, "purpose": "login", "context": "c"}
            case _:
                return {"id": self.id, "purpose": "login"}

    def refuses(self, verb: str, field: str, value: Any) -> None:
        before = len(self.otp.outbox("outbox").messages())
        with pytest.raises(InvalidInputError) as caught:
            getattr(self.otp, verb)(**{**self.needs(verb), field: value})
        error = caught.value
        assert error.field == field, f"{verb}({field}={shown(value)}) blamed {error.field}"
        assert error.message
        assert len(error.message) < 300
        assert len(self.otp.outbox("outbox").messages()) == before

    def is_untouched(self) -> None:
        status = self.otp.status(id=self.id, purpose="login")
        assert (status.status, status.attempts_left) == ("pending", 5)
        refused = self.otp.check(id=self.id, code=wrong(self.code), purpose="login", context="c")
        assert refused.attempts_left == 4
        assert self.otp.check(id=self.id, code=self.code, purpose="login", context="c")


@pytest.fixture
def scene(face: str) -> Iterator[Scene]:
    scene = Scene(face)
    yield scene
    scene.is_untouched()


def shown(value: Any) -> str:
    return repr(value)[:60].encode("ascii", "backslashreplace").decode()


CASES = [(verb, field) for field, verbs in TAKES.items() for verb in verbs]


@pytest.mark.parametrize(("verb", "field"), CASES)
def test_texts_of_the_wrong_shape(scene: Scene, verb: str, field: str) -> None:
    assert len(BAD_CODES) >= 60
    for value in BAD[field]:
        # A code that the host made may have letters.
        if (verb, field) == ("deliver", "code") and re.fullmatch(r"[ \t\r\n]*[A-Za-z0-9]{4,10}[ \t\r\n]*", value):
            continue
        scene.refuses(verb, field, value)


@pytest.mark.parametrize(("verb", "field"), CASES)
def test_values_that_are_no_text(scene: Scene, verb: str, field: str) -> None:
    for value in NO_STR:
        if field == "context" and type(value) is bytes:
            continue
        if field == "values" and type(value) is dict and all(type(text) is str for text in value.values()):
            continue
        scene.refuses(verb, field, value)


@pytest.mark.parametrize(("verb", "field"), sorted(REQUIRED))
def test_none_and_nothing_where_a_field_is_needed(scene: Scene, verb: str, field: str) -> None:
    scene.refuses(verb, field, None)
    fields = scene.needs(verb)
    fields.pop(field, None)
    with pytest.raises(InvalidInputError) as caught:
        getattr(scene.otp, verb)(**fields)
    assert caught.value.field == field


@pytest.mark.parametrize("verb", ["start", "check", "resend", "cancel", "status", "deliver", "unlock"])
def test_unknown_fields_and_positional_arguments(scene: Scene, verb: str) -> None:
    call = getattr(scene.otp, verb)
    for name in ("surprise", "To", "toMasked", "tenant", "", " ", "é", "\0", "x" * 1000, "\ud800"):
        with pytest.raises(InvalidInputError) as caught:
            call(**{**scene.needs(verb), name: "x"})
        error = caught.value
        # What cannot be shown is left out of the name.
        assert (error.field or "") == "".join(c for c in name if c.isascii() and c.isprintable())[:40]
        assert "it takes" in error.message
    with pytest.raises(InvalidInputError) as caught:
        call(TO)
    assert "keyword arguments only" in str(caught.value)


def test_blanks_around_a_code_are_the_one_thing_forgiven(face: str) -> None:
    otp = Face(face, providers=OUTBOX, **WIDE)
    for template in ("{}", " {}", "{} ", "\t{}\r\n", "  {}  "):
        started = otp.start(to=TO)
        assert otp.check(id=started.id, code=template.format(code_of(otp)))


def test_ten_megabytes_cost_no_time(face: str) -> None:
    scene = Scene(face)
    began = time.perf_counter()
    for verb, field in CASES:
        scene.refuses(verb, field, {"a": BIG} if field == "values" else BIG)
    assert time.perf_counter() - began < 3.0


def test_an_unknown_id_of_the_right_shape_is_ended(face: str) -> None:
    otp = Face(face, providers=OUTBOX)
    started = otp.start(to=TO)
    flipped = started.id[:-1] + ("A" if started.id[-1] != "A" else "Q")
    reply = otp.check(id=flipped, code="424242")
    assert (bool(reply), reply.status, reply.to) == (False, "ended", None)


def test_a_foreign_purpose_recipient_or_tenant_spends_nothing(scene: Scene) -> None:
    otp = scene.otp
    for fields in ({"purpose": "payment"}, {"purpose": None}, {"to": "+31687654321"}):
        reply = otp.check(**{**scene.needs("check"), **fields})
        assert (bool(reply), reply.status, reply.reason) == (False, "ended", "unknown")


def test_errors_name_the_type_and_not_the_value(face: str) -> None:
    otp = Face(face, providers=OUTBOX)
    with pytest.raises(InvalidInputError, match="not bytes") as caught:
        otp.start(to=b"+31612345678")
    assert "612345678" not in str(caught.value)
    with pytest.raises(InvalidInputError) as caught:
        otp.start(to=type("ü\n'", (), {})())
    assert str(caught.value).isascii()


def test_the_errors_are_otpkits_own() -> None:
    assert issubclass(InvalidInputError, otpkit.OtpkitError)
    assert not issubclass(InvalidInputError, ValueError | TypeError)
