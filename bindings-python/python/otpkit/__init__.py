"""otpkit sends a code and checks a code: one-time-password verification as a library.

    from otpkit import Otpkit

    otp = Otpkit(providers={"outbox": {"type": "outbox"}})
    started = otp.start(to="+31612345678", purpose="login")
    if otp.check(id=started.id, code="042424", purpose="login"):
        ...

`AsyncOtpkit` is the same for asyncio. `otpkit.errors` has what calls raise, `otpkit.providers` what providers get and
answer, `otpkit.settings` the types of the settings.
"""

from . import _otpkit, errors

_otpkit.set_error_classes(errors.BY_CODE)

from ._client import AsyncOtpkit, Otpkit
from ._otpkit import (
    Canceled,
    Checked,
    Delivered,
    Outbox,
    OutboxMessage,
    Report,
    Reported,
    Started,
    StatusReply,
    Unlocked,
)
from .errors import (
    AbortedError,
    CannotTellError,
    ClosedError,
    InternalError,
    InvalidInputError,
    InvalidSettingsError,
    InvalidSignatureError,
    LockedError,
    NoRouteError,
    OtpkitError,
    ProviderLimitedError,
    ProviderUnavailableError,
    RateLimitedError,
    RejectedError,
    StoreFullError,
    StoreUnavailableError,
    VerificationEndedError,
)
from .providers import Attempt, Existing, Message, Outgoing, Sender, Verifier

__version__: str = _otpkit.VERSION

__all__ = [
    "AbortedError",
    "AsyncOtpkit",
    "Attempt",
    "Canceled",
    "CannotTellError",
    "Checked",
    "ClosedError",
    "Delivered",
    "Existing",
    "InternalError",
    "InvalidInputError",
    "InvalidSettingsError",
    "InvalidSignatureError",
    "LockedError",
    "Message",
    "NoRouteError",
    "Otpkit",
    "OtpkitError",
    "Outbox",
    "OutboxMessage",
    "Outgoing",
    "ProviderLimitedError",
    "ProviderUnavailableError",
    "RateLimitedError",
    "RejectedError",
    "Report",
    "Reported",
    "Sender",
    "Started",
    "StatusReply",
    "StoreFullError",
    "StoreUnavailableError",
    "Unlocked",
    "VerificationEndedError",
    "Verifier",
    "__version__",
]
