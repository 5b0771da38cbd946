"""What calls raise. A wrong code is a reply, never an exception.

There are three groups: your input is wrong (`input`), wait (`wait`, with `retry_after`), and an outage (`outage`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Literal


# No class here has an `__init__`: the native half makes errors while it must not run Python code.
class OtpkitError(Exception):
    """The base of every error of otpkit."""

    code: ClassVar[str] = ""
    """The stable kind, the same string in every language."""
    group: ClassVar[Literal["input", "wait", "outage"]] = "outage"
    """Who has to act: the caller, time, or whoever runs what otpkit depends on."""
    field: str | None = None
    """The field of the call, or the path of the setting, that is wrong."""
    retry_after: timedelta | None = None
    """How long to wait, for the errors of the group `wait`."""

    @property
    def message(self) -> str:
        """The sentence: what was wrong and what to do."""
        return str(self.args[0]) if self.args else ""

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class InvalidInputError(OtpkitError):
    """A field of the call has the wrong shape; `field` names it. No attempt was spent and nothing was stored."""

    code = "invalid_input"
    group = "input"


class InvalidSettingsError(OtpkitError):
    """The settings cannot work or are unsafe. Raised when the client is built, never later."""

    code = "invalid_settings"
    group = "input"


class NoRouteError(OtpkitError):
    """No route serves this recipient on this channel, or the policy does not allow its country."""

    code = "no_route"
    group = "input"


class VerificationEndedError(OtpkitError):
    """The verification to resend is unknown or has ended. Start a new one."""

    code = "verification_ended"
    group = "input"


class RejectedError(OtpkitError):
    """The provider refused this message for good. Nothing was sent."""

    code = "rejected"
    group = "input"


class AbortedError(OtpkitError):
    """The call was aborted by the caller. What had been sent stays sent."""

    code = "aborted"
    group = "input"


class ClosedError(OtpkitError):
    """The client was closed."""

    code = "closed"
    group = "input"


class InvalidSignatureError(OtpkitError):
    """A delivery report that its vendor has not signed, or not like this. Answer it with 403."""

    code = "invalid_signature"
    group = "input"


class RateLimitedError(OtpkitError):
    """A cooldown or a send window is used up. `retry_after` tells when the next call may pass."""

    code = "rate_limited"
    group = "wait"


class LockedError(OtpkitError):
    """Too many consecutive wrong codes. Wait for `retry_after`, or an operator calls `unlock`."""

    code = "locked"
    group = "wait"


class ProviderLimitedError(OtpkitError):
    """The provider itself limits the sends. `retry_after` is its wish, between 1 second and 1 hour."""

    code = "provider_limited"
    group = "wait"


class ProviderUnavailableError(OtpkitError):
    """No provider of the route took the message. Nothing was sent."""

    code = "provider_unavailable"
    group = "outage"


class CannotTellError(OtpkitError):
    """It is not known whether the code is right, or whether a provider began. Never read this as a yes."""

    code = "cannot_tell"
    group = "outage"


class StoreUnavailableError(OtpkitError):
    """The store did not answer, or this process may not use it."""

    code = "store_unavailable"
    group = "outage"


class StoreFullError(OtpkitError):
    """The store holds as many verifications as it may. Nothing was sent."""

    code = "store_full"
    group = "outage"


class InternalError(OtpkitError):
    """A defect in otpkit. Please report it."""

    code = "internal"
    group = "outage"


BY_CODE: dict[str, type[OtpkitError]] = {kind.code: kind for kind in OtpkitError.__subclasses__()}
"""The class of each code."""


def invalid_input(field: str, message: str) -> InvalidInputError:
    error = InvalidInputError(message)
    error.field = field
    return error


def invalid_settings(field: str, message: str) -> InvalidSettingsError:
    error = InvalidSettingsError(message)
    error.field = field
    return error
