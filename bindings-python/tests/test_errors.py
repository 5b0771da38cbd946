"""Errors: the one table of the core, as exceptions."""

from __future__ import annotations

import copy
import pickle
from datetime import timedelta

import otpkit
import pytest
from otpkit import _otpkit, errors
from support import OUTBOX, TO, Face


def test_every_kind_of_the_core_has_its_class_and_no_other_exists() -> None:
    table = {code: group for code, _, group, _ in _otpkit.ERRORS}
    assert len(table) == len(_otpkit.ERRORS)
    assert {code: kind.group for code, kind in errors.BY_CODE.items()} == table
    for code, kind in errors.BY_CODE.items():
        words = "".join(word.capitalize() for word in code.split("_"))
        assert kind.__name__ == f"{words}Error"
        assert getattr(otpkit, kind.__name__) is kind
        assert kind.__mro__[1] is otpkit.OtpkitError


def test_the_first_sentence_of_each_class_says_what_the_core_says() -> None:
    for code, _, _, help_text in _otpkit.ERRORS:
        documented = errors.BY_CODE[code].__doc__
        assert documented
        assert documented.split(".")[0].split(";")[0].split("(")[0].strip() in help_text.replace("  ", " ")


def test_an_error_names_what_is_wrong(face: str) -> None:
    otp = Face(face, providers=OUTBOX)
    with pytest.raises(otpkit.InvalidInputError) as caught:
        otp.start(to="12")
    error = caught.value
    assert (error.code, error.group, error.field, error.retry_after) == ("invalid_input", "input", "to", None)
    assert str(error) == f"to: {error.message}"


def test_a_wait_says_how_long(face: str) -> None:
    otp = Face(face, providers=OUTBOX)
    otp.start(to=TO)
    with pytest.raises(otpkit.RateLimitedError) as caught:
        otp.start(to=TO)
    after = caught.value.retry_after
    assert after is not None
    assert timedelta(seconds=29) < after <= timedelta(seconds=30)
    assert after.microseconds % 1000 == 0


@pytest.mark.parametrize("kind", errors.BY_CODE.values())
def test_errors_are_pickled_and_copied_whole(kind: type[otpkit.OtpkitError]) -> None:
    error = kind("a sentence")
    error.field = "to"
    error.retry_after = timedelta(milliseconds=1500)
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is kind
        assert (twin.message, twin.field, twin.retry_after) == ("a sentence", "to", timedelta(milliseconds=1500))
        assert str(twin) == "to: a sentence"


def test_an_error_of_a_call_is_pickled_whole() -> None:
    otp = otpkit.Otpkit(providers=OUTBOX)
    with pytest.raises(otpkit.InvalidInputError) as caught:
        otp.check(id="x", code="123456")
    twin = pickle.loads(pickle.dumps(caught.value))
    assert (type(twin), twin.field, str(twin)) == (otpkit.InvalidInputError, "id", str(caught.value))


def test_errors_never_repeat_what_was_typed(face: str) -> None:
    otp = Face(face, providers=OUTBOX)
    with pytest.raises(otpkit.OtpkitError) as caught:
        otp.start(to="+31612345678999999999")
    assert "612345678" not in str(caught.value)
    started = otp.start(to=TO)
    with pytest.raises(otpkit.OtpkitError) as caught:
        otp.check(id=started.id, code="98765432109")
    assert "9876" not in str(caught.value)


def test_a_closed_client_says_so(face: str) -> None:
    otp = Face(face, providers=OUTBOX)
    otp.close()
    otp.close()
    with pytest.raises(otpkit.ClosedError):
        otp.start(to=TO)
